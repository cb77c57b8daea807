"""Runs: what have I trained, which is best, how do I pass it on?"""

import streamlit as st

from recsys.services import runs
from recsys.ui import blendview, compareview, nav, runsview
from recsys.ui.state import workspace

st.title("Runs")
st.markdown("Everything trained in this workspace: compare, name, hand on, remove.")
found = runs.list_runs(workspace())
if not found:
    runsview.take_in()
    nav.way_out(
        "Nothing was trained yet. Train a model on the sample, or take in a run that was exported.",
        "start",
        "Go to Start",
    )
chosen = runsview.table(found)
if len(chosen) > 1:
    blendview.offer(chosen)
    compareview.compare(chosen)
elif chosen:
    runsview.one(chosen[0])
runsview.take_in()
