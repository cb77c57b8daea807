"""The jobs in the sidebar: what trains, waits, is measured or reported, with a way to watch and to stop it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from recsys.messages import Message, message, plural
from recsys.services.explore import global_job
from recsys.services.models import list_job, trust_job
from recsys.services.models.run_job import JobProgress, RunJob
from recsys.services.recommend import popularity_job
from recsys.services.train.job_list import Progress, running_jobs, start_due_jobs, stop
from recsys.ui.shell import cache, nav, report_cards
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import from_address, rerun, session, workspace
from recsys.ui.shell.text import duration, plain

READS = {  # by content tower
    "text": message("{model} learns to read the texts, then {epochs}"),
    "picture": message("{model} learns to read the pictures, then {epochs}"),
}
READS_WITH_TIME = {
    "text": message("{model} learns to read the texts: {left} left, then {epochs}"),
    "picture": message("{model} learns to read the pictures: {left} left, then {epochs}"),
}
MEASURING, COMPUTING = message("Measuring explanations"), message("Computing the global view")
PRICING = message("Measuring less popular lists")
LISTING = message("Computing the lists")
LESS_POPULAR = "popularity"  # key of the popover on Recommend


class Measurement(NamedTuple):
    """A kind of measurement: what it does, and where it is watched: a tab of a page, or a popover by its key."""

    job: RunJob
    doing: Message
    page: str
    part: str = ""
    popover: str = ""


MEASUREMENTS = (
    Measurement(trust_job.JOB, MEASURING, "models", "Explanations"),
    Measurement(global_job.JOB, COMPUTING, "explore", "What drives it"),
    Measurement(popularity_job.JOB, PRICING, "recommend", popover=LESS_POPULAR),
    Measurement(list_job.JOB, LISTING, "models", "Quality"),
)
SHOWN = 5  # jobs; a longer queue is counted


def show() -> None:
    """What trains and what waits, from whatever tab or process it was started; as it is at each run of the page.

    No timer here: a fragment of the frame that fires while a page is being switched breaks the browser's tree.
    """
    start_due_jobs(workspace())
    run_ids = running_jobs(workspace())
    measured = [(now, kind) for kind in MEASUREMENTS for now in kind.job.under_way(workspace())]
    reports = report_cards.reports()
    if not run_ids and not measured and not reports:
        return
    st.markdown(tr("**Jobs** · {jobs}", jobs=len(run_ids) + len(measured) + len(reports)))
    for now, kind in measured:
        measurement_card(kind, now)
    for report, ready in reports:
        report_cards.card(report, ready)
    for run_id in run_ids[:SHOWN]:
        job(cache.progress(workspace(), run_id))
    if len(run_ids) > SHOWN:
        st.caption(tr(plural("and {n} more job", "and {n} more jobs", len(run_ids) - SHOWN)))


def progress_bar(now: Progress) -> None:
    """How far a running job is, with the time that is left."""
    model, epochs = job_title(now), plural("{n:,} epoch", "{n:,} epochs", now.epochs)
    if now.reading and now.reading_eta is not None:
        text = READS_WITH_TIME[now.reading].format(model=model, left=duration(now.reading_eta), epochs=epochs)
    elif now.reading:
        text = READS[now.reading].format(model=model, epochs=epochs)
    elif now.eta is not None:
        text = message("Training {model}: epoch {epoch:d} of {epochs:d}, at most {left} left").format(
            model=model, epoch=now.epoch, epochs=now.epochs, left=duration(now.eta)
        )
    elif now.share:
        text = message("Training {model}: epoch {epoch:d} of {epochs:d}").format(
            model=model, epoch=now.epoch, epochs=now.epochs
        )
    else:
        text = message("Training {model}: loading PyTorch and the data …", model=model)
    st.progress(now.reading_share if now.reading else now.share, text=tr(text))


def job_title(now: Progress) -> str:
    """The model, with the number of the run in its sweep."""
    member = workspace().sweeps.of_run(now.run_id)
    if member is None:
        return plain(now.title)
    sweep, number = member
    return tr("{model} ({number:d} of {runs:d})", model=plain(now.title), number=number, runs=sweep.num_runs)


def job(now: Progress) -> None:
    """One job: how far it is, a way to watch it and a way to end it."""
    model, member = job_title(now), workspace().sweeps.of_run(now.run_id)
    sweep_id = member[0].sweep_id if member else ""
    with st.container(border=True, key=f"job_{now.run_id}"):
        if now.state == "waiting":
            st.caption(tr("{model}: waiting, number {place:d} in the queue", model=model, place=now.place))
        elif now.state == "unknown":
            st.caption(tr("{model}: may be training on {host}", model=model, host=plain(now.host)))
        elif now.run_id == from_address("run") or (sweep_id and sweep_id == from_address("sweep")):
            # Its live panel is on the page, and newer than this.
            st.caption(tr("{model}: training, see the live panel", model=model))
        else:
            progress_bar(now)
        with st.container(horizontal=True):
            is_watched = sweep_id == from_address("sweep") if sweep_id else session().run_id == now.run_id
            if not is_watched and st.button(tr("Watch"), key=f"watch_{now.run_id}", disabled=is_presenting()):
                nav.go("train", **({"sweep": sweep_id, "dataset": now.dataset_id} if sweep_id else {"run": now.run_id}))
            if now.state != "unknown" and st.button(
                tr("Stop") if now.state == "running" else tr("Remove from the queue"),
                key=f"stop_{now.run_id}",
                disabled=is_presenting(),
            ):
                stop(workspace(), now.run_id)
                rerun()


def measurement_card(kind: Measurement, now: JobProgress) -> None:
    """A measurement of a run: how far it is, a way to where it is watched, and a way to end it."""
    name = kind.job.command
    with st.container(border=True, key=f"{name}_job_{now.run_id}"):
        progress = progress_text(now, kind.doing)
        st.progress(now.share, text=f"{plain(now.title)} · {progress}")
        with st.container(horizontal=True):
            if st.button(tr("Watch"), key=f"watch_{name}_{now.run_id}"):
                if kind.popover:
                    st.session_state[kind.popover] = True
                nav.go(kind.page, run=now.run_id, part=kind.part)
            kept = tr("Keeps the users measured so far.") if kind.job.of_sample else tr("Nothing is kept.")
            if st.button(tr("Stop"), key=f"stop_{name}_{now.run_id}", help=kept, disabled=is_presenting()):
                kind.job.stop(workspace(), now.run_id)
                rerun()


def progress_text(now: JobProgress, doing: str = MEASURING) -> str:
    """How far a measurement is, in words."""
    if now.eta is None:
        return tr(
            plural("{doing}: {done} of {n} user", "{doing}: {done} of {n} users", now.total, doing=doing, done=now.done)
        )
    return tr(
        plural("{doing}: {done} of {n} user, {left} left", "{doing}: {done} of {n} users, {left} left",
               now.total, doing=doing, done=now.done, left=duration(now.eta))
    )  # fmt: skip
