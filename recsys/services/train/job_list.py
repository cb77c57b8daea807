"""Training jobs: queue, progress and stopping.

Each job is a separate process, observed through its run folder. Reads small JSON files only and never imports torch,
since every page uses it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from recsys.messages import Message, from_json, message
from recsys.runs import jobs as processes
from recsys.runs.progress import ProgressReader, add_traffic
from recsys.runs.store import RunFolder
from recsys.services.workspace import Workspace

MEMORY_SETTINGS = ("batch_size", "max_length", "embedding_dim")  # settings that memory use grows with
QUIET = 60.0  # seconds without progress that are normal: ranking a large catalogue reports none


def start_due_jobs(workspace: Workspace) -> None:
    """Start the queued runs that are due. Safe to call at any time, from pages and from finishing jobs."""
    workspace.queue.advance(lambda folder: processes.start(folder, command(folder, workspace)))


def command(folder: RunFolder, workspace: Workspace) -> list[str]:
    """Arguments of `python -m recsys` that train this run with the config in its folder."""
    return ["resume", folder.run_id, "--workspace", str(workspace.path)]


def stop(workspace: Workspace, run_id: str, at_once: bool = False) -> bool:
    """Stop a training, which keeps its best state, or remove a waiting run from the queue. False for any other run.

    `at_once` kills a process that does not respond; the run can be resumed from its last finished epoch. Raises
    RunError where another host may be training the run.
    """
    folder = workspace.runs.open(run_id)
    processes.refuse_elsewhere(folder)
    if workspace.queue.cancel(run_id) and not processes.is_running(folder):
        if not folder.has_begun:
            workspace.runs.delete(run_id)
        return True
    return processes.stop(folder, at_once)


def release(workspace: Workspace, run_id: str) -> None:
    """Forget the process of another host that trained this run. Only safe once that process has ended."""
    processes.release(workspace.runs.open(run_id))


State = Literal["waiting", "running", "unknown", "finished", "stopped", "failed"]
STATE_NAMES: dict[str, Message] = {
    "waiting": message("waiting"),
    "running": message("running"),
    "unknown": message("unknown"),
    "finished": message("finished"),
    "stopped": message("stopped"),
    "failed": message("failed"),
}


@dataclass(frozen=True)
class Progress:
    """Progress of a run.

    `share` of the work done and `eta` in seconds assume that all epochs run; early stopping ends sooner. `eta` is
    None before the first epoch ends. `state` is "unknown" if a process of another host, `host`, trains the run or
    did; else `host` is "". `is_trained`: at least one epoch ended, or the model was fitted in closed form. `place` is
    the position in the queue from 1, None for a run that does not wait. `is_quiet`: no progress for much longer than
    usual. `reading` is what the content towers learn from before the first epoch, else "", with the share of it that is
    done and the seconds left, None before its second pass. `traffic` counts the rounds,
    clients and bytes of a federated training so far, {} for any other.
    """

    run_id: str
    model: str
    title: str
    dataset_id: str
    state: State
    epoch: int
    epochs: int
    share: float
    eta: float | None
    seconds: float
    epochs_done: tuple[dict[str, Any], ...]
    reading: str
    reading_share: float
    reading_eta: float | None
    message: str
    place: int | None
    quiet_seconds: float
    is_quiet: bool
    host: str
    is_trained: bool
    traffic: dict[str, int] = field(default_factory=dict)

    @property
    def is_under_way(self) -> bool:
        """Whether the run may progress without user action."""
        return self.state in ("running", "waiting", "unknown")


def progress(workspace: Workspace, run_id: str, reader: ProgressReader | None = None) -> Progress:
    """Read the progress of a run from its folder.

    `reader` is the run's `progress_reader`; reuse it when polling.
    """
    folder, waiting = workspace.runs.open(run_id), workspace.queue.waiting()
    state = state_of(folder, waiting)  # read first: if the run ends meanwhile, everything its state promises is on disk
    config, record, lines = folder.config, folder.record, (reader or folder.progress_reader()).read()
    running = state == "running"
    epochs = int(config.settings.get("epochs", 0))
    done = _finished_epochs(lines)
    batch = next((line for line in reversed(lines) if line["kind"] == "batch"), None)
    within = batch["share"] if batch and batch["epoch"] > len(done) else 0.0
    starts = [line["time"] for line in lines if line["kind"] == "start"]
    last = max((line.get("time", 0.0) for line in lines), default=0.0)
    is_trained = record is not None and record.is_trained
    share = 1.0 if is_trained else (len(done) + within) / epochs if epochs else 0.0
    last_sign = max(last, processes.running_since(folder))
    quiet = time.time() - last_sign if last_sign else 0.0
    per_epoch = float(np.mean([line["seconds"] for line in done.values()])) if done else None
    return Progress(
        run_id=folder.run_id,
        model=config.model,
        title=config.shown_title,
        dataset_id=config.dataset_id,
        state=state,
        epoch=min(len(done) + 1, epochs) if running else len(done),
        epochs=epochs,
        share=min(1.0, share),
        eta=None if per_epoch is None or math.isnan(per_epoch) else per_epoch * max(0.0, epochs - len(done) - within),
        seconds=record.seconds if record else (last - starts[-1] if starts else 0.0),
        epochs_done=tuple(done[epoch] for epoch in sorted(done)),
        **_reading(lines if running else []),
        message=_why_failed(folder, lines) if state == "failed" else "",
        place=waiting.index(folder.run_id) + 1 if state == "waiting" else None,
        quiet_seconds=quiet,
        is_quiet=running and quiet > max(QUIET, 3 * (per_epoch or 0.0)),
        host=processes.host_elsewhere(folder),
        is_trained=is_trained,
        traffic=_traffic(done, batch if within else None),
    )


def state_of(folder: RunFolder, waiting: list[str]) -> State:
    """State of a run, from its folder and the ids in the queue."""
    if processes.is_running(folder):
        return "running"
    if processes.host_elsewhere(folder):
        return "unknown"
    if folder.run_id in waiting:
        return "waiting"
    record = folder.record
    return record.state if record else "failed"


def _reading(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields of `Progress` about the content tower that learns now."""
    if not lines or lines[-1]["kind"] != "tower":
        return {"reading": "", "reading_share": 0.0, "reading_eta": None}
    last = lines[-1]
    began = next(line for line in reversed(lines) if line["kind"] == "tower" and line["epoch"] == 1)
    passes = last["epoch"] - 1
    eta = (last["time"] - began["time"]) / passes * (last["epochs"] - last["epoch"]) if passes > 0 else None
    return {"reading": last["tower"], "reading_share": last["epoch"] / last["epochs"], "reading_eta": eta}


