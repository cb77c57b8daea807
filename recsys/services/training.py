"""Training: in the foreground for a command, as a process of its own for a page. How it goes: jobs.py."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import torch

from recsys.data.dataset import Dataset
from recsys.errors import RecsysError, RunError, SettingError
from recsys.evaluation.metrics import NOT_ASKED, asked, means
from recsys.evaluation.protocol import ranks
from recsys.models import MODELS
from recsys.models.base import FittedModel, Recommender
from recsys.models.features import shape_of
from recsys.runs import jobs
from recsys.runs.record import RunConfig, RunRecord, versions
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_snapshot, save_snapshot, save_weights
from recsys.sequences.candidates import Candidates
from recsys.sequences.liked import in_words
from recsys.sequences.split import MIN_EVENTS_TO_EVALUATE, Split, SplitName, leave_one_out
from recsys.services.jobs import MEMORY_SETTINGS, tend
from recsys.services.workspace import Workspace
from recsys.training.config import TrainingOptions
from recsys.training.device import resolve_device, set_threads
from recsys.training.memory import peak_memory
from recsys.training.towers import TowerDone
from recsys.training.trainer import EpochDone, Event, Stopped, Trainer, fit

TELL_EVERY = 0.5  # seconds between two lines of progress within an epoch
NOBODY = "no user has the 3 events that a test needs, so there is nobody to evaluate on"
STOPPED = "training was stopped; Evaluate computes the metrics of the kept state"


@dataclass(frozen=True)
class TrainRequest:
    """What to train on what. `run_id` None makes a new one."""

    dataset_id: str
    model: str
    preset: str = "balanced"
    settings: dict[str, Any] = field(default_factory=dict)
    options: TrainingOptions = field(default_factory=TrainingOptions)
    run_id: str | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A request that was checked: everything that could be refused has been."""

    config: RunConfig
    dataset: Dataset
    split: Split
    model: Recommender
    device: torch.device


