"""Jobs of runs: one process per run and kind, in its own session, which outlives the server and any tab.

A run can be trained, the faithfulness of its explanations or the cost of less popular lists measured, its global view or its
lists computed, its report made, or its privacy attacked; each kind has files of its own in the folder.

No state is kept in memory. The run folder names the process (host, id and start time, so that a later process with the
same id is not mistaken for it). Only the same host can see whether a process is alive. A process of another host counts
as neither dead nor alive, and is never signalled.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
import psutil
from filelock import FileLock, Timeout

from recsys.data.files import read_json, write_json
from recsys.errors import RunError
from recsys.messages import Message, message
from recsys.runs.store import LOCK, RunFolder, RunStore

PROCESS = "process.json"
LOG = "log.txt"


BUSY = message("Run {run} is in use by {process}. Wait for it or stop it.")


@dataclass(frozen=True)
class JobKind:
    """Files of a kind of job in the folder of its run: the process note, its output and its lock.

    `busy` is the error where another process does the job.
    """

    process: str
    log: str
    lock: str
    busy: Message = BUSY


TRAINING = JobKind(PROCESS, LOG, LOCK, message("Run {run} is being trained by {process}. Wait for it or stop it."))
TRUST = JobKind(
    "trust_process.json",
    "trust_log.txt",
    ".trust.lock",
    message("The explanations of run {run} are being measured by {process}. Wait for it or stop it."),
)
GLOBAL = JobKind(
    "global_process.json",
    "global_log.txt",
    ".global.lock",
    message("The global view of run {run} is being computed by {process}. Wait for it or stop it."),
)
POPULARITY = JobKind(
    "less_popular_process.json",
    "less_popular_log.txt",
    ".less_popular.lock",
    message("The less popular lists of run {run} are being measured by {process}. Wait for it or stop it."),
)
LISTS = JobKind(
    "lists_process.json",
    "lists_log.txt",
    ".lists.lock",
    message("The lists of run {run} are being computed by {process}. Wait for it or stop it."),
)
REPORT = JobKind(
    "report_process.json",
    "report_log.txt",
    ".report.lock",
    message("The report of run {run} is being made by {process}. Wait for it or stop it."),
)
ATTACK = JobKind(
    "attack_process.json",
    "attack_log.txt",
    ".attack.lock",
    message("The attack on run {run} is carried out by {process}. Wait for it or stop it."),
)
IMPORT = JobKind(  # of files that were uploaded, in a folder of their own
    PROCESS, LOG, LOCK, message("The upload {run} is being read by {process}. Wait for it or stop it.")
)
OWNER = JobKind("owner.json", LOG, LOCK)  # of that folder: the server, which is not started here
NICE = 19  # the app has priority over a job; on an idle machine the job loses nothing
CLOCK = 2.0  # seconds by which a start time may shift when the clock is set


def start(folder: RunFolder, arguments: list[str], kind: JobKind = TRAINING) -> None:
    """Start `python -m recsys` with these arguments, its output in the run's log, and record the process."""
    root = Path(__file__).resolve().parents[2]
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder.path / kind.log).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "recsys", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    note_process(folder, process.pid, kind)
    psutil.Process(process.pid).nice(NICE)


