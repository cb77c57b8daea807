"""Explain: why this item, and is that true?"""

import streamlit as st

from recsys.ui.parts.widgets import chosen_run

st.title("Explain")
st.markdown("Why this item: which past events, content or user features raise its score, checked by removing them.")
run = chosen_run()

from recsys.services.explain import what_if  # imports torch, as the chosen run did
from recsys.ui.explain import content_reasons, explain_item, score_breakdown, smallest_change, verdict
from recsys.ui.recommend import history_edits

query = history_edits.choose_persona(run, history_edits.choose_query(run))
run = what_if.run_for(run, query)
history_edits.beside(run, query)
item_id = explain_item.choose_item(run, query)
card = explain_item.card(run, query, item_id)
below = st.container()  # slower parts are computed after the rest is drawn
score_breakdown.break_down_score(run, query, item_id)
content_reasons.section(run, query, item_id)
score_breakdown.why_not(run, query, item_id)
verdict.fill(run, query, item_id, card)
with below:
    smallest_change.section(run, query, item_id)
