"""Train, resume and queue runs.

`train` trains in this process, for the command line. `start` and `resume` queue a run, for pages; a separate process
then trains it with `train_run`. Progress: job_list.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pandas as pd
import torch

from recsys.errors import RecsysError, RunError
from recsys.evaluation.list_report import measure_lists
from recsys.evaluation.metrics import CUT_OFF, NOT_EVALUATED, evaluated_only, means
from recsys.evaluation.protocol import ranks, ranks_and_lists
from recsys.messages import Message, message, to_json
from recsys.models.base import FittedModel, Recommender
from recsys.runs import jobs
from recsys.runs.record import RunConfig, RunRecord, versions
from recsys.runs.store import RunFolder
from recsys.runs.weights import save_snapshot, save_weights
from recsys.sequences.candidates import Candidates
from recsys.sequences.relevance import in_words
from recsys.sequences.split import MIN_EVENTS_TO_EVALUATE, Split, SplitName, TimeCut
from recsys.sequences.time_split import iso
from recsys.services.explore.item_map import save_map
from recsys.services.train.attack_trained import attack_trained
from recsys.services.train.job_list import MEMORY_SETTINGS, start_due_jobs
from recsys.services.train.planning import Plan, TrainRequest, check, config_of, plan, plan_run
from recsys.services.train.trainers import privacy_spent, traffic_of, trainer_of
from recsys.services.workspace import Workspace
from recsys.training.device import resolve_device, set_threads
from recsys.training.memory import peak_memory
from recsys.training.towers import TowerDone
from recsys.training.trainer import EpochDone, Event, Snapshot, Stopped, Trainer, fit

PROGRESS_EVERY = 0.5  # seconds between two progress lines within an epoch
NOBODY = message("no user has the 3 events that a test needs, so no user can be evaluated")
STOPPED = message("training was stopped; Evaluate computes the metrics of the kept state")
UNTRAINED = message(
    "training was stopped before its first epoch ended, so nothing is learnt yet; the run can be resumed"
)

OnEvent = Callable[[Event], None]
ShouldStop = Callable[[], bool]


def train(
    workspace: Workspace,
    request: TrainRequest,
    *,
    on_event: OnEvent = lambda event: None,
    should_stop: ShouldStop = lambda: False,
) -> RunRecord:
    """Train in this process. An existing run id is resumed, or returned if it is finished.

    An invalid request writes nothing.
    """
    planned = plan(workspace, request)
    folder = workspace.runs.create(planned.config)
    return _train_alone(workspace, folder, planned, on_event, should_stop)


def train_run(
    workspace: Workspace,
    run_id: str,
    *,
    on_event: OnEvent = lambda event: None,
    should_stop: ShouldStop = lambda: False,
) -> RunRecord:
    """Train an existing run folder with its config. Errors are also written to its progress."""
    return _train_alone(workspace, workspace.runs.open(run_id), None, on_event, should_stop)


def start(workspace: Workspace, request: TrainRequest) -> str:
    """Queue a training and return the run id. It starts at once if nothing else is training.

    Raises SettingError for invalid settings, or settings that the dataset does not support, and NotFoundError.
    """
    config = config_of(request)
    check(workspace, config)
    return _submit(workspace, workspace.runs.create(config))


def resume(workspace: Workspace, run_id: str) -> str:
    """Queue a stopped or failed run again, with its settings, and return its id."""
    folder = workspace.runs.open(run_id)
    check(workspace, folder.config)
    return _submit(workspace, folder)


def _submit(workspace: Workspace, folder: RunFolder) -> str:
    jobs.refuse_elsewhere(folder)
    workspace.queue.submit(folder.run_id)
    start_due_jobs(workspace)
    return folder.run_id


def _train_alone(
    workspace: Workspace, folder: RunFolder, planned: Plan | None, on_event: OnEvent, should_stop: ShouldStop
) -> RunRecord:
    """Train under the lock of the run. Without a plan, it is built from the config of the folder."""
    try:
        with jobs.held(folder):
            record = folder.record  # read under the lock: another process may have finished the run just before
            if record is None or record.state != "finished":
                folder.reopen()
                config = folder.config
                with _log_failures(folder, config):
                    planned = plan_run(workspace, config) if planned is None else replace(planned, config=config)
                    record = _train(planned, folder, on_event, should_stop)
            attack_trained(workspace, folder, should_stop)
            return record
    finally:
        start_due_jobs(workspace)


@contextmanager
def _log_failures(folder: RunFolder, config: RunConfig) -> Iterator[None]:
    """Write the reason of a failure to the progress file."""
    try:
        yield
    except RecsysError as error:
        folder.append("error", message=to_json(error.message))
        raise
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        fault = _too_large(config)
        folder.append("error", message=to_json(fault))
        raise RunError(fault) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether an allocation failed, on the CPU or on a GPU."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _too_large(config: RunConfig) -> Message:
    settings = config.settings
    device = str(resolve_device(config.options.device))
    named = [
        message("{setting} (it is {value})", setting=name, value=settings[name])
        for name in MEMORY_SETTINGS
        if name in settings
    ]
    if not named:
        text = message(
            "Training needs more memory than {device} has left. Choose another model: this one needs a table of all items."
        )
        return text.format(device=device)
    text = message("Training needs more memory than {device} has left. Lower {settings}.")
    return text.format(device=device, settings=message(" or ").join(named))


def _train(planned: Plan, folder: RunFolder, on_event: OnEvent, should_stop: ShouldStop) -> RunRecord:
    threads, began = set_threads(planned.config.options.threads), time.monotonic()
    state: Literal["finished", "stopped"] = "finished"
    last, seconds_before, trainer = Snapshot(), 0.0, None
    if isinstance(planned.model, FittedModel):
        folder.append("start", time=time.time(), epochs=0, from_epoch=0)
        fit(planned.model, planned.split)
    else:
        trainer = _trainer(planned, folder, should_stop)
        seconds_before = sum(epoch.seconds for epoch in trainer.snapshot.history)
        try:
            _follow(trainer, folder, on_event)
        except Stopped:
            state = "stopped"
        trainer.restore_best()
        last = trainer.snapshot
    is_trained = state == "finished" or last.epoch > 0
    if state == "finished":
        metrics, of_lists, why = _measure(planned, folder)
    else:
        metrics, of_lists, why = None, {}, STOPPED if is_trained else UNTRAINED
    record = RunRecord(
        run_id=folder.run_id,
        model=planned.config.model,
        dataset_id=planned.dataset.dataset_id,
        dataset_name=planned.dataset.name,
        state=state,
        seed=planned.config.options.seed,
        device=str(planned.device),
        threads=threads,
        versions=versions(),
        epochs=len(last.history),
        best_epoch=last.best_epoch,
        best_validation_ndcg=last.best_ndcg,
        accuracy=last.history[-1].accuracy if last.history else None,
        seconds=time.monotonic() - began + seconds_before,
        targets_per_second=_speed(last.history),
        peak_memory=peak_memory(planned.device),
        weights_sha256=save_weights(folder, planned.model) if is_trained else "",
        metrics=metrics,
        list_metrics=of_lists,
        why_no_metrics=why,
        finished=datetime.now(UTC).isoformat(timespec="milliseconds"),
        privacy=None if trainer is None else privacy_spent(trainer),
        traffic=None if trainer is None else traffic_of(trainer),
    )
    folder.finish(record)
    folder.append("end", state=record.state, time=time.time())
    return record


def _trainer(planned: Plan, folder: RunFolder, should_stop: ShouldStop) -> Trainer:
    """Create the trainer, from the run's checkpoint if there is one."""
    trainer = trainer_of(planned, folder, should_stop)
    folder.append("start", time=time.time(), epochs=trainer.config.epochs, from_epoch=trainer.snapshot.epoch)
    return trainer


