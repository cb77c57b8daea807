"""Explain: why this item?"""

import streamlit as st

from recsys.ui import nav

nav.guard("explain")

from recsys.ui import explainview, historyview  # noqa: E402
from recsys.ui.widgets import choose_run  # noqa: E402

st.title("Explain")
st.markdown("Why this item: each past event is taken away in turn, and the model is asked again.")
run = choose_run()
asker = historyview.choose_asker(run)
item_id = explainview.choose_item(run, asker)
explainview.card(run, asker, item_id)
