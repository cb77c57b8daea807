"""Recommend: what next for this user, or for this history?"""

import streamlit as st

from recsys.ui.parts.widgets import choose_run

st.title("Recommend")
st.markdown("What comes next for an existing user or a custom history.")
left, right = st.columns(2)
with left:
    run = choose_run()

from recsys.services.explain import what_if  # imports torch, as the chosen run did
from recsys.ui.recommend import history_edits, new_item, recommendation

with right:
    other = recommendation.choose_other(run)
asker = history_edits.told_of(run, history_edits.choose_asker(run))
run = what_if.run_for(run, asker)
wanted = recommendation.choose_wanted(run)
if other is None:
    left, right = st.columns([11, 10], gap="medium")
    with right:
        recommendation.suggestions(run, asker, wanted)
    with left:
        history_edits.history(run, asker)
else:
    recommendation.side_by_side(run, other, asker, wanted)
    history_edits.history(run, asker)
new_item.new_item(run)
