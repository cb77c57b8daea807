"""Explain: why this item?"""

import streamlit as st

from recsys.ui.widgets import choose_run

st.title("Explain")
st.markdown("Why this item: each past event is taken away in turn, and the model is asked again.")
run = choose_run()

# with torch, which the chosen run needed
from recsys.services import whatif
from recsys.ui import contentview, counterfactualview, explainview, faithview, historyview, sourcesview

asker = historyview.told_of(run, historyview.choose_asker(run))
run = whatif.run_for(run, asker)
historyview.beside(run, asker)
item_id = explainview.choose_item(run, asker)
card = explainview.card(run, asker, item_id)
below = st.container()  # what takes longer is asked once the rest stands
sourcesview.where_from(run, asker, item_id)
contentview.section(run, asker, item_id)
sourcesview.why_not(run, asker, item_id)
faithview.fill(run, asker, item_id, card)
with below:
    counterfactualview.section(run, asker, item_id)
