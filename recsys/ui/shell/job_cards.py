"""The jobs in the sidebar: what trains, waits, is measured, reported or imported, one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from recsys.messages import Message, message, plural
from recsys.runs.sweep_record import SweepRecord
from recsys.services.explore import global_job
from recsys.services.models import attack_job, list_job, trust_job
from recsys.services.models.run_job import JobProgress, RunJob
from recsys.services.recommend import popularity_job
from recsys.services.train import sweep_runs
from recsys.services.train.job_list import Progress, running_jobs, start_due_jobs, stop
from recsys.ui.shell import cache, import_cards, nav, report_cards
from recsys.ui.shell.job_line import job_line
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import from_address, rerun, workspace
from recsys.ui.shell.text import duration, plain

READS = {  # by content tower
    "text": message("{model} learns to read the texts, then {epochs}"),
    "picture": message("{model} learns to read the pictures, then {epochs}"),
}
READS_WITH_TIME = {
    "text": message("{model} learns to read the texts: {left} left, then {epochs}"),
    "picture": message("{model} learns to read the pictures: {left} left, then {epochs}"),
}
READING = {
    "text": message("{model} · learns to read the texts"),
    "picture": message("{model} · learns to read the pictures"),
}
MEASURING, COMPUTING = message("Measuring explanations"), message("Computing the global view")
PRICING = message("Measuring less popular lists")
LISTING, ATTACKING = message("Computing the lists"), message("Attacking the model")
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
    Measurement(attack_job.JOB, ATTACKING, "models", "Privacy"),
)
SHOWN = 8  # trainings; a longer queue is counted


def show(page: str) -> None:
    """What trains and what waits, from whatever tab or process it was started; as it is at each run of the page.

    No timer here: a fragment of the frame that fires while a page is being switched breaks the browser's tree.
    """
    start_due_jobs(workspace())
    run_ids = running_jobs(workspace())
    measured = [(now, kind) for kind in MEASUREMENTS for now in kind.job.under_way(workspace())]
    reports = report_cards.reports()
    imports = import_cards.drafts(page)
    if not run_ids and not measured and not reports and not imports:
        return
    trainings = _trainings(run_ids)
    st.markdown(tr("**Jobs** · {jobs}", jobs=len(trainings) + len(measured) + len(reports) + len(imports)))
    with st.container(gap="xxsmall", key="jobs"):
        for now, kind in measured:
            measurement_job(kind, now)
        for draft in imports:
            import_cards.card(draft)
        for report, ready in reports:
            report_cards.card(report, ready)
        for draw in trainings[:SHOWN]:
            draw()
        if len(trainings) > SHOWN:
            st.caption(tr(plural("and {n} more job", "and {n} more jobs", len(trainings) - SHOWN)))


def _trainings(run_ids: Sequence[str]) -> list[Callable[[], None]]:
    """What draws the line of each training and of each sweep, in the order of the queue."""
    sweeps: dict[str, tuple[SweepRecord, list[str]]] = {}
    lines: list[Callable[[], None]] = []
    for run_id in run_ids:
        member = workspace().sweeps.of_run(run_id)
        if member is None:
            lines.append(partial(training_job, run_id))
            continue
        record, _ = member
        if record.sweep_id not in sweeps:
            sweeps[record.sweep_id] = record, []
            lines.append(partial(sweep_job, *sweeps[record.sweep_id]))
        sweeps[record.sweep_id][1].append(run_id)
    return lines


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


def training_job(run_id: str) -> None:
    """A training that is no part of a sweep."""
    now = cache.progress(workspace(), run_id)
    watch, end = job_line(
        f"job_{run_id}", tr(_state(now)), f"watch_{run_id}", "" if now.state == "unknown" else f"stop_{run_id}",
        is_watched=run_id == from_address("run"), is_watch_disabled=is_presenting(), is_end_disabled=is_presenting(),
        end_help=tr("Stop") if now.state == "running" else tr("Remove from the queue"),
    )  # fmt: skip
    if watch:
        nav.go("train", run=run_id)
    if end:
        stop(workspace(), run_id)
        rerun()


def _state(now: Progress) -> Message:
    """How far a training is, in a few words; escaped."""
    model = plain(now.title)
    if now.state == "waiting":
        return message("{model} · waiting, number {place:d}", model=model, place=now.place)
    if now.state == "unknown":
        return message("{model}: may be training on {host}", model=model, host=plain(now.host))
    if now.reading:
        return READING[now.reading].format(model=model)
    if now.epochs and now.share:
        return message("{model} · epoch {epoch:d} of {epochs:d}", model=model, epoch=now.epoch, epochs=now.epochs)
    return message("{model} · training", model=model)


def sweep_job(record: SweepRecord, run_ids: Sequence[str]) -> None:
    """A search of settings, of which these runs train or wait; the first of them is counted as begun."""
    begun = record.num_runs - len(run_ids) + 1
    text = tr(
        "{model} search · {begun:d} of {runs:d}", model=plain(record.shown_title), begun=begun, runs=record.num_runs
    )
    watch, end = job_line(
        f"job_{record.sweep_id}", text, f"watch_{record.sweep_id}", f"stop_{record.sweep_id}",
        is_watched=record.sweep_id == from_address("sweep"), is_watch_disabled=is_presenting(),
        is_end_disabled=is_presenting(), end_help=tr("Stop"),
    )  # fmt: skip
    if watch:
        nav.go("train", sweep=record.sweep_id, dataset=record.dataset_id)
    if end:
        sweep_runs.stop(workspace(), record.sweep_id)
        rerun()


def measurement_job(kind: Measurement, now: JobProgress) -> None:
    """A measurement of a run, which is watched on its page."""
    name, progress = kind.job.command, progress_text(now, kind.doing)
    kept = tr("Keeps the users measured so far.") if kind.job.of_sample else tr("Nothing is kept.")
    kept = tr("Keeps the steps that are done.") if kind.job.has_steps else kept
    watch, end = job_line(
        f"{name}_job_{now.run_id}", f"{plain(now.title)} · {progress}", f"watch_{name}_{now.run_id}",
        f"stop_{name}_{now.run_id}", is_end_disabled=is_presenting(), end_help=kept,
    )  # fmt: skip
    if watch:
        if kind.popover:
            st.session_state[kind.popover] = True
        nav.go(kind.page, run=now.run_id, part=kind.part)
    if end:
        kind.job.stop(workspace(), now.run_id)
        rerun()


def progress_text(now: JobProgress, doing: str = MEASURING) -> str:
    """How far a measurement is, in words; of one with steps the step."""
    if now.step and now.eta is None:
        return tr("{doing}: {step}", doing=doing, step=plain(now.step))
    if now.step:
        return tr("{doing}: {step}, {left} left", doing=doing, step=plain(now.step), left=duration(now.eta or 0.0))
    if now.eta is None and not now.done:
        return tr(doing)
    if now.eta is None:
        return tr(
            plural("{doing}: {done} of {n} user", "{doing}: {done} of {n} users", now.total, doing=doing, done=now.done)
        )
    return tr(
        plural("{doing}: {done} of {n} user, {left} left", "{doing}: {done} of {n} users, {left} left",
               now.total, doing=doing, done=now.done, left=duration(now.eta))
    )  # fmt: skip
