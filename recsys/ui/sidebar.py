"""The sidebar of every page: what is chosen, and what is training."""

from __future__ import annotations

import streamlit as st

from recsys.services import training
from recsys.ui import nav
from recsys.ui.state import session, workspace
from recsys.ui.text import duration, plain


def show() -> None:
    with st.sidebar:
        st.markdown("**RecScope**  \nTrain a recommender. See whether its reasons are true.")
        jobs()


def jobs() -> None:
    """The running job, if any, from whatever tab or process it was started; as it is at each run of the page.

    No timer here: a fragment of the frame that fires while a page is being switched breaks the browser's tree.
    """
    running = training.running(workspace())
    if not running:
        return
    now = training.progress(workspace(), running[0])
    left = f", {duration(now.eta)} left at most" if now.eta is not None else ""
    st.progress(now.share, text=f"Training {plain(now.model)}: epoch {now.epoch} of {now.epochs}{left}")
    if session().run_id != now.run_id and st.button("Watch it", key="watch_job", width="stretch"):
        nav.go("train", run=now.run_id)