def plan(workspace: Workspace, request: TrainRequest) -> Plan:
    """Checks a request before anything is written. Raises SettingError, NotFoundError or RunError in words."""
    if request.model not in MODELS:
        raise SettingError(f"There is no model {request.model!r}. Choose one of: {', '.join(MODELS)}.", column="model")
    cls = MODELS[request.model]
    settings = cls.Config.from_settings(request.preset, request.settings)
    device = resolve_device(request.options.device)
    dataset = workspace.datasets.load(request.dataset_id)
    split = leave_one_out(dataset.interactions, request.options.cold_share, request.options.liked_from)
    _refuse_nothing_to_learn(split, request.options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(request.options.seed)
        shape = shape_of(dataset, settings.content_columns, settings.user_columns, ratings=settings.with_ratings)
        model = cls(shape, settings)
    if not isinstance(model, FittedModel):
        Trainer(model, split, seed=request.options.seed, device=torch.device("cpu"))  # refuses logs that are too short
    config = RunConfig(
        run_id=request.run_id or new_run_id(request.model),
        model=request.model,
        title=cls.title,
        dataset_id=dataset.dataset_id,
        preset=request.preset,
        settings=settings.model_dump(),
        options=request.options.resolved(),
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    return Plan(config, dataset, split, model, device)


def _refuse_nothing_to_learn(split: Split, options: TrainingOptions) -> None:
    if not len(split.train):
        raise SettingError(
            f"With cold_share = {options.cold_share:g} no event is left to learn from. Hold out fewer items.",
            column="cold_share",
        )
    if options.liked_from is not None and not len(split.positives):
        raise SettingError(
            f"None of the {len(split.train):,} training events is {in_words(options.liked_from)}: all that are, are held "
            "out. Lower liked_from, or bring longer histories.",
            column="liked_from",
        )


def new_run_id(model: str) -> str:
    return f"{model}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"


def train(
    workspace: Workspace,
    request: TrainRequest,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> RunRecord:
    """Trains in this process. An id that exists is continued, or only reported where it is finished."""
    planned = plan(workspace, request)
    folder = workspace.runs.create(planned.config)
    done = folder.record
    if done is not None and done.state == "finished":
        return done
    try:
        with jobs.held(folder):
            folder.reopen()
            try:
                return _train(replace(planned, config=folder.config), folder, on_event, should_stop)
            except RecsysError as error:
                folder.append("error", message=error.message)
                raise
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                message = _too_large(planned)
                folder.append("error", message=message)
                raise RunError(message) from error
    finally:
        tend(workspace)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an allocation failed, on the CPU or on a GPU."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _too_large(planned: Plan) -> str:
    settings = planned.config.settings
    named = [f"{name} (it is {settings[name]})" for name in MEMORY_SETTINGS if name in settings]
    lower = f" Lower {' or '.join(named)}." if named else " Choose another model: this one needs a table of all items."
    return f"Training needs more memory than {planned.device} has left.{lower}"


def _train(
    planned: Plan, folder: RunFolder, on_event: Callable[[Event], None], should_stop: Callable[[], bool]
) -> RunRecord:
    model, split, options = planned.model, planned.split, planned.config.options
    threads, began = set_threads(options.threads), time.monotonic()
    state, history, best_epoch, best_ndcg = "finished", [], 0, None
    if isinstance(model, FittedModel):
        folder.append("start", time=time.time(), epochs=0, from_epoch=0)
        fit(model, split)
    else:
        snapshot = load_snapshot(folder)
        trainer = Trainer(
            model, split, seed=options.seed, device=planned.device, snapshot=snapshot, should_stop=should_stop
        )
        first = snapshot.epoch if snapshot else 0
        folder.append("start", time=time.time(), epochs=trainer.config.epochs, from_epoch=first)
        try:
            _follow(trainer, folder, on_event)
        except Stopped:
            state = "stopped"
        trainer.restore_best()
        history, best_epoch = trainer.snapshot.history, trainer.snapshot.best_epoch
        best_ndcg = trainer.snapshot.best_ndcg
        began -= sum(epoch.seconds for epoch in history[:first])
    metrics, why = _measure(planned, folder) if state == "finished" else (None, STOPPED)
    record = RunRecord(
        run_id=folder.run_id,
        model=planned.config.model,
        dataset_id=planned.dataset.dataset_id,
        dataset_name=planned.dataset.name,
        state="finished" if state == "finished" else "stopped",
        seed=options.seed,
        device=str(planned.device),
        threads=threads,
        versions=versions(),
        epochs=len(history),
        best_epoch=best_epoch,
        best_validation_ndcg=best_ndcg,
        accuracy=history[-1].accuracy if history else None,
        seconds=time.monotonic() - began,
        targets_per_second=_speed(history),
        peak_memory=peak_memory(planned.device),
        weights_sha256=save_weights(folder, model),
        metrics=metrics,
        why_no_metrics=why,
        finished=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    folder.finish(record)
    folder.append("end", state=record.state, time=time.time())
    return record


def _follow(trainer: Trainer, folder: RunFolder, on_event: Callable[[Event], None]) -> None:
    """Runs the trainer to its end, writes its progress down, and keeps every finished epoch."""
    told = 0.0
    for event in trainer.run():
        if isinstance(event, EpochDone):
            folder.append("epoch", time=time.time(), **asdict(event))
            save_snapshot(folder, trainer.snapshot)
        elif isinstance(event, TowerDone):
            folder.append("tower", time=time.time(), **asdict(event))
        elif time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            folder.append("batch", time=time.time(), **asdict(event))
        on_event(event)


def _speed(history: list[EpochDone]) -> float | None:
    seconds = sum(epoch.train_seconds for epoch in history)
    return sum(epoch.targets for epoch in history) / seconds if seconds else None


def _measure(planned: Plan, folder: RunFolder) -> tuple[dict[str, float] | None, str | None]:
    """Ranks on validation and test, kept per user; gives the test metrics."""
    if not len(planned.split.test):
        return None, why_nobody(planned.split, "test")
    frame = user_ranks(planned.model, planned.split)
    folder.save_ranks(frame)
    return means(asked(frame["test"].to_numpy())), None


def why_nobody(split: Split, name: SplitName) -> str:
    """Why these targets are none, in words that follow "since"; for a split that has none of them."""
    if not (np.diff(split.log.offsets) >= MIN_EVENTS_TO_EVALUATE).any():
        return NOBODY
    which = "last event" if name == "test" else "last event but one"
    rated = "" if split.liked_from is None else f" that is {in_words(split.liked_from)}"
    kept = " and of an item that was not held out of training" if name == "validation" and len(split.cold_items) else ""
    return f"no user has a {which}{rated}{kept}, so there is nobody to evaluate on"


def user_ranks(model: Recommender, split: Split, tick: Callable[[int], None] = lambda done: None) -> pd.DataFrame:
    """Columns user (index), validation and test: the rank of each user's held-out items, NOT_ASKED where there is none.

    `tick` is called with the events ranked so far, of all on validation and test.
    """
    candidates, first, users = Candidates.of(split, model.scores_cold), len(split.validation), split.asked_users
    frame = pd.DataFrame({"user": users, "validation": NOT_ASKED, "test": NOT_ASKED})
    frame.loc[np.isin(users, split.validation.users), "validation"] = ranks(model, split.validation, candidates, tick)
    frame.loc[np.isin(users, split.test.users), "test"] = ranks(
        model, split.test, candidates, lambda done: tick(first + done)
    )
    return frame


def start(workspace: Workspace, request: TrainRequest) -> str:
    """Puts a training into the queue and gives the run's id; it starts at once where nothing else trains.

    Raises where the request is refused.
    """
    folder = workspace.runs.create(plan(workspace, request).config)
    workspace.queue.submit(folder.run_id)
    tend(workspace)
    return folder.run_id


def resume(workspace: Workspace, run_id: str) -> str:
    """Goes on with a stopped or broken run, with its own settings."""
    config = workspace.runs.open(run_id).config
    return start(
        workspace,
        TrainRequest(config.dataset_id, config.model, config.preset, config.settings, config.options, config.run_id),
    )
