"""Under the metrics: cold-start of a time split, leakage of leave-one-out, and the same model under the other protocol."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation import leakage
from recsys.services.models import protocol_twin
from recsys.services.models.quality import Evaluation
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav, run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain


def show(run: OpenRun, evaluation: Evaluation) -> None:
    if evaluation.cold_start is not None:
        st.caption(plain(evaluation.cold_start.sentence), help=tr(
            "Cold-start items have no training event. Cold-start users have no event before the cut; they are not part of the "
            "metrics above."))  # fmt: skip
    lamp = run_cache.lamp(workspace(), run)
    if lamp is not None:
        st.caption(plain(lamp.sentence), help=tr(
            "Leave-one-out holds out the last event of each user, whenever that was, so models learn from later events of other "
            "users (Ji et al. 2023). Little: below {some:.0%} later events and {some_items:.1%} such items. Strong: {strong:.0%} or "
            "{strong_items:.0%} and more. A time split has none.", some=leakage.SOME, some_items=leakage.SOME_ITEMS,
            strong=leakage.STRONG, strong_items=leakage.STRONG_ITEMS))  # fmt: skip
    _twin(run)


def _twin(run: OpenRun) -> None:
    """Both protocols side by side, the twin under way, or the button that trains it."""
    run_id, has_times = run.config.run_id, run.dataset.interactions.times is not None
    if protocol_twin.why_no_twin(run.config) is not None or not has_times:
        return
    twin = protocol_twin.find_twin(workspace(), run_id)
    if twin is not None:
        st.markdown(plain(twin.sentence), help=tr(
            "The same model, settings and seed under both protocols. They test different users at different times, so the "
            "difference is not only due to leakage."))  # fmt: skip
        return
    waiting = protocol_twin.waiting_twin(workspace(), run_id)
    if waiting is not None:
        if st.button(tr("See the training under the other protocol"), key="watch_twin", icon=":material/show_chart:"):
            nav.go("train", run=waiting)
        return
    is_time = run.split.time_cut is not None
    label = tr("Train with leave-one-out") if is_time else tr("Train with a time split")
    if st.button(label, key="train_twin", icon=":material/play_arrow:", disabled=is_presenting(),
                 help=tr("The same model, settings and seed under the other protocol, to see how much it changes the metrics.")):  # fmt: skip
        try:
            started = protocol_twin.start_twin(workspace(), run_id)
        except RecsysError as error:
            fail(error)
            return
        nav.go("train", run=started)
