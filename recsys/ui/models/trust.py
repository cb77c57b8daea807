"""The Explanations tab: how faithful each method is to this model, measured over a sample of users by a job."""

from __future__ import annotations

import streamlit as st

from recsys.messages import Message, message
from recsys.runs.trust_record import Trust, is_damaged
from recsys.services.models import sample_trust, trust, trust_job
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.models import trust_report
from recsys.ui.parts.job_panel import JobPanel
from recsys.ui.shell.job_cards import MEASURING
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import duration, plain

PANEL = JobPanel(trust_job.JOB, message("Measure"), (20, 50, 100, 200, 500), trust.USERS, MEASURING)


def show(run: OpenRun) -> None:
    st.markdown(tr("Are the explanations faithful? For a sample of users and their top recommendation, past events are removed "
                   "and restored in the order of each method, and in random orders; the model scores each step."))  # fmt: skip
    if reason := trust.why_not(run):
        st.info(plain(reason))
        return
    stored, reference = trust.trust_of(run), sample_trust.trust_for(run.config)
    job(run.config.run_id, stored or reference)
    if stored is not None:
        trust_report.report(run, stored)
        return
    if is_damaged(run.folder):
        st.warning(tr("The stored measurement is damaged: its content does not match its checksum, so it is not used. "
                      "Measure again to replace it."), icon=":material/warning:")  # fmt: skip
    if reference is not None:
        st.info(tr("These figures come with the sample: they were measured on a model with the same data, settings and seed. "
                   "Press Measure to measure this model itself."), icon=":material/inventory_2:")  # fmt: skip
        trust_report.report(run, reference)


def job(run_id: str, earlier: Trust | None) -> None:
    """The measurement that is under way, else the button that starts one, with its time where there is an `earlier` one."""

    def time(size: int) -> Message:
        if earlier is None:
            return message("Takes minutes.")
        text = message("About {time}, estimated from the measurement below.")
        return text.format(time=duration(size * earlier.seconds / earlier.num_users))

    PANEL.show(run_id, time)
