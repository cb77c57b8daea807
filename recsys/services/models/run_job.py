"""Measurements of a run as jobs: a process of its own, which goes on when the page is left or the server restarts.

The process notes itself in the folder of its run (runs/jobs.py) and writes its progress to a file of its kind; pages read
these files only, and torch is imported by the process alone. trust_job.py, global_job.py, popularity_job.py, list_job.py and
attack_job.py are the kinds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import orjson
from pydantic import BaseModel

from recsys.data.files import read_json, write_json
from recsys.errors import RecsysError, RunError
from recsys.messages import Message, from_json, message, to_json
from recsys.runs import jobs
from recsys.runs.jobs import JobKind
from recsys.runs.store import RunFolder
from recsys.services.workspace import Workspace

EVERY = 0.5  # seconds between two writes of the progress within a user
LEAST_SHARE = 0.03  # of the work of a job with steps, before its time left is estimated
TICK_WAIT = 2.0  # seconds between two readings by a page
State = Literal["none", "running", "unknown", "failed"]
Result = TypeVar("Result")
Kept = TypeVar("Kept", bound=BaseModel)  # a result that is stored with the run


@dataclass(frozen=True)
class JobProgress:
    """How a measurement is going: `done` of `total` users (0 before it is known), `share` of the whole work.

    `eta` in seconds is None before the first user is done. `state` is "unknown" where a process of another `host` may
    measure, "failed" with a `message` where the process ended without a result, "none" where there is nothing to show.
    `step` is what a job with steps does now, "" for the others.
    """

    run_id: str
    title: str
    state: State
    done: int = 0
    total: int = 0
    share: float = 0.0
    eta: float | None = None
    message: str = ""
    host: str = ""
    step: str = ""


@dataclass(frozen=True)
class RunJob:
    """A kind of measurement: its files in the folder of a run, and the `command` of the command line that measures.

    `already` is the error where one is under way. `of_sample`: it measures a sample of users, whose number is chosen, and a
    stop keeps those done so far; else it measures all of them, and a stop keeps nothing. `has_steps`: its time goes into
    steps, such as trainings, and not into users one after the other.
    """

    kind: JobKind
    command: str
    progress_file: str
    already: Message
    of_sample: bool = True
    has_steps: bool = False

    def start(self, workspace: Workspace, run_id: str, num_users: int, more: Sequence[str] = ()) -> None:
        """Start to measure, with `more` arguments of the command. Raises RunError while the run is measured already."""
        folder = workspace.runs.open(run_id)
        if jobs.is_running(folder, self.kind):
            raise RunError(self.already.format(run=run_id))
        self.write(folder, done=0, total=num_users, share=0.0)
        sample = ["--users", str(num_users)] if self.of_sample else []
        jobs.start(folder, [self.command, run_id, *sample, *more, "--workspace", str(workspace.path)], self.kind)

    def stop(self, workspace: Workspace, run_id: str, at_once: bool = False) -> bool:
        """Stop a measurement, see `of_sample` for what is kept; `at_once` kills the process and discards all."""
        folder = workspace.runs.open(run_id)
        now = self._progress(folder)
        if now.state == "running":  # a process that is stopped before it listens ends without a word
            self.write(folder, done=now.done, total=now.total, share=now.share, stopping=True)
        was_running = jobs.stop(folder, at_once, self.kind)
        if at_once or not was_running:
            self.forget(workspace, run_id)
        return was_running

    def forget(self, workspace: Workspace, run_id: str) -> None:
        """Remove what a measurement that has ended without a result left behind."""
        folder = workspace.runs.open(run_id)
        for name in (self.progress_file, self.kind.process):
            (folder.path / name).unlink(missing_ok=True)

    def progress(self, workspace: Workspace, run_id: str) -> JobProgress:
        """Read how the measurement of a run is going."""
        return self._progress(workspace.runs.open(run_id))

    def under_way(self, workspace: Workspace) -> list[JobProgress]:
        """All measurements of this kind that run on this host."""
        return [self._progress(folder) for folder in jobs.all_running(workspace.runs, self.kind)]

    def run(
        self,
        workspace: Workspace,
        run_id: str,
        num_users: int,
        measure: Callable[..., Result],
        should_stop: Callable[[], bool],
        tick: Callable[[float, str], None],
    ) -> Result | None:
        """Measure in this process, under the lock of the job; None where it was stopped before the first user was done.

        `measure` takes (run, num_users, tick, should_stop=…, on_user=…), as `services.models.trust.measure`. Errors of a
        person are also written to the progress, for the page.
        """
        from recsys.services.workspace.open_run import open_run

        folder = workspace.runs.open(run_id)
        with jobs.held(folder, self.kind):
            writer = JobWriter(self, folder, num_users)

            def both(share: float, doing: str) -> None:
                writer.tick(share, doing)
                tick(share, doing)

            try:
                run = open_run(workspace, folder.run_id)
                result = measure(run, num_users, both, should_stop=should_stop, on_user=writer.on_user)
            except RecsysError as error:
                if should_stop():
                    (folder.path / self.progress_file).unlink(missing_ok=True)
                    return None
                writer.write(error=to_json(error.message))
                raise
            (folder.path / self.progress_file).unlink(missing_ok=True)
        return result

    def answer(
        self,
        workspace: Workspace,
        run_id: str,
        num_users: int,
        measure: Callable[..., Kept],
        load: Callable[[RunFolder], Kept | None],
        should_stop: Callable[[], bool],
        tick: Callable[[float, str], None],
    ) -> dict[str, Any]:
        """What the command of the job prints: the result as `run` gives it, and whether `load` finds it `kept`."""
        folder = workspace.runs.open(run_id)
        result = self.run(workspace, run_id, num_users, measure, should_stop, tick)
        if result is None:
            return {"run_id": folder.run_id, "stopped": True, "num_users": 0, "kept": False}
        kept = load(folder) == result
        return {"run_id": folder.run_id, "kept": kept, **result.model_dump(mode="json", exclude={"weights_sha256"})}

    def write(self, folder: RunFolder, began: float | None = None, **values: Any) -> None:
        """Write the progress, as of a measurement that began at this time, by default now."""
        write_json(folder.path / self.progress_file, {"began": began or time.time(), **values})

    def _progress(self, folder: RunFolder) -> JobProgress:
        is_running, host = jobs.is_running(folder, self.kind), jobs.noted_host(folder, self.kind)
        title = folder.config.shown_title
        try:
            line: dict[str, Any] = read_json(folder.path / self.progress_file)
            done, total, share = int(line["done"]), int(line["total"]), float(line["share"])
            began, error = float(line["began"]), from_json(line.get("error", ""))
        except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            state: State = "running" if is_running else "unknown" if host else "none"
            return JobProgress(folder.run_id, title, state, host=host)
        if is_running or host:
            step, last = from_json(line.get("step", "")), (line.get("user_done_at"), line.get("user_done_share"))
            eta = time_left_of_steps(began, share) if self.has_steps else _time_left(began, *last)
            return JobProgress(
                folder.run_id, title, "running" if is_running else "unknown", done, total, share, eta, host=host, step=step
            )  # fmt: skip
        if line.get("stopping"):
            return JobProgress(folder.run_id, title, "none")
        why = error or _why_failed(folder, self.kind)
        return JobProgress(folder.run_id, title, "failed", done, total, share, message=why)


def _time_left(began: float, user_done_at: object, user_done_share: object) -> float | None:
    """Seconds left, from the time and share at which the last user was done: the methods of one user take seconds or
    milliseconds, so time within a user tells nothing. None before the first user is done."""
    if not isinstance(user_done_at, float) or not isinstance(user_done_share, float) or not 0 < user_done_share <= 1:
        return None
    total = (user_done_at - began) / user_done_share
    return max(0.0, began + total - time.time())


def time_left_of_steps(began: float, share: float) -> float | None:
    """Seconds left, if the rest takes as long as what is done; None while that is too little to tell."""
    return None if share < LEAST_SHARE else max(0.0, (time.time() - began) * (1 - share) / share)


def _why_failed(folder: RunFolder, kind: JobKind) -> Message:
    last = jobs.last_log_lines(folder, 1, kind)
    if "Error" in last:
        return message("The measurement ended with an error: {error}", error=last)
    return message("The measurement ended without a result: its process was killed, or the machine went down.")


class JobWriter:
    """Writes the progress of this process."""

    def __init__(self, job: RunJob, folder: RunFolder, num_users: int) -> None:
        self.job, self.folder, self.began, self.written = job, folder, time.time(), 0.0
        self.done, self.total, self.share = 0, num_users, 0.0
        self.last_user: dict[str, float] = {}  # when the last user was done, and which share of the work that was
        self.is_user_done = False
        self.step: dict[str, Any] = {}

    def on_user(self, done: int, total: int) -> None:
        self.done, self.total, self.is_user_done = done, total, done > 0
        self.write()

    def tick(self, share: float, doing: str = "") -> None:
        self.share = share
        self.step = {"step": to_json(doing)} if self.job.has_steps else {}
        if self.is_user_done and share:
            self.last_user = {"user_done_at": time.time(), "user_done_share": share}
            self.is_user_done = (
                self.done == self.total
            )  # the planted causes follow, which take about the same time each
        if time.monotonic() - self.written >= EVERY:
            self.write()

    def write(self, **more: str | dict[str, Any]) -> None:
        self.written = time.monotonic()
        self.job.write(
            self.folder, self.began, done=self.done, total=self.total, share=self.share, **self.last_user, **self.step, **more
        )  # fmt: skip
