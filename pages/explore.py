"""Explore: what has it learnt, and where does it fail?"""

import streamlit as st

from recsys.ui.parts.widgets import chosen_run
from recsys.ui.shell.language import tr

st.title(tr("Explore"))
st.markdown(tr("Which items the model finds similar, and what it recommends to everyone."))
run = chosen_run()

from recsys.ui.explore import (
    batch_lists,
    figures,
    histograms,
    similar_items,
    slice_users,
)  # imports torch, as the chosen run did

figures.show(run)
histograms.show(run)
slice_users.show(run)
similar_items.show(run)
batch_lists.show(run)
