"""The state of the watched run, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.runs.blend_parts import BLEND
from recsys.services.models import leaderboard
from recsys.services.train import estimate, job_list
from recsys.services.train.job_list import Progress
from recsys.ui.home.landing import land
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav
from recsys.ui.shell.job_cards import progress_bar
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import count, duration, plain, size


def show(now: Progress) -> None:
    """The state in a line or a card, with its buttons."""
    if now.state == "running":
        running(now)
    elif now.state == "waiting":
        waiting(now)
    elif now.state == "unknown":
        elsewhere(now)
    elif now.state == "failed":
        st.error(f"**{plain(now.title)}** failed. {plain(now.message, 400)}", icon=":material/error:")
        if st.button("Try again, from its last finished epoch", key="resume_failed"):
            again(now.run_id)
    elif not now.is_trained:
        st.warning(
            f"{plain(now.title)} was stopped before its first epoch ended, so it has learnt nothing.",
            icon=":material/stop_circle:",
        )
        if st.button("Resume", type="primary", key="resume"):
            again(now.run_id)
    else:
        trained(now)


def running(now: Progress) -> None:
    """How far it is, and the ways to end it."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"running_{now.run_id}"):
        with st.container(width="stretch"):
            progress_bar(now)
        if st.button("Stop", key=f"stop_run_{now.run_id}", icon=":material/stop_circle:"):
            job_list.stop(workspace(), now.run_id)
            st.toast("Stopping: the best state is kept." if now.epochs_done else "Stopping: no epoch has ended yet.")
    if now.is_quiet:
        st.warning(f"No progress for {duration(now.quiet_seconds)}: it may hang. Its last finished epoch is kept.")
        if st.button("End it at once", key=f"kill_{now.run_id}"):
            job_list.stop(workspace(), now.run_id, at_once=True)
            st.rerun()


def waiting(now: Progress) -> None:
    st.info(f"{plain(now.title)} waits for its turn: number {now.place:d} in line.", icon=":material/hourglass:")
    if st.button("Take it out of the queue", key="take_out"):
        job_list.stop(workspace(), now.run_id)
        nav.go("train")


def elsewhere(now: Progress) -> None:
    """A run of another host: it can be watched, and released by a person who knows that it has ended."""
    where = f"{plain(now.title)} may be training on host **{plain(now.host)}**, which cannot be seen from here."
    age = f"Its last progress is {duration(now.quiet_seconds)} old." if now.quiet_seconds else ""
    st.info(f"{where} {age}", icon=":material/dns:")
    if st.button("It has ended: release it", key="release", help="It can then be resumed or deleted here."):
        job_list.release(workspace(), now.run_id)
        st.rerun()


def trained(now: Progress) -> None:
    """A card of the run that has ended: what it took, how good it is, and where to go. The page stays until one is pressed."""
    with st.container(border=True, key="trained"):
        outcome(now)
        with st.container(horizontal=True, gap="xsmall"):
            if st.button(
                "Explain a recommendation", type="primary", key="explain_run", icon=":material/search_insights:"
            ):
                land(now.run_id)
            if st.button("See recommendations", key="see", icon=":material/recommend:"):
                nav.go("recommend", run=now.run_id)
            if st.button("Compare models", key="compare_models", icon=":material/leaderboard:"):
                nav.go("models", run=now.run_id)
            if now.state == "stopped" and st.button("Resume", key="resume", icon=":material/play_arrow:"):
                again(now.run_id)
            if now.model != BLEND and st.button(
                "Same settings",
                key="train_like",
                icon=":material/replay:",
                help="Fill the form with the settings of this run.",
            ):
                nav.go("train", like=now.run_id)


def outcome(now: Progress) -> None:
    """What became of it, what was estimated and what it took."""
    title, took, epochs = plain(now.title), duration(now.seconds), count(len(now.epochs_done), "epoch")
    if now.state == "stopped":
        st.markdown(f":orange[:material/stop_circle:] **{title}** was stopped after {epochs}; its best epoch is kept.")
    elif now.epochs_done:
        st.markdown(f":green[:material/check_circle:] **{title}** is trained: {epochs} in {took}.")
    else:
        st.markdown(f":green[:material/check_circle:] **{title}** is trained, in {took}.")
    run = next((run for run in leaderboard.list_runs(workspace()) if run.run_id == now.run_id), None)
    if run is not None and run.metrics:
        ndcg, hit = run.metrics["ndcg@10"], run.metrics.get("hr@10")
        if hit is None:
            st.caption(f"On the test events: NDCG@10 {ndcg:.3f}.")
        else:
            st.caption(
                f"On the test events: NDCG@10 {ndcg:.3f}; the next item is among the first 10 for {hit:.0%} of users."
            )
    checked = estimate.check_estimate(workspace(), now.run_id)
    if checked:
        st.caption(
            f"Estimated {duration(checked.estimated_seconds)}, took {duration(checked.seconds)}; memory estimated "
            f"{size(checked.estimated_memory)}, at most {size(checked.memory)} used."
        )


def again(run_id: str) -> None:
    from recsys.services.train.training import resume  # with torch: watching a run does without

    try:
        resume(workspace(), run_id)
        st.rerun()
    except RecsysError as error:
        fail(error)
