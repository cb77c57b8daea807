"""The trainings of the app: which wait, how those that run are going, and ending one.

Each is a process of its own, watched through its run folder from anywhere. Reads ids and small JSON, and no torch:
every page asks it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from recsys.runs import jobs as processes
from recsys.runs.progress import ProgressReader
from recsys.runs.store import RunFolder
from recsys.services.workspace import Workspace

MEMORY_SETTINGS = ("batch_size", "max_length", "embedding_dim")  # what its use of memory grows with
QUIET = 60.0  # seconds without a sign of life that are usual: a large catalogue is ranked without a word


def start_due_jobs(workspace: Workspace) -> None:
    """Starts the waiting runs whose turn it is. Anyone may call it at any time: a page, a job that ends."""
    workspace.queue.advance(lambda folder: processes.start(folder, command(folder, workspace)))


def command(folder: RunFolder, workspace: Workspace) -> list[str]:
    """The arguments of `python -m recsys` that train this run, with the config in its folder."""
    return ["resume", folder.run_id, "--workspace", str(workspace.path)]


def stop(workspace: Workspace, run_id: str, at_once: bool = False) -> bool:
    """Asks a run to stop; it keeps its best state. One that waits leaves the queue. False where it does neither.

    `at_once` ends a process that does not listen any more; the run can be resumed from its last finished epoch.
    Raises RunError where another host may be training it.
    """
    folder = workspace.runs.open(run_id)
    processes.refuse_elsewhere(folder)
    if workspace.queue.cancel(run_id) and not processes.is_running(folder):
        if not folder.has_begun:
            workspace.runs.delete(run_id)
        return True
    return processes.stop(folder, at_once)


def release(workspace: Workspace, run_id: str) -> None:
    """Forgets the process of another host that trained this run, once a person knows that it has ended."""
    processes.release(workspace.runs.open(run_id))


State = Literal["waiting", "running", "unknown", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class Progress:
    """How a run is going. `share` of all its work at most, `eta` seconds at most; None where not known yet.

    The state is "unknown" where a process of another host, `host`, trains it or did, else `host` is "". `is_trained`
    says that it has weights that an epoch was spent on, or a closed form.
    `place` is 1 for the run that is next in the queue, None for one that does not wait. `is_quiet` says that a
    running one has given no sign of life for much longer than usual. `reading` says how far a model with content is in
    reading the items, before its first epoch, else "".
    """

    run_id: str
    model: str
    dataset_id: str
    state: State
    epoch: int
    epochs: int
    share: float
    eta: float | None
    seconds: float
    epochs_done: tuple[dict[str, Any], ...]
    reading: str
    message: str
    place: int | None
    quiet_seconds: float
    is_quiet: bool
    host: str
    is_trained: bool

    @property
    def is_under_way(self) -> bool:
        """Whether more of it may come without a person's doing."""
        return self.state in ("running", "waiting", "unknown")


def progress(workspace: Workspace, run_id: str, reader: ProgressReader | None = None) -> Progress:
    """Reads the run folder: the same from any tab, at any time.

    `reader` is the run's `progress_reader`, kept by who asks again and again.
    """
    folder, waiting = workspace.runs.open(run_id), workspace.queue.waiting()
    state = state_of(folder, waiting)  # before the rest: of a run that ends meanwhile, all is there that its state says
    config, record, lines = folder.config, folder.record, (reader or folder.progress_reader()).read()
    running = state == "running"
    epochs = int(config.settings.get("epochs", 0))
    done = _epochs_told(lines)
    batch = next((line for line in reversed(lines) if line["kind"] == "batch"), None)
    within = batch["share"] if batch and batch["epoch"] > len(done) else 0.0
    starts = [line["time"] for line in lines if line["kind"] == "start"]
    last = max((line.get("time", 0.0) for line in lines), default=0.0)
    is_trained = record is not None and record.is_trained
    share = 1.0 if is_trained else (len(done) + within) / epochs if epochs else 0.0
    sign = max(last, processes.running_since(folder))
    quiet = time.time() - sign if sign else 0.0
    per_epoch = float(np.mean([line["seconds"] for line in done.values()])) if done else None
    return Progress(
        run_id=folder.run_id,
        model=config.model,
        dataset_id=config.dataset_id,
        state=state,
        epoch=min(len(done) + 1, epochs) if running else len(done),
        epochs=epochs,
        share=min(1.0, share),
        eta=None if per_epoch is None or math.isnan(per_epoch) else per_epoch * max(0.0, epochs - len(done) - within),
        seconds=record.seconds if record else (last - starts[-1] if starts else 0.0),
        epochs_done=tuple(done[epoch] for epoch in sorted(done)),
        reading=_reading(lines[-1]) if running and lines else "",
        message=_why_failed(folder, lines) if state == "failed" else "",
        place=waiting.index(folder.run_id) + 1 if state == "waiting" else None,
        quiet_seconds=quiet,
        is_quiet=running and quiet > max(QUIET, 3 * (per_epoch or 0.0)),
        host=processes.host_elsewhere(folder),
        is_trained=is_trained,
    )


def state_of(folder: RunFolder, waiting: list[str]) -> State:
    """What a run is doing, read from its folder and from who waits."""
    if processes.is_running(folder):
        return "running"
    if processes.host_elsewhere(folder):
        return "unknown"
    if folder.run_id in waiting:
        return "waiting"
    record = folder.record
    return record.state if record else "failed"


def _reading(last: dict[str, Any]) -> str:
    return f"{last['tower']}, pass {last['epoch']} of {last['epochs']}" if last["kind"] == "tower" else ""


def _why_failed(folder: RunFolder, lines: list[dict[str, Any]]) -> str:
    """A refusal in its own words; else the end of what the process printed; else what a silent death means."""
    since = max((index for index, line in enumerate(lines) if line["kind"] == "start"), default=0)
    errors = [line["message"] for line in lines[since:] if line["kind"] == "error"]
    if errors:
        return str(errors[-1])
    if processes.memory_ran_out(folder):
        return (
            "The system ended the training because memory ran out. "
            f"Lower {', '.join(name for name in MEMORY_SETTINGS if name in folder.config.settings) or 'the data'}, or close other programs."
        )
    last_lines = processes.last_log_lines(folder)
    if "Traceback" in last_lines or "Error" in last_lines:
        return f"The training broke off: {last_lines.splitlines()[-1]}"
    return "The training ended without a word: its process was killed, or the machine went down."


def _epochs_told(lines: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The epochs' lines by number; what was told and then lost, since the process died before it kept it, is left out."""
    done: dict[int, dict[str, Any]] = {}
    for line in lines:
        if line["kind"] == "epoch":
            done[int(line["epoch"])] = line
        elif line["kind"] == "start":
            done = {epoch: epoch_line for epoch, epoch_line in done.items() if epoch <= line["from_epoch"]}
    return done


def running_jobs(workspace: Workspace) -> list[str]:
    """The ids of the runs that train here, of those that may train elsewhere, then of those that wait, in their order."""
    folders = [*processes.all_running(workspace.runs), *processes.all_elsewhere(workspace.runs)]
    running = [folder.run_id for folder in folders]
    return [*running, *(run_id for run_id in workspace.queue.waiting() if run_id not in running)]
