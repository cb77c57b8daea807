"""Runs of a sweep: progress, winner, stop and resume.

Everything is read from the run folders and the queue, so it holds after a crash. Never imports torch: pages poll it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from recsys.evaluation.metrics import CUT_OFF, HEADLINE, evaluated_only, means
from recsys.evaluation.setting_importance import Importance, setting_importance
from recsys.messages import Message, message
from recsys.runs import jobs
from recsys.runs.forgotten import forgotten_mark
from recsys.runs.store import RunFolder
from recsys.runs.sweep_record import SweepRecord
from recsys.services.train import job_list
from recsys.services.train.job_list import STATE_NAMES, State, start_due_jobs, state_of
from recsys.services.workspace import Workspace

SweepRunState = State | Literal["missing"]
SWEEP_STATE_NAMES: dict[str, Message] = STATE_NAMES | {"missing": message("not started")}
UNDER_WAY = ("running", "waiting", "unknown")


@dataclass(frozen=True)
class SweepRun:
    """A run of a sweep. `settings` are the searched ones; `ndcg` is validation NDCG@10, None until the run is finished.

    `state` is "missing" for a run that has no folder: not queued yet, taken off the queue or deleted.
    """

    number: int
    run_id: str
    state: SweepRunState
    settings: dict[str, Any]
    ndcg: float | None = None
    epochs: int | None = None
    seconds: float | None = None

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY


@dataclass(frozen=True)
class SweepProgress:
    """Progress of a sweep. `eta` in seconds is rough: the mean of the finished runs, or the estimate of run 1, per run.

    `eta` is None before either exists and when nothing is under way. `test_metrics` are those of the winner, and None
    before the sweep is over, so that no choice is made by them.
    """

    record: SweepRecord
    runs: tuple[SweepRun, ...]
    eta: float | None
    test_metrics: dict[str, float] | None = None

    @property
    def finished(self) -> list[SweepRun]:
        return [run for run in self.runs if run.state == "finished"]

    @property
    def failed(self) -> list[SweepRun]:
        return [run for run in self.runs if run.state == "failed"]

    @property
    def is_under_way(self) -> bool:
        return any(run.is_under_way for run in self.runs)

    @property
    def is_over(self) -> bool:
        """Whether every run is finished or failed."""
        return len(self.finished) + len(self.failed) == len(self.runs)

    @property
    def best(self) -> SweepRun | None:
        """The finished run with the highest validation NDCG@10, the earlier one of equals; None without any."""
        measured = [run for run in self.finished if run.ndcg is not None]
        return max(measured, key=lambda run: (run.ndcg, -run.number), default=None)

    @property
    def importance(self) -> dict[str, Importance]:
        """Importance of the searched settings for validation NDCG@10, strongest first; empty with too few runs."""
        measured = [run for run in self.finished if run.ndcg is not None]
        values = {name: [run.settings[name] for run in measured] for name in self.record.searched}
        return setting_importance(values, [run.ndcg for run in measured if run.ndcg is not None])


def sweep_progress(workspace: Workspace, sweep_id: str) -> SweepProgress:
    """Read the progress of a sweep. Raises NotFoundError."""
    record, waiting = workspace.sweeps.open(sweep_id), workspace.queue.waiting()
    runs = tuple(_read(workspace, record, number, waiting) for number in record.numbers)
    sweep = SweepProgress(record, runs, _eta(workspace, record, runs))
    if not sweep.is_over or sweep.best is None:
        return sweep
    winner = workspace.runs.open(sweep.best.run_id).record
    return replace(sweep, test_metrics=winner.metrics if winner else None)


def stop(workspace: Workspace, sweep_id: str) -> None:
    """Take the waiting runs off the queue and stop the running one, which keeps its best state.

    From the last run to the first: no waiting run can start when the running one has ended.
    """
    record = workspace.sweeps.open(sweep_id)
    for number in reversed(record.numbers):
        folder = _folder(workspace, record, number)
        if folder is not None and not jobs.host_elsewhere(folder):
            job_list.stop(workspace, folder.run_id)


def resume(workspace: Workspace, sweep_id: str) -> None:
    """Queue all runs that are neither finished nor under way. Raises NotFoundError if the dataset is gone."""
    record = workspace.sweeps.open(sweep_id)
    workspace.datasets.summary(record.dataset_id)
    queue_missing(workspace, record)


def queue_missing(workspace: Workspace, record: SweepRecord) -> None:
    """Create the missing runs and queue all that are not finished. Safe to call at any time, from several processes."""
    for number in record.numbers:
        folder = workspace.runs.create(record.config(number))
        if state_of(folder, []) not in ("finished", "running", "unknown"):
            workspace.queue.submit(folder.run_id)
    start_due_jobs(workspace)


def earlier_sweeps(workspace: Workspace, dataset_id: str) -> list[SweepRecord]:
    """Sweeps on a dataset, newest first."""
    return [record for record in workspace.sweeps.list() if record.dataset_id == dataset_id]


def as_json(sweep: SweepProgress) -> dict[str, Any]:
    """Sweep as plain values. Test metrics stand with the winner only."""
    best = sweep.best
    runs = [
        {"run_id": run.run_id, "state": run.state, f"validation_{HEADLINE}": run.ndcg, "settings": run.settings}
        for run in sweep.runs
    ]
    winner = None
    if best is not None:
        winner = {
            "run_id": best.run_id,
            "settings": best.settings,
            f"validation_{HEADLINE}": best.ndcg,
            "metrics": sweep.test_metrics,
        }
    importance = {name: vars(measured) for name, measured in sweep.importance.items()}
    return {"sweep_id": sweep.record.sweep_id, "runs": runs, "best": winner, "importance": importance}


def _folder(workspace: Workspace, record: SweepRecord, number: int) -> RunFolder | None:
    folder = RunFolder(workspace.runs.root / record.run_id(number))
    return folder if (folder.path / "config.json").exists() else None


def _read(workspace: Workspace, record: SweepRecord, number: int, waiting: list[str]) -> SweepRun:
    folder, run_id = _folder(workspace, record, number), record.run_id(number)
    settings = {name: record.settings[number - 1][name] for name in record.searched}
    if folder is None:
        return SweepRun(number, run_id, "missing", settings)
    state = state_of(folder, waiting)
    result = folder.record
    if state != "finished" or result is None:
        return SweepRun(number, run_id, state, settings)
    ndcg = result.best_validation_ndcg
    if ndcg is None:
        ndcg = validation_of_ranks(folder)
    return SweepRun(number, run_id, state, settings, ndcg, result.epochs, result.seconds)


def validation_of_ranks(folder: RunFolder) -> float | None:
    """Validation NDCG@10 of a model that is fitted in closed form, which has no epochs to choose from."""
    mark = forgotten_mark(folder)
    if mark is not None:
        return mark.validation_ndcg
    frame = folder.load_ranks()
    ranks = np.empty(0) if frame is None else evaluated_only(frame["validation"].to_numpy())
    return means(ranks, (CUT_OFF,))[HEADLINE] if len(ranks) else None


def _eta(workspace: Workspace, record: SweepRecord, runs: Sequence[SweepRun]) -> float | None:
    taken = [run.seconds for run in runs if run.seconds is not None]
    first = _folder(workspace, record, 1)
    estimate = first.estimate if first is not None else None
    if taken:
        per_run = float(np.mean(taken))
    elif estimate is not None:
        per_run = float(estimate["seconds"])
    else:
        return None
    left = 0.0
    for run in runs:
        if run.is_under_way:
            since = jobs.running_since(RunFolder(workspace.runs.root / run.run_id))
            left += max(0.0, per_run - (time.time() - since if since else 0.0))
    return left if any(run.is_under_way for run in runs) else None
