"""The Explanations tab: how faithful each method is to this model, measured over a sample of users by a job."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.runs.trust_record import Trust, is_damaged
from recsys.services.models import run_job, sample_trust, trust, trust_job
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.models import trust_report
from recsys.ui.parts.widgets import fail
from recsys.ui.shell.job_cards import progress_text
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import duration, plain

SIZES = (20, 50, 100, 200, 500)


def show(run: OpenRun) -> None:
    st.markdown(tr("Are the explanations faithful? For a sample of users and their first recommendation, past events are removed "
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
    now = trust_job.JOB.progress(workspace(), run_id)
    if now.state in ("running", "unknown"):
        st.fragment(live, run_every=run_job.TICK_WAIT)(run_id)
        return
    if now.state == "failed":
        st.error(plain(now.message, 400), icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="bottom", key="trust_start"):
        size = st.select_slider(tr("Users"), SIZES, value=trust.USERS, key="trust_users", width=320)
        pressed = st.button(tr("Measure"), key="measure_trust", type="primary", icon=":material/play_arrow:",
                            help=tr("It continues when you leave this page."))  # fmt: skip
        if earlier is None:
            st.caption(tr("Takes minutes."), width="content")
        else:
            st.caption(tr("About {time}, estimated from the measurement below.",
                          time=duration(size * earlier.seconds / earlier.num_users)), width="content")  # fmt: skip
    if pressed:
        try:
            trust_job.JOB.start(workspace(), run_id, size)
        except RecsysError as error:
            fail(error)
            return
        st.rerun()


def live(run_id: str) -> None:
    """How far the measurement is, with the ways to end it; once it has ended, the page is drawn again."""
    try:
        now = trust_job.JOB.progress(workspace(), run_id)
    except RecsysError:  # deleted elsewhere
        st.rerun()
    if now.state not in ("running", "unknown"):
        st.rerun()
    if now.state == "unknown":
        st.info(
            tr(
                "The measurement may be running on host **{host}**, which cannot be checked from here.",
                host=plain(now.host),
            )
        )
        if st.button(tr("It has ended: release it"), key="release_trust"):
            trust_job.JOB.forget(workspace(), run_id)
            st.rerun()
        return
    with st.container(horizontal=True, vertical_alignment="center", key="trust_live"):
        st.progress(now.share, text=progress_text(now))
        if st.button(tr("Stop"), key="stop_trust", icon=":material/stop_circle:",
                     help=tr("Keeps the users measured so far, unless an earlier measurement has more.")):  # fmt: skip
            trust_job.JOB.stop(workspace(), run_id)
            st.toast(tr("Stopping: the users measured so far are kept."))
        if st.button(
            tr("Discard"), key="discard_trust", icon=":material/delete:", help=tr("Ends it at once and keeps nothing.")
        ):
            trust_job.JOB.stop(workspace(), run_id, at_once=True)
            st.rerun()
