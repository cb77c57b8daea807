"""The jobs in the sidebar: what trains, waits and is measured, with a way to watch and to stop it."""

from __future__ import annotations

import streamlit as st

from recsys.services.models import trust_job
from recsys.services.models.trust_job import TrustProgress
from recsys.services.train.job_list import Progress, running_jobs, start_due_jobs, stop
from recsys.ui.shell import cache, nav
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import duration, plain

SHOWN = 5  # jobs; a longer queue is counted


def show() -> None:
    """What trains and what waits, from whatever tab or process it was started; as it is at each run of the page.

    No timer here: a fragment of the frame that fires while a page is being switched breaks the browser's tree.
    """
    start_due_jobs(workspace())
    run_ids, measured = running_jobs(workspace()), trust_job.under_way(workspace())
    if not run_ids and not measured:
        return
    st.markdown(f"**Jobs** · {len(run_ids) + len(measured)}")
    for measurement in measured:
        trust_card(measurement)
    for run_id in run_ids[:SHOWN]:
        job(cache.progress(workspace(), run_id))
    if len(run_ids) > SHOWN:
        st.caption(f"and {len(run_ids) - SHOWN} more that wait")


def job(now: Progress) -> None:
    """One job: how far it is, a way to watch it and a way to end it."""
    with st.container(border=True, key=f"job_{now.run_id}"):
        if now.state == "waiting":
            st.caption(f"{plain(now.model)}: waits, number {now.place:d} in line")
        elif now.state == "unknown":
            st.caption(f"{plain(now.model)}: may be training on {plain(now.host)}")
        else:
            left = f", {duration(now.eta)} left at most" if now.eta is not None else ""
            st.progress(now.share, text=f"Training {plain(now.model)}: epoch {now.epoch:d} of {now.epochs:d}{left}")
        with st.container(horizontal=True):
            if session().run_id != now.run_id and st.button("Watch", key=f"watch_{now.run_id}"):
                nav.go("train", run=now.run_id)
            if now.state != "unknown" and st.button(
                "Stop" if now.state == "running" else "Take out", key=f"stop_{now.run_id}"
            ):
                stop(workspace(), now.run_id)
                st.rerun()


def trust_card(now: TrustProgress) -> None:
    """A measurement of faithfulness: how far it is, a way to its tab and a way to end it."""
    with st.container(border=True, key=f"trust_job_{now.run_id}"):
        st.progress(now.share, text=f"{plain(now.title)} · {progress_text(now)}")
        with st.container(horizontal=True):
            if st.button("Watch", key=f"watch_trust_{now.run_id}"):
                nav.go("models", run=now.run_id, part="Explanations")
            if st.button("Stop", key=f"stop_trust_{now.run_id}", help="Keeps the users measured so far."):
                trust_job.stop(workspace(), now.run_id)
                st.rerun()


def progress_text(now: TrustProgress) -> str:
    """How far a measurement is, in words."""
    if now.eta is None:
        return f"Measuring explanations: {now.done:d} of {now.total:d} users"
    return f"Measuring explanations: {now.done:d} of {now.total:d} users, {duration(now.eta)} left"
