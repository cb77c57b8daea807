"""Beyond accuracy, on the Quality tab: the metrics of the lists of a model, or the button that computes what is missing."""

from __future__ import annotations

import streamlit as st

from recsys.evaluation.list_report import DEFINITIONS
from recsys.evaluation.metrics import CUT_OFF
from recsys.messages import Message, message
from recsys.runs.list_record import list_metrics_of
from recsys.services.models import list_job, run_lists
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.job_panel import JobPanel
from recsys.ui.shell.job_cards import LISTING
from recsys.ui.shell.language import tr


def show(run: OpenRun) -> None:
    """Draw the metrics that there are in one row, and the job for those that there are not."""
    values, without = list_metrics_of(run.folder, run.record), run_lists.missing(run)
    if values or without:
        title = tr("Beyond accuracy")
        about = tr("Metrics of the lists of {k} items recommended to the users of the test", k=CUT_OFF)
        st.markdown(f"**{title}**", help=about)
    if values:
        with st.container(horizontal=True, gap="small", key="list_metrics"):
            for name, metric in DEFINITIONS.items():
                if (key := f"{name}@{CUT_OFF}") in values:
                    label, about = tr(metric.label), tr(metric.help)
                    st.metric(label, f"{values[key]:.3f}", help=about, border=True)
    if without:
        absent = tr(message(", ").join(DEFINITIONS[name].label for name in without))
        st.caption(tr("Not computed for this model yet: {metrics}.", metrics=absent))
        panel = JobPanel(list_job.JOB, message("Compute lists and their metrics"), (), len(run.split.test), LISTING)
        panel.show(run.config.run_id, lambda _: _time(run))


def _time(run: OpenRun) -> Message:
    if run.folder.load_lists() is not None:
        return message("Takes seconds: the lists are stored.")
    return message("Takes about as long as the evaluation after training.")
