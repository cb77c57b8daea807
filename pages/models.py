"""Models: which is best, for whom, and would I bet on it?"""

import streamlit as st

from recsys.services.models.leaderboard import list_runs
from recsys.ui.models import blends, comparison, leaderboard
from recsys.ui.parts.widgets import chosen_run
from recsys.ui.shell import nav
from recsys.ui.shell.state import workspace

st.title("Models")
st.markdown(
    "Compare trained models, and see how good one is beside the baselines and whether its explanations are true."
)
overview, quality_tab, trust_tab = st.tabs(
    ["Leaderboard", "Quality", "Trust"], key="part", on_change="rerun", bind="query-params"
)
if overview.open:
    with overview:
        runs = list_runs(workspace())
        if not runs:
            leaderboard.import_model()
            nav.stop_with_hint(
                "No trained model yet. Train one on the sample, or import a model that was exported.",
                "home",
                "Go to Home",
            )
        chosen = leaderboard.table(runs)
        if len(chosen) > 1:
            blends.offer(chosen)
            comparison.compare(chosen)
        elif chosen:
            leaderboard.one(chosen[0])
        leaderboard.import_model()
if quality_tab.open:
    with quality_tab:
        run = chosen_run()
        from recsys.ui.models import ctr, quality, segment_report  # imports torch, as the chosen run did

        quality.show(run)
        segment_report.show(run)
        ctr.show(run)
if trust_tab.open:
    with trust_tab:
        run = chosen_run()
        from recsys.ui.models import trust

        trust.show(run)
