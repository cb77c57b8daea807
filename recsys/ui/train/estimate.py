"""Time and memory of what the form would train, made unprompted in a process of its own and shown before the button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import message, plural
from recsys.services.train import estimate
from recsys.services.train.estimate import Estimate
from recsys.services.train.job_list import running_jobs
from recsys.services.train.pending_estimate import PendingEstimate, is_on
from recsys.services.train.similar_run import similar_run
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import rerun, session, workspace
from recsys.ui.shell.text import duration, plain, size

if TYPE_CHECKING:
    from recsys.services.train.planning import TrainRequest

LOWERED = {  # estimate.LESS_MEMORY in words
    "batch_size": message("batch size"),
    "max_length": message("history length"),
    "embedding_dim": message("embedding size"),
    "hidden_dim": message("hidden size"),
    "negatives": message("negatives per event"),
}
TICK, AFTER_JOB = 0.5, 3.0  # seconds between two looks at the trial, and at the running job


def show(requests: list[TrainRequest], num_runs: int = 1) -> None:
    """The estimate of these trainings; while one is missing, its trial is started and followed by a fragment.

    `num_runs`: how many runs like the first a sweep has.
    """
    missing = [r for r in requests if repr(r) not in session().estimates and repr(r) not in session().failed_estimates]
    if not missing or not is_on():
        cancel()
        if not missing:
            summary(requests, num_runs)
        return
    pending = session().pending
    if pending is None or pending.request != missing[0]:
        cancel()
        session().pending = PendingEstimate(missing[0])
    waits = bool(running_jobs(workspace()))
    st.fragment(follow, run_every=AFTER_JOB if waits else TICK)(len(requests) - len(missing), len(requests))


def follow(num_known: int, num_requests: int) -> None:
    """Look at the trial; the page is drawn once more when it has ended."""
    pending = session().pending
    if pending is None:
        return  # cancelled since the page was drawn
    if pending.process is None and running_jobs(workspace()):
        after_job(pending.request)
        return
    try:
        made = pending.poll(workspace())
    except RecsysError as error:
        session().failed_estimates[repr(pending.request)] = error.message
        session().pending = None
        rerun()
    if made is not None:
        session().estimates[repr(pending.request)] = made
        session().pending = None
        rerun()
    if num_requests > 1:
        text = tr(
            "Estimating time and memory: {known} of {requests} models done …", known=num_known, requests=num_requests
        )
    else:
        text = tr("Estimating time and memory from a second of training …")
    st.caption(f":material/timer: {text}")


def after_job(request: TrainRequest) -> None:
    """While another job has the machine: what a run of this kind took before, if there is one."""
    before = similar_run(workspace(), request)
    if before is None:
        text = tr("The estimate is made after the running job.")
    elif not before.epochs:
        text = tr("{model} took {time} before.", model=plain(before.title), time=duration(before.seconds))
    else:
        text = tr(plural("{model} took {time} for {n:,} epoch before, with this preset.",
                         "{model} took {time} for {n:,} epochs before, with this preset.",
                         before.epochs, model=plain(before.title), time=duration(before.seconds)))  # fmt: skip
    st.caption(f":material/timer: {text}")


def cancel() -> None:
    """End the trial, if there is one."""
    pending, session().pending = session().pending, None
    if pending is not None:
        pending.cancel()


def keep(requests: Mapping[str, TrainRequest]) -> None:
    """Store the estimates of runs that were started, by run id."""
    for run_id, request in requests.items():
        made = session().estimates.get(repr(request))
        if made is not None:
            estimate.save_estimate(workspace(), run_id, made)


def summary(requests: list[TrainRequest], num_runs: int = 1) -> None:
    """Estimated time and memory, what cannot be estimated, and what to lower where memory is short."""
    made = [(r, session().estimates[repr(r)]) for r in requests if repr(r) in session().estimates]
    if num_runs > 1 and made:
        of_sweep(made[0][1], num_runs)
    elif len(requests) == 1 and made:
        of_one(*made[0])
    elif made:
        seconds, memory = sum(e.seconds for _, e in made), max(e.memory for _, e in made)
        text = plural("At most **{time}** for {n:,} model and **{memory}** of memory.",
                      "At most **{time}** for {n:,} models, one after another, and **{memory}** of memory.",
                      len(made), time=duration(seconds), memory=size(memory))  # fmt: skip
        st.markdown(f":material/timer: {tr(text)}")
    reading = sum(e.content_seconds for _, e in made)
    if reading >= 1:
        once = duration(reading)
        st.caption(tr("Of this, about {time} to learn to read pictures and text, once before the epochs.", time=once))
    for request in requests:
        if reason := session().failed_estimates.get(repr(request)):
            why = tr("No estimate for {model}. {reason}", model=plain(request.model), reason=plain(reason, 400))
            st.warning(why, icon=":material/timer_off:")
    for request, of_request in made:
        warn_of_memory(request, of_request)


def of_one(request: TrainRequest, made: Estimate) -> None:
    took = {"time": duration(max(1, made.seconds)), "memory": size(made.memory)}
    if not made.epochs:
        text = message("About **{time}** and **{memory}** of memory.", **took)
    elif made.epochs > request.settings["patience"]:
        text = message("At most **{time}**: {epochs:,} epochs of {seconds:.1f} s, fewer with early stopping. "
                       "About **{memory}** of memory.", epochs=made.epochs, seconds=made.epoch_seconds, **took)  # fmt: skip
    else:
        text = plural("About **{time}**: {n:,} epoch of {seconds:.1f} s. About **{memory}** of memory.",
                      "About **{time}**: {n:,} epochs of {seconds:.1f} s. About **{memory}** of memory.",
                      made.epochs, seconds=made.epoch_seconds, **took)  # fmt: skip
    st.markdown(f":material/timer: {tr(text)}")


def of_sweep(first: Estimate, num_runs: int) -> None:
    text = tr(
        "About **{time}** for {runs:d} runs, one after another, each like the first. Rough: larger settings take longer, and "
        "more than **{memory}** of memory.",
        time=duration(max(1, num_runs * first.seconds)),
        runs=num_runs,
        memory=size(first.memory),
    )
    st.markdown(f":material/timer: {text}")


def warn_of_memory(request: TrainRequest, made: Estimate) -> None:
    lower = estimate.to_lower(made, request.settings)
    if lower is None:
        return
    needed, free = size(made.memory), size(made.memory_free)
    if lower:
        names = message(" or ").join(LOWERED[name] for name in lower)
        text = tr("This needs about {needed} of memory, and {free} are free: the system may end the training. Close other "
                  "programs, or lower {settings}.", needed=needed, free=free, settings=names)  # fmt: skip
    else:
        text = tr("This needs about {needed} of memory, and {free} are free: the system may end the training. Close other "
                  "programs, or choose another model.", needed=needed, free=free)  # fmt: skip
    st.warning(text, icon=":material/memory:")
