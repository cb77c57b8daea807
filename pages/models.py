"""Models: which is best, for whom, and would I bet on it?"""

from pathlib import Path

import streamlit as st

from recsys.ui.models import comparison, leaderboard, manage, model_view, pareto, selection
from recsys.ui.shell import cache, context, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace

st.html(Path(leaderboard.__file__).with_name("style.css"))
runs = {run.run_id: run for run in context.current().all_runs}
if not runs:
    st.title(tr("Models"))
    manage.import_model()
    if context.current().dataset is not None:
        text = tr("No trained model on this dataset yet. Train one, or import a model that was exported.")
        nav.stop_with_hint(text, "train", tr("Go to Train"))
    text = tr("No trained model yet. Train one on the sample, or import a model that was exported.")
    nav.stop_with_hint(text, "home", tr("Go to Home"))
board = leaderboard.shown(cache.ranked(workspace(), [*runs.values()]))
chosen = [runs[run_id] for run_id in selection.selected_ids([standing.run.run_id for standing in board])]
with st.container(horizontal=True, vertical_alignment="center", wrap=False, key="models_head"):
    st.title(tr("Models"), anchor=False)
    manage.menu(chosen)
context.say_stale()
leaderboard.best(board)
left, right = st.columns([13, 7], gap="medium")
ids = [run.run_id for run in chosen]
with left, st.container(key="leaderboard"):
    leaderboard.table(board, ids)
    leaderboard.note_hidden(board)
    leaderboard.note_protocols(board)
with right, st.container(key="pareto"):
    pareto.show(board, ids)
if len(chosen) > 1:
    comparison.compare(chosen)
else:
    model_view.show(chosen[0], board)