@contextmanager
def held(folder: RunFolder, kind: JobKind = TRAINING) -> Iterator[None]:
    """Mark this process as the one that does the job, for the length of the block.

    Raises RunError if another process does it. A file lock, which ends with its process in any case, excludes a
    second one.
    """
    lock = FileLock(folder.path / kind.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError(_busy(folder.run_id, kind, _read_note(folder, kind))) from None
    try:
        if kind == TRAINING:
            refuse_elsewhere(folder)
        process = _process(folder, kind)
        if process is None or process.pid != os.getpid():
            note_process(folder, os.getpid(), kind)
        try:
            yield
        finally:
            (folder.path / kind.process).unlink(missing_ok=True)
    finally:
        lock.release()


def all_running(store: RunStore, kind: JobKind = TRAINING) -> list[RunFolder]:
    """Runs that a process of this host works on; only folders with a process file are read."""
    return [folder for folder in _with_process(store, kind) if is_running(folder, kind)]


def all_elsewhere(store: RunStore) -> list[RunFolder]:
    """Runs that a process of another host may be training."""
    return [folder for folder in _with_process(store) if host_elsewhere(folder)]


def _with_process(store: RunStore, kind: JobKind = TRAINING) -> list[RunFolder]:
    return [RunFolder(path.parent) for path in sorted(store.root.glob(f"*/{kind.process}"))]


def is_running(folder: RunFolder, kind: JobKind = TRAINING) -> bool:
    """Whether a process of this host does the job and is alive."""
    return _process(folder, kind) is not None


def running_since(folder: RunFolder) -> float:
    """When the process of this host started on the run, in seconds since 1970; 0 if none trains it."""
    try:
        return (folder.path / PROCESS).stat().st_mtime if is_running(folder) else 0.0
    except FileNotFoundError:  # it has ended meanwhile
        return 0.0


def host_elsewhere(folder: RunFolder) -> str:
    """Name of another host whose process may be training this run, alive or not; "" if there is none.

    A run with a record has ended, on whatever host it was trained.
    """
    note = _read_note(folder)
    return "" if note is None or note.is_here or folder.record is not None else note.host


def _busy(run_id: str, kind: JobKind, note: _ProcessNote | None) -> Message:
    process = message("another process")
    if note is not None and note.is_here:
        process = message("another process ({pid})", pid=note.pid)
    elif note is not None:
        process = message("another process ({pid} on {host})", pid=note.pid, host=note.host)
    return kind.busy.format(run=run_id, process=process)


def refuse_elsewhere(folder: RunFolder) -> None:
    """Raise RunError if another host may be training the run."""
    host = host_elsewhere(folder)
    if host:
        raise RunError(
            message(
                "Run {run} may still be training on host {host}, which cannot be seen from here. Stop it there. "
                "If it has ended, release the run on the Train page or delete {file} from its folder.",
                run=folder.run_id,
                host=host,
                file=PROCESS,
            )
        )


def release(folder: RunFolder) -> None:
    """Remove the process file of another host, after the user has confirmed that its process has ended."""
    if host_elsewhere(folder):
        (folder.path / PROCESS).unlink(missing_ok=True)


def noted_host(folder: RunFolder, kind: JobKind) -> str:
    """Name of the other host whose process noted itself last; "" if there is none, or if it was on this host."""
    note = _read_note(folder, kind)
    return "" if note is None or note.is_here else note.host


def stop(folder: RunFolder, at_once: bool = False, kind: JobKind = TRAINING) -> bool:
    """Send the job's process the signal to stop; it keeps the best so far. False if none is alive.

    `at_once` kills a process that no longer reacts; work since it last saved is lost.
    """
    process = _process(folder, kind)
    if process is None:
        return False
    with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
        process.send_signal(signal.SIGKILL if at_once else signal.SIGTERM)
    return True


def last_log_lines(folder: RunFolder, lines: int = 5, kind: JobKind = TRAINING) -> str:
    """The last lines of the process's output, for a run that failed without an error message."""
    try:
        text = (folder.path / kind.log).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def memory_ran_out(folder: RunFolder) -> bool:
    """Whether the system has killed a process for lack of memory since this run's was recorded (Linux)."""
    try:
        return oom_kills() > read_json(folder.path / PROCESS)["oom_kills"]
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
        return False


def oom_kills() -> int:
    """Number of processes killed for lack of memory since the system started; 0 if unknown."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


@dataclass(frozen=True)
class _ProcessNote:
    """Contents of a process note: a process and its start time, in seconds since 1970."""

    host: str
    pid: int
    started: float

    @property
    def is_here(self) -> bool:
        return self.host == this_host()


def this_host() -> str:
    return socket.gethostname()


def note_process(folder: RunFolder, pid: int, kind: JobKind = TRAINING) -> None:
    """Write the process note: that this process does the job."""
    started = psutil.Process(pid).create_time()
    write_json(
        folder.path / kind.process, {"host": this_host(), "pid": pid, "started": started, "oom_kills": oom_kills()}
    )


def _read_note(folder: RunFolder, kind: JobKind = TRAINING) -> _ProcessNote | None:
    """The process note; None if unreadable. A note without a host is from an older version, and of this host."""
    try:
        note = read_json(folder.path / kind.process)
        return _ProcessNote(str(note.get("host", this_host())), int(note["pid"]), float(note["started"]))
    except (FileNotFoundError, orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _process(folder: RunFolder, kind: JobKind = TRAINING) -> psutil.Process | None:
    """The live process of this host that does the job; None if it is dead or on another host."""
    note = _read_note(folder, kind)
    if note is None or not note.is_here:
        return None
    try:
        process = psutil.Process(note.pid)
        is_alive = abs(process.create_time() - note.started) < CLOCK and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return None
    return process if is_alive else None
