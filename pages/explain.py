"""Explain: why this item?"""

import streamlit as st

from recsys.ui.widgets import choose_run

st.title("Explain")
st.markdown("Why this item: each past event is taken away in turn, and the model is asked again.")
run = choose_run()

from recsys.ui import (
    contentview,
    counterfactualview,
    explainview,
    historyview,
)  # with torch, which the chosen run needed

asker = historyview.choose_asker(run)
item_id = explainview.choose_item(run, asker)
explainview.card(run, asker, item_id)
below = st.container()
contentview.section(run, asker, item_id)
with below:
    counterfactualview.section(run, asker, item_id)
