"""Explore: what has it learnt, and where does it fail?"""

import streamlit as st

from recsys.ui.parts.widgets import chosen_run
from recsys.ui.shell.language import tr

st.title(tr("Explore"))
st.markdown(tr("What the model has learnt about items and users, and what it recommends to everyone."))
run = chosen_run()

from recsys.ui.explore import (  # imports torch, as the chosen run did
    batch_lists,
    figures,
    global_view,
    histograms,
    item_map,
    similar_items,
    slice_users,
)

figures.show(run)
item_map.show(run)
histograms.show(run)
slice_users.show(run)
similar_items.show(run)
global_view.show(run)
batch_lists.show(run)
