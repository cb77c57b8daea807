"""The Train page's parts: the live view of a run, beside others."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.runs.blend_parts import BLEND
from recsys.services.models import leaderboard
from recsys.services.train import estimate, job_list
from recsys.services.train.job_list import Progress
from recsys.ui.home.landing import land
from recsys.ui.parts import charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, nav
from recsys.ui.shell.state import from_address, session, to_address, workspace
from recsys.ui.shell.text import day, duration, plain, size


def watch(run_id: str) -> None:
    """The live view of a run; on its end, leads to the first explained user."""
    try:
        now = cache.progress(workspace(), run_id)
    except RecsysError as error:
        fail(error)
        return
    session().dataset_id = now.dataset_id  # what the form below begins with
    if now.is_under_way:
        session().watched.add(run_id)
    elif run_id in session().watched:
        session().watched.discard(run_id)
        if now.state == "finished":
            land(run_id)
    st.fragment(live, run_every=1.0 if now.is_under_way else None)(run_id)


def live(run_id: str) -> None:
    now = cache.progress(workspace(), run_id)
    header(now)
    if not now.is_under_way:
        afterwards(now)
    if now.epochs_done:
        curves(now, others(now))
    if not now.is_under_way and run_id in session().watched:
        st.rerun()  # `watch` goes on: a page may not be left from a part of it whose timer still fires


def header(now: Progress) -> None:
    if now.state == "running":
        running(now)
    elif now.state == "waiting":
        st.info(f"{plain(now.model)} waits for its turn: number {now.place:d} in line.", icon=":material/hourglass:")
        if st.button("Take it out of the queue", key="take_out"):
            job_list.stop(workspace(), now.run_id)
            nav.go("train")
    elif now.state == "unknown":
        elsewhere(now)
    elif now.state == "failed":
        st.error(plain(now.message, 400), icon=":material/error:")
        if st.button("Try again, from its last finished epoch", key="resume_failed"):
            again(now.run_id)
    elif not now.is_trained:
        st.warning(
            f"{plain(now.model)} was stopped before its first epoch ended, so it has learnt nothing.",
            icon=":material/stop_circle:",
        )
        if st.button("Resume", type="primary", key="resume"):
            again(now.run_id)
    else:
        trained(now)


def running(now: Progress) -> None:
    """How far it is, and the ways to end it."""
    left = f", {duration(now.eta)} left at most" if now.eta is not None else ""
    if now.reading:
        what = f"Reading the items: {plain(now.reading)}"
    elif now.epochs_done or now.share:
        what = f"Epoch {now.epoch} of {now.epochs}{left}"
    else:
        what = "Starting: loading PyTorch and the data …"
    st.progress(now.share, text=f"Training {plain(now.model)} · {what}")
    if st.button("Stop and keep the best so far", key="stop"):
        job_list.stop(workspace(), now.run_id)
        st.toast("Stopping: the best state is kept." if now.epochs_done else "Stopping: no epoch has ended yet.")
    if now.is_quiet:
        st.warning(
            f"No sign of life for {duration(now.quiet_seconds)}: it may hang. What is kept is its last finished epoch."
        )
        if st.button("End it at once", key="kill"):
            job_list.stop(workspace(), now.run_id, at_once=True)
            st.rerun()


def elsewhere(now: Progress) -> None:
    """A run of another host: it can be watched, and released by a person who knows that it has ended."""
    last = f" Its last progress is {duration(now.quiet_seconds)} old." if now.quiet_seconds else ""
    st.info(
        f"{plain(now.model)} may be training on host **{plain(now.host)}**, which cannot be seen from here.{last}",
        icon=":material/dns:",
    )
    if st.button("It has ended: release it", key="release", help="It can then be resumed or deleted here."):
        job_list.release(workspace(), now.run_id)
        st.rerun()


def trained(now: Progress) -> None:
    """What can be done with a run that has ended."""
    st.success(
        f"{plain(now.model)}: {plain(now.state)} after {len(now.epochs_done)} epochs, {duration(now.seconds)}.",
        icon=":material/check_circle:",
    )
    with st.container(horizontal=True):
        if st.button("See recommendations", type="primary", key="see"):
            land(now.run_id)
        if st.button("Evaluate it", key="to_evaluate"):
            nav.go("models", part="Quality", run=now.run_id)
        if now.state == "stopped" and st.button("Resume", key="resume"):
            again(now.run_id)


def again(run_id: str) -> None:
    from recsys.services.train.training import resume  # with torch: watching a run does without

    try:
        resume(workspace(), run_id)
        st.rerun()
    except RecsysError as error:
        fail(error)


def afterwards(now: Progress) -> None:
    """What was estimated beside what it took, and the way to do it again."""
    estimated = estimate.check_estimate(workspace(), now.run_id)
    if estimated:
        epochs = f" for {estimated.epochs} epoch{'s' * (estimated.epochs != 1)}" if estimated.epochs else ""
        st.caption(
            f"Estimated {duration(estimated.estimated_seconds)}{epochs}, took {duration(estimated.seconds)}; "
            f"memory estimated {size(estimated.estimated_memory)}, at most {size(estimated.memory)} used."
        )
    if now.model != BLEND and st.button("Train again with these settings", key="train_like", icon=":material/replay:"):
        nav.go("train", like=now.run_id)


def others(now: Progress) -> list[Progress]:
    """Other runs of the same dataset whose curves are drawn beside, chosen here and kept in the address."""
    other_runs = {
        run.run_id: f"{run.title}, {day(run.created)}"
        for run in leaderboard.list_runs(workspace())
        if run.dataset_id == now.dataset_id and run.run_id != now.run_id and (run.epochs is None or run.epochs > 0)
    }
    if not other_runs:
        return []
    linked = [run_id for run_id in (from_address("beside") or "").split(",") if run_id in other_runs]
    chosen = st.multiselect(
        "Beside other runs", list(other_runs), linked, format_func=other_runs.__getitem__, max_selections=5,
        key=f"beside_{now.run_id}", placeholder="Choose runs on the same data to compare with",
    )  # fmt: skip
    to_address(beside=",".join(chosen))
    return [cache.progress(workspace(), run_id) for run_id in chosen]


def curves(now: Progress, beside: list[Progress]) -> None:
    """Loss and validation NDCG@10 by epoch, those of the other runs beside."""
    lines = {"this run": now} | {run.run_id: run for run in beside if run.epochs_done}

    def drawn(what: str) -> dict[str, tuple[list[int], list[float]]]:
        epochs_by_run = {
            name: [line for line in run.epochs_done if line[what] is not None] for name, run in lines.items()
        }
        return {
            name: ([e["epoch"] for e in done], [e[what] for e in done]) for name, done in epochs_by_run.items() if done
        }

    table = pd.concat(
        [pd.DataFrame(run.epochs_done).assign(run=name) for name, run in lines.items()], ignore_index=True
    )[["run", "epoch", "loss", "ndcg", "accuracy", "seconds"]].dropna(axis=1, how="all")  # fmt: skip
    left, right = st.columns(2, gap="large")
    with left:
        charts.show(charts.curve(drawn("loss"), "training loss"), "loss_curve",
                    "Training loss by epoch: lower is better, among runs of one kind of model.", table)  # fmt: skip
    ndcgs = [line["ndcg"] for line in now.epochs_done]
    with right:
        if all(value is not None for value in ndcgs):
            best = now.epochs_done[ndcgs.index(max(ndcgs))]["epoch"]
            charts.show(charts.curve(drawn("ndcg"), "validation NDCG@10", best), "ndcg_curve",
                        "Ranking quality on held-out items by epoch; the best epoch is kept.")  # fmt: skip
        elif now.epochs_done[-1]["accuracy"] is not None:
            charts.show(charts.curve(drawn("accuracy"), "accuracy"), "accuracy_curve",
                        "Share of events and sampled negatives classified correctly while training.")  # fmt: skip
