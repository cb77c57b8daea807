"""Explain: why this item, and is that true?"""

import streamlit as st

from recsys.ui.parts.widgets import choose_run

st.title("Explain")
st.markdown("Why this item: which past events, content or user features raise its score, checked by removing them.")
run = choose_run()

from recsys.services.explain import what_if  # imports torch, as the chosen run did
from recsys.ui.explain import content_reasons, explain_item, score_breakdown, smallest_change, verdict
from recsys.ui.recommend import history_edits

asker = history_edits.told_of(run, history_edits.choose_asker(run))
run = what_if.run_for(run, asker)
history_edits.beside(run, asker)
item_id = explain_item.choose_item(run, asker)
card = explain_item.card(run, asker, item_id)
below = st.container()  # slower parts are computed after the rest is drawn
score_breakdown.where_from(run, asker, item_id)
content_reasons.section(run, asker, item_id)
score_breakdown.why_not(run, asker, item_id)
verdict.fill(run, asker, item_id, card)
with below:
    smallest_change.section(run, asker, item_id)
