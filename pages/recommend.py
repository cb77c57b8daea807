"""Recommend: what next for this user, or for this history?"""

import streamlit as st

from recsys.ui.parts.widgets import chosen_run
from recsys.ui.shell.language import tr

heading = st.empty()
heading.title(tr("Recommend"))
run = chosen_run()

from recsys.services.explain import what_if  # imports torch, as the chosen run did
from recsys.ui.recommend import history_edits, recommendation, strip, toolbar

other = recommendation.compared_run()
with st.container(horizontal=True, vertical_alignment="center", key="edited"):
    query = history_edits.choose_query(run)
    history_edits.undo_and_reset()
with heading.container():
    recommendation.person(run, query)
query = history_edits.choose_persona(run, query)
run = what_if.run_for(run, query)
strip.strip(run, query)
strip.disliked(run)
options = toolbar.choose_options(run)
if other is None:
    recommendation.recommended_items(run, query, options)
else:
    recommendation.side_by_side(run, other, query, options)
