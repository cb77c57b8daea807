"""The jobs in the sidebar: what trains and what waits, with a way to watch and to stop it."""

from __future__ import annotations

import streamlit as st

from recsys.messages import message, plural
from recsys.services.train.job_list import Progress, running_jobs, start_due_jobs, stop
from recsys.ui.shell import cache, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import duration, plain

SHOWN = 5  # jobs; a longer queue is counted
TRAINING = message("Training {model}: epoch {epoch:d} of {epochs:d}")
TRAINING_WITH_TIME = message("Training {model}: epoch {epoch:d} of {epochs:d}, at most {left} left")


def show() -> None:
    """What trains and what waits, from whatever tab or process it was started; as it is at each run of the page.

    No timer here: a fragment of the frame that fires while a page is being switched breaks the browser's tree.
    """
    start_due_jobs(workspace())
    run_ids = running_jobs(workspace())
    if not run_ids:
        return
    st.markdown(tr("**Jobs** · {jobs}", jobs=len(run_ids)))
    for run_id in run_ids[:SHOWN]:
        job(cache.progress(workspace(), run_id))
    if len(run_ids) > SHOWN:
        st.caption(tr(plural("and {n} more job", "and {n} more jobs", len(run_ids) - SHOWN)))


def job(now: Progress) -> None:
    """One job: how far it is, a way to watch it and a way to end it."""
    with st.container(border=True, key=f"job_{now.run_id}"):
        if now.state == "waiting":
            st.caption(tr("{model}: waiting, number {place:d} in the queue", model=plain(now.model), place=now.place))
        elif now.state == "unknown":
            st.caption(tr("{model}: may be training on {host}", model=plain(now.model), host=plain(now.host)))
        else:
            line = TRAINING if now.eta is None else TRAINING_WITH_TIME
            left = duration(now.eta or 0)
            st.progress(
                now.share, text=tr(line.format(model=plain(now.model), epoch=now.epoch, epochs=now.epochs, left=left))
            )
        with st.container(horizontal=True):
            if session().run_id != now.run_id and st.button(tr("Watch"), key=f"watch_{now.run_id}"):
                nav.go("train", run=now.run_id)
            if now.state != "unknown" and st.button(
                tr("Stop") if now.state == "running" else tr("Remove from the queue"), key=f"stop_{now.run_id}"
            ):
                stop(workspace(), now.run_id)
                st.rerun()
