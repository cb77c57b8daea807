"""Explain: why this item, and is that true? The answer first, the evidence in a drawer."""

from pathlib import Path

import streamlit as st

from recsys.ui.parts.widgets import chosen_run
from recsys.ui.shell import context
from recsys.ui.shell.language import tr

if context.current().run is None:
    st.title(tr("Explain"))
run = chosen_run()

from recsys.services.explain import what_if  # imports torch, as the chosen run did
from recsys.ui.explain import (
    answer_card,
    causes,
    contrastive,
    edits,
    event_chart,
    evidence,
    item_choice,
    score_breakdown,
    smallest_change,
    verdict,
)
from recsys.ui.recommend import history_edits

st.html(Path(answer_card.__file__).with_name("style.css"))
edited = st.container(horizontal=True, vertical_alignment="center", key="edited")
with edited:
    query = history_edits.choose_query(run)
with context.current().user_slot:
    query = history_edits.choose_persona(run, query)
run = what_if.run_for(run, query)
item_choice.stop_without_items(run, query)
left, right = st.columns([9, 5], gap="large")
with right:
    item_id = item_choice.choose_item(run, query)
with left:
    shown = answer_card.show(run, query, item_id)
with right:
    causes_place = causes.show(run, shown)
with edited:
    edits.band(run, query, item_id, shown.exact)
contrastive.result(run, query, item_id)
left, right = st.columns([3, 2], gap="large")
with left:
    event_chart.show(run, query, item_id, shown.exact)
with right:
    score_breakdown.show(run, query, item_id, shown)
draw_evidence = evidence.drawer(run, query, item_id, shown)
verdict.fill(run, query, item_id, shown, causes_place)  # slower parts, once the rest is drawn
smallest_change.fill(run, query, item_id, shown)
draw_evidence()
