"""A figure of the slice beside that of everyone, in one line."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import message, plural
from recsys.services.models.slice_report import FEW_USERS, SliceReport
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import RANK
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import sliced
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import plain

LINE = message("**{metric}** on the test: all {everyone:.3f} → slice **{inside:.3f}**{interval}, {users}")
INTERVAL = message(" [{low:.3f}, {high:.3f}]")
TOO_FEW = message(
    "Fewer than {few} users are in the slice: the 95% interval is so wide that the figure says little. Remove a filter."
)


def show(run: OpenRun, metric: str = HEADLINE) -> None:
    """Draw the line, and a warning where the slice is small; nothing without a slice."""
    try:
        report = sliced.report(run)
    except RecsysError as error:
        fail(error)
        return
    if report is None:
        return
    if report.inside.num_users:
        st.markdown(f":material/filter_alt: {quality_line(report, metric)}")
    warn(run, report)


def quality_line(report: SliceReport, metric: str) -> str:
    """ "NDCG@10 on the test: all 0.123 → slice 0.098 [0.080, 0.115], 212 users", as Markdown."""
    bounds = report.inside.intervals.get(metric)
    users = plural("{n:,} user", "{n:,} users", report.inside.num_users)
    line = LINE.format(
        metric=plain(metric_label(metric)), everyone=report.everyone.metrics[metric], inside=report.inside.metrics[metric],
        interval=INTERVAL.format(low=bounds[0], high=bounds[1]) if bounds else "", users=users,
    )  # fmt: skip
    return tr(line)


def warn(run: OpenRun, report: SliceReport) -> None:
    """Say where the figures of the slice mean little: it is empty, small, or chosen by what they measure."""
    if not report.inside.num_users:
        st.warning(tr("No user of the test is in the slice. Remove a filter."), icon=":material/filter_alt_off:")
    elif report.too_small:
        st.warning(tr(TOO_FEW.format(few=FEW_USERS)), icon=":material/warning:")
    if report.inside.num_users and sliced.current(run.dataset.dataset_id).values(RANK):
        st.caption(tr("The slice is chosen by the rank of the held-out item: its ranking metrics follow from that filter."))  # fmt: skip
