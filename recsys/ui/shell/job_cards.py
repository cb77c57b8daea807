"""The jobs in the sidebar: what trains and what waits, with a way to watch and to stop it."""

from __future__ import annotations

import streamlit as st

from recsys.services.train.job_list import Progress, running_jobs, start_due_jobs, stop
from recsys.ui.shell import cache, nav
from recsys.ui.shell.state import from_address, session, workspace
from recsys.ui.shell.text import count, duration, plain

READS = {"text": "the texts", "picture": "the pictures"}  # content towers
SHOWN = 5  # jobs; a longer queue is counted


def show() -> None:
    """What trains and what waits, from whatever tab or process it was started; as it is at each run of the page.

    No timer here: a fragment of the frame that fires while a page is being switched breaks the browser's tree.
    """
    start_due_jobs(workspace())
    run_ids = running_jobs(workspace())
    if not run_ids:
        return
    st.markdown(f"**Jobs** · {len(run_ids)}")
    for run_id in run_ids[:SHOWN]:
        job(cache.progress(workspace(), run_id))
    if len(run_ids) > SHOWN:
        st.caption(f"and {len(run_ids) - SHOWN} more that wait")


def progress_bar(now: Progress) -> None:
    """How far a running job is, with the time that is left."""
    if now.reading and now.reading_eta is not None:
        text = f"{plain(now.title)} learns to read {READS[now.reading]}: {duration(now.reading_eta)} left, then {count(now.epochs, 'epoch')}"
    elif now.reading:
        text = f"{plain(now.title)} learns to read {READS[now.reading]}, then {count(now.epochs, 'epoch')}"
    elif now.eta is not None:
        text = f"Training {plain(now.title)}: epoch {now.epoch:d} of {now.epochs:d}, {duration(now.eta)} left at most"
    elif now.share:
        text = f"Training {plain(now.title)}: epoch {now.epoch:d} of {now.epochs:d}"
    else:
        text = f"Training {plain(now.title)}: loading PyTorch and the data …"
    st.progress(now.reading_share if now.reading else now.share, text=text)


def job(now: Progress) -> None:
    """One job: how far it is, a way to watch it and a way to end it."""
    with st.container(border=True, key=f"job_{now.run_id}"):
        if now.state == "waiting":
            st.caption(f"{plain(now.title)}: waits, number {now.place:d} in line")
        elif now.state == "unknown":
            st.caption(f"{plain(now.title)}: may be training on {plain(now.host)}")
        elif now.run_id == from_address("run"):  # its live panel is on the page, and newer than this
            st.caption(f"{plain(now.title)}: training, see the live panel")
        else:
            progress_bar(now)
        with st.container(horizontal=True):
            if session().run_id != now.run_id and st.button("Watch", key=f"watch_{now.run_id}"):
                nav.go("train", run=now.run_id)
            if now.state != "unknown" and st.button(
                "Stop" if now.state == "running" else "Take out", key=f"stop_{now.run_id}"
            ):
                stop(workspace(), now.run_id)
                st.rerun()
