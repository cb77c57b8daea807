"""Runs: what have I trained, which is best, how do I pass it on?"""

import streamlit as st

from recsys.ui import nav

nav.guard("runs")

from recsys.services import runs  # noqa: E402
from recsys.ui import runsview  # noqa: E402
from recsys.ui.state import workspace  # noqa: E402

st.title("Runs")
st.markdown("Everything trained in this workspace: compare, hand on, remove.")
runsview.take_in()
found = runs.list_runs(workspace())
if not found:
    nav.way_out("Nothing was trained yet. The sample takes less than a minute.", "start", "Go to Start")
runsview.actions(found, runsview.table(found))