def _follow(trainer: Trainer, folder: RunFolder, on_event: OnEvent) -> None:
    """Run the trainer to its end, write progress and save a checkpoint after every epoch."""
    last_written = 0.0
    for event in trainer.run():
        if isinstance(event, EpochDone):
            folder.append("epoch", time=time.time(), **asdict(event))
            save_snapshot(folder, trainer.snapshot)
        elif isinstance(event, TowerDone):
            folder.append("tower", time=time.time(), **asdict(event))
        elif time.monotonic() - last_written >= PROGRESS_EVERY:
            last_written = time.monotonic()
            folder.append("batch", time=time.time(), **asdict(event))
        on_event(event)


def _speed(history: list[EpochDone]) -> float | None:
    seconds = sum(epoch.train_seconds for epoch in history)
    return sum(epoch.targets for epoch in history) / seconds if seconds else None


def _measure(planned: Plan, folder: RunFolder) -> tuple[dict[str, float] | None, dict[str, float], str | None]:
    """Rank on validation and test, store ranks, lists and map; returns (test metrics, those of lists, why there are none)."""
    if not len(planned.split.test):
        save_map(folder, planned.model, planned.split, None)
        return None, {}, why_no_targets(planned.split, "test")
    frame, lists_TK = user_ranks_and_lists(planned.model, planned.split)
    folder.save_ranks(frame)
    folder.save_lists(lists_TK)
    save_map(folder, planned.model, planned.split, lists_TK)
    of_lists = measure_lists(lists_TK, planned.split, planned.dataset)
    return means(evaluated_only(frame["test"].to_numpy())), of_lists, None


