"""Recommend: what next for this user, or for this history?"""

import streamlit as st

from recsys.ui.parts.widgets import chosen_run

st.title("Recommend")
st.markdown("What comes next for an existing user or a custom history.")
run = chosen_run()

from recsys.services.explain import what_if  # imports torch, as the chosen run did
from recsys.ui.recommend import history_edits, new_item, recommendation

other = recommendation.compared_run()
query = history_edits.choose_persona(run, history_edits.choose_query(run))
run = what_if.run_for(run, query)
options = recommendation.choose_options(run)
if other is None:
    left, right = st.columns([11, 10], gap="medium")
    with right:
        recommendation.recommended_items(run, query, options)
    with left:
        history_edits.history(run, query)
else:
    recommendation.side_by_side(run, other, query, options)
    history_edits.history(run, query)
new_item.new_item(run)