def _why_failed(folder: RunFolder, lines: list[dict[str, Any]]) -> str:
    """Reason of a failure: the logged error, running out of memory, the last log line, or a killed process."""
    since = max((index for index, line in enumerate(lines) if line["kind"] == "start"), default=0)
    errors = [line["message"] for line in lines[since:] if line["kind"] == "error"]
    if errors:
        return from_json(errors[-1])
    if processes.memory_ran_out(folder):
        named = [name for name in MEMORY_SETTINGS if name in folder.config.settings]
        if not named:
            return message(
                "The system ended the training because memory ran out. Use less data, or close other programs."
            )
        text = message(
            "The system ended the training because memory ran out. Lower {settings}, or close other programs."
        )
        return text.format(settings=", ".join(named))
    last_lines = processes.last_log_lines(folder)
    if "Traceback" in last_lines or "Error" in last_lines:
        return message("The training failed: {error}", error=last_lines.splitlines()[-1])
    return message("The training ended without a result: its process was killed, or the machine went down.")


def _finished_epochs(lines: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Epoch number -> its progress line. Leaves out epochs that were reported but not saved before the process died."""
    done: dict[int, dict[str, Any]] = {}
    for line in lines:
        if line["kind"] == "epoch":
            done[int(line["epoch"])] = line
        elif line["kind"] == "start":
            done = {epoch: epoch_line for epoch, epoch_line in done.items() if epoch <= line["from_epoch"]}
    return done


def _traffic(done: dict[int, dict[str, Any]], batch: dict[str, Any] | None) -> dict[str, int]:
    """Sum of the traffic of the finished epochs and of the current one."""
    lines = [*done.values(), *([batch] if batch else [])]
    return add_traffic(line.get("traffic", {}) for line in lines)


def running_jobs(workspace: Workspace) -> list[str]:
    """Ids of the runs training here, then of those on other hosts, then of the queue in order."""
    folders = [*processes.all_running(workspace.runs), *processes.all_elsewhere(workspace.runs)]
    running = [folder.run_id for folder in folders]
    return [*running, *(run_id for run_id in workspace.queue.waiting() if run_id not in running)]