def why_no_targets(split: Split, name: SplitName) -> Message:
    """Why a split without `name` targets has none, as a clause."""
    if split.time_cut is not None:
        return _why_none_after(split.time_cut, name)
    if not (np.diff(split.log.offsets) >= MIN_EVENTS_TO_EVALUATE).any():
        return NOBODY
    last, validation = message("last event"), message("last event but one")
    event = last if name == "test" else validation
    if split.liked_from is not None:
        event = message("{event} that is {target}", event=event, target=in_words(split.liked_from))
    if name == "validation" and len(split.cold_items):
        event = message("{event} and of an item that was not held out of training", event=event)
    return message("no user has a {event}, so no user can be evaluated", event=event)


def _why_none_after(time_cut: TimeCut, name: SplitName) -> Message:
    cut = iso(time_cut.time if name == "test" else time_cut.validation)
    return message(
        "no user has a target after the cut {cut} and an event before it, so no user can be evaluated", cut=cut
    )


def user_ranks(model: Recommender, split: Split, tick: Callable[[int], None] = lambda done: None) -> pd.DataFrame:
    """Ranks of each user's held-out items: columns user (index), validation and test, NOT_EVALUATED without an item.

    `tick` is called with the number of events ranked so far, over validation and test together.
    """
    return user_ranks_and_lists(model, split, tick)[0]


def user_ranks_and_lists(
    model: Recommender, split: Split, tick: Callable[[int], None] = lambda done: None
) -> tuple[pd.DataFrame, np.ndarray]:
    """`user_ranks`, and the first items of each test target's list, [num_targets, CUT_OFF] int32."""
    candidates, users = Candidates.of(split, model.scores_cold), split.evaluated_users
    num_validation = len(split.validation)
    frame = pd.DataFrame({"user": users, "validation": NOT_EVALUATED, "test": NOT_EVALUATED})
    frame.loc[np.isin(users, split.validation.users), "validation"] = ranks(model, split.validation, candidates, tick)
    test_ranks, lists_TK = ranks_and_lists(
        model, split.test, candidates, CUT_OFF, lambda done: tick(num_validation + done)
    )
    frame.loc[np.isin(users, split.test.users), "test"] = test_ranks
    return frame, lists_TK
