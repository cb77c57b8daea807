"""The state of the watched run, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import message, plural
from recsys.runs.blend_parts import BLEND
from recsys.services.models import leaderboard
from recsys.services.train import estimate, job_list
from recsys.services.train.job_list import Progress
from recsys.ui.home.landing import land
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import context, nav
from recsys.ui.shell.job_cards import progress_bar
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import rerun, workspace
from recsys.ui.shell.text import duration, plain, size


def show(now: Progress) -> None:
    """The state in a line or a card, with its buttons."""
    if now.state == "running":
        running(now)
    elif now.state == "waiting":
        waiting(now)
    elif now.state == "unknown":
        elsewhere(now)
    elif now.state == "failed":
        text = tr("**{model}** failed. {reason}", model=plain(now.title), reason=plain(now.message, 400))
        st.error(text, icon=":material/error:")
        if st.button(tr("Try again from the last finished epoch"), key="resume_failed"):
            again(now.run_id)
    elif not now.is_trained:
        text = tr("{model} was stopped before its first epoch ended, so it has learnt nothing.", model=plain(now.title))
        st.warning(text, icon=":material/stop_circle:")
        if st.button(tr("Resume"), type="primary", key="resume"):
            again(now.run_id)
    else:
        trained(now)


def running(now: Progress) -> None:
    """How far it is, and the ways to end it."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"running_{now.run_id}"):
        with st.container(width="stretch"):
            progress_bar(now)
        if st.button(tr("Stop"), key=f"stop_run_{now.run_id}", icon=":material/stop_circle:"):
            job_list.stop(workspace(), now.run_id)
            kept, nothing = message("Stopping: the best state is kept."), message("Stopping: no epoch has ended yet.")
            st.toast(tr(kept if now.epochs_done else nothing))
    budget_spent(now)
    if now.is_quiet:
        st.warning(tr("No progress for {time}: the training may hang. Its last finished epoch is kept.",
                      time=duration(now.quiet_seconds)))  # fmt: skip
        if st.button(tr("End it at once"), key=f"kill_{now.run_id}"):
            job_list.stop(workspace(), now.run_id, at_once=True)
            rerun()


def budget_spent(now: Progress) -> None:
    """The privacy budget of the epochs so far, with its unit and what it leaves out; nothing for a run without one."""
    last = now.epochs_done[-1] if now.epochs_done else {}
    if last.get("epsilon") is None:
        return
    text = tr("ε spent: {epsilon:.2f} (δ = {delta:g}), per user: all events of a person. Comparing private runs on the same "
              "data costs more, which is not counted.", epsilon=last["epsilon"], delta=last["delta"])  # fmt: skip
    if now.state == "running":
        text = tr("ε spent so far: {epsilon:.2f} (δ = {delta:g}), per user: all events of a person. Comparing private runs on the "
                  "same data costs more, which is not counted.", epsilon=last["epsilon"], delta=last["delta"])  # fmt: skip
    st.caption(text)


def waiting(now: Progress) -> None:
    text = tr("{model}: waiting, number {place:d} in the queue", model=plain(now.title), place=now.place)
    st.info(text, icon=":material/hourglass:")
    if st.button(tr("Remove from the queue"), key="take_out"):
        job_list.stop(workspace(), now.run_id)
        nav.go("train")


def elsewhere(now: Progress) -> None:
    """A run of another host: it can be watched, and released by a person who knows that it has ended."""
    text = message("{model} may be training on host **{host}**, which cannot be checked from here.")
    if now.quiet_seconds:
        text = message(
            "{model} may be training on host **{host}**, which cannot be checked from here. Last progress: {time} ago."
        )
    text = text.format(model=plain(now.title), host=plain(now.host), time=duration(now.quiet_seconds))
    st.info(tr(text), icon=":material/dns:")
    if st.button(tr("It has ended: release it"), key="release", help=tr("It can then be resumed or deleted here.")):
        job_list.release(workspace(), now.run_id)
        rerun()


def trained(now: Progress) -> None:
    """A card of the run that has ended: what it took, how good it is, and where to go. The page stays until one is pressed."""
    with st.container(border=True, key="trained"):
        outcome(now)
        with st.container(horizontal=True, gap="xsmall"):
            if st.button(
                tr("Explain a recommendation"), type="primary", key="explain_run", icon=":material/search_insights:"
            ):
                land(now.run_id)
            if st.button(tr("See recommendations"), key="see", icon=":material/recommend:"):
                nav.go("recommend", run=now.run_id)
            if st.button(tr("Compare models"), key="compare_models", icon=":material/leaderboard:"):
                beside = context.current().run
                nav.go(
                    "models", run=now.run_id, compare=beside.run_id if beside and beside.run_id != now.run_id else ""
                )
            if now.state == "stopped" and st.button(tr("Resume"), key="resume", icon=":material/play_arrow:"):
                again(now.run_id)
            if now.model != BLEND and st.button(
                tr("Same settings"),
                key="train_like",
                icon=":material/replay:",
                help=tr("Fill the form with the settings of this run."),
            ):
                nav.go("train", like=now.run_id)


def outcome(now: Progress) -> None:
    """What became of it, what was estimated and what it took."""
    title, took, epochs = plain(now.title), duration(now.seconds), len(now.epochs_done)
    icon = ":green[:material/check_circle:]"
    if now.state == "stopped":
        icon = ":orange[:material/stop_circle:]"
        text = plural("**{model}** was stopped after {n:,} epoch, which is kept.",
                      "**{model}** was stopped after {n:,} epochs; the best one is kept.", epochs, model=title)  # fmt: skip
        if now.epochs_done[-1].get("epsilon") is not None:
            text = plural("**{model}** was stopped after {n:,} epoch; it is kept.",
                          "**{model}** was stopped after {n:,} epochs; the last one is kept.", epochs, model=title)  # fmt: skip
    elif epochs:
        text = plural("**{model}** is trained: {n:,} epoch in {time}.", "**{model}** is trained: {n:,} epochs in {time}.",
                      epochs, model=title, time=took)  # fmt: skip
    else:
        text = message("**{model}** is trained, in {time}.", model=title, time=took)
    st.markdown(f"{icon} {tr(text)}")
    _quality(now)
    budget_spent(now)
    checked = estimate.check_estimate(workspace(), now.run_id)
    if checked:
        st.caption(
            tr("Estimated {estimated_time}, took {time}; memory estimated {estimated_memory}, at most {memory} used.",
               estimated_time=duration(checked.estimated_seconds), time=duration(checked.seconds),
               estimated_memory=size(checked.estimated_memory), memory=size(checked.memory))
        )  # fmt: skip


def _quality(now: Progress) -> None:
    run = next((run for run in leaderboard.list_runs(workspace()) if run.run_id == now.run_id), None)
    if run is None or not run.metrics:
        return
    ndcg, hit = run.metrics["ndcg@10"], run.metrics.get("hr@10")
    if hit is None:
        st.caption(tr("On the test events: NDCG@10 {ndcg:.3f}.", ndcg=ndcg))
    else:
        st.caption(tr("On the test events: NDCG@10 {ndcg:.3f}; the next item is in the top 10 for {share:.0%} of users.",
                      ndcg=ndcg, share=hit))  # fmt: skip


def again(run_id: str) -> None:
    from recsys.services.train.training import resume  # with torch: watching a run does without

    try:
        resume(workspace(), run_id)
        rerun()
    except RecsysError as error:
        fail(error)
