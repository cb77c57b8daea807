"""Key figures of the slice beside those of everyone."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF, metric_help, metric_keys, metric_label
from recsys.messages import message
from recsys.services.models.slice_report import SliceReport
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import slice_line
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import sliced
from recsys.ui.shell.language import tr

SHOWN = 3  # metrics: with users, diversity and novelty they are one row
LISTS = {  # means over users: coverage and Gini of few lists are not comparable with those of many
    f"diversity@{CUT_OFF}": (message("Diversity"), message("How different the items of one list are, on average.")),
    f"novelty@{CUT_OFF}": (message("Novelty"), message("How unpopular the recommended items are, in bits.")),
}


def show(run: OpenRun) -> None:
    """Metrics of the selected users; without a slice, those of everyone."""
    try:
        everyone = sliced.everyone(run)
        report = sliced.report(run) or SliceReport(everyone, everyone)
    except RecsysError as error:
        fail(error)
        return
    inside, has_slice = report.inside, bool(sliced.current(run.dataset.dataset_id))
    with st.container(horizontal=True, gap="small", key="slice_figures"):
        _metric(tr("Users"), f"{inside.num_users:,}", f"{everyone.num_users:,}" if has_slice else "", tr("Users with a held-out item in the test."))  # fmt: skip
        for key in metric_keys(CUT_OFF, "key", "card")[:SHOWN] if inside.num_users else ():
            before = f"{everyone.metrics[key]:.3f}" if has_slice else ""
            _metric(tr(metric_label(key)), f"{inside.metrics[key]:.3f}", before, _help(report, key))
        for key, (name, text) in LISTS.items():
            if key in inside.list_metrics:
                before = f"{everyone.list_metrics[key]:.3f}" if has_slice else ""
                _metric(tr(name), f"{inside.list_metrics[key]:.3f}", before, tr(text))
    if has_slice:
        slice_line.warn(run, report)


def _metric(name: str, value: str, everyone: str, text: str) -> None:
    delta = tr("all {value}", value=everyone) if everyone else None
    st.metric(name, value, delta, delta_color="off", delta_arrow="off", help=text, border=True)


def _help(report: SliceReport, key: str) -> str:
    bounds = report.inside.intervals.get(key)
    if bounds is None:
        return tr(metric_help(key))
    return tr("{help} 95% interval {low:.3f} to {high:.3f}", help=metric_help(key), low=bounds[0], high=bounds[1])
