"""Home: what can I do here, and where was I?"""

import streamlit as st

from recsys.ui.home import ways_in
from recsys.ui.shell.language import tr

st.title("RecScope")
st.markdown(tr("Train a recommender on your own interactions, browse what it recommends, and see **why**."))
ways_in.ways_in()
ways_in.machine_line()
