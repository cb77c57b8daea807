"""Training as a process of its own, in a session of its own: it outlives the server and any tab.

Nothing is kept in memory: a job is found again by its run folder, which says what process trains it (host, id and
start time, so that a process that later got the same id is never taken for it). Whether a process is alive can be
seen on its host only. A process of another host is neither dead nor alive to this one, and is never signalled.
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
from recsys.runs.store import LOCK, RunFolder, RunStore

PROCESS = "process.json"
LOG = "log.txt"
NICE = 19  # a job gives way to the app, whose pages a person waits for; alone on the machine it loses nothing
CLOCK = 2.0  # seconds that a process's start may seem to move when the clock is set


def start(folder: RunFolder, arguments: list[str]) -> None:
    """Starts `python -m recsys` with these arguments, its output in the run's log, and notes who it is."""
    root = Path(__file__).resolve().parents[2]
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder.path / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "recsys", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    _note(folder, process.pid)
    psutil.Process(process.pid).nice(NICE)


@contextmanager
def held(folder: RunFolder) -> Iterator[None]:
    """This very process trains the run while the block lasts. Raises RunError where another one does.

    A lock of the file system, which ends with its process however that ends, keeps a second one out.
    """
    lock = FileLock(folder.path / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        noted = _read_note(folder)
        who = "" if noted is None else f" ({noted.pid})" if noted.is_here else f" ({noted.pid} on {noted.host})"
        raise RunError(
            f"Run {folder.run_id} is being trained by another process{who}. Wait for it or stop it."
        ) from None
    try:
        refuse_elsewhere(folder)
        process = _process(folder)
        if process is None or process.pid != os.getpid():
            _note(folder, os.getpid())
        try:
            yield
        finally:
            (folder.path / PROCESS).unlink(missing_ok=True)
    finally:
        lock.release()


def all_running(store: RunStore) -> list[RunFolder]:
    """The runs that a process of this host trains; looks only at folders that name one."""
    return [folder for folder in _with_process(store) if is_running(folder)]


def all_elsewhere(store: RunStore) -> list[RunFolder]:
    """The runs that a process of another host may be training."""
    return [folder for folder in _with_process(store) if host_elsewhere(folder)]


def _with_process(store: RunStore) -> list[RunFolder]:
    return [RunFolder(path.parent) for path in sorted(store.root.glob(f"*/{PROCESS}"))]


def is_running(folder: RunFolder) -> bool:
    """Whether a process of this host that trains the run is alive."""
    return _process(folder) is not None


def running_since(folder: RunFolder) -> float:
    """When the process of this host took the run up, in seconds since 1970; 0 where none trains it."""
    try:
        return (folder.path / PROCESS).stat().st_mtime if is_running(folder) else 0.0
    except FileNotFoundError:  # it ended meanwhile
        return 0.0


def host_elsewhere(folder: RunFolder) -> str:
    """The other host whose process may be training this run, alive or not; "" where there is none.

    A run with a record has ended, wherever it was trained.
    """
    noted = _read_note(folder)
    return "" if noted is None or noted.is_here or folder.record is not None else noted.host


def refuse_elsewhere(folder: RunFolder) -> None:
    """Raises RunError where another host may be training the run."""
    host = host_elsewhere(folder)
    if host:
        raise RunError(
            f"Run {folder.run_id} may still be training on host {host}, which cannot be seen from here. Stop it there. "
            f"If it has ended, release the run on the Train page or delete {PROCESS} from its folder."
        )


def release(folder: RunFolder) -> None:
    """Forgets the process of another host, of which a person knows that it has ended."""
    if host_elsewhere(folder):
        (folder.path / PROCESS).unlink(missing_ok=True)


def stop(folder: RunFolder, at_once: bool = False) -> bool:
    """Asks the run's process to stop; it keeps the best state. False where none is alive.

    `at_once` ends a process that no longer listens; what it did since its last finished epoch is lost.
    """
    process = _process(folder)
    if process is None:
        return False
    with suppress(psutil.NoSuchProcess):  # it ended meanwhile, which is what was asked
        process.send_signal(signal.SIGKILL if at_once else signal.SIGTERM)
    return True


def last_log_lines(folder: RunFolder, lines: int = 5) -> str:
    """The end of what the process printed: for a run that died without a word."""
    try:
        text = (folder.path / LOG).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def memory_ran_out(folder: RunFolder) -> bool:
    """Whether the system has ended processes for lack of memory since this run's process was noted (Linux)."""
    try:
        return oom_kills() > read_json(folder.path / PROCESS)["oom_kills"]
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
        return False


def oom_kills() -> int:
    """How often the system has ended a process for lack of memory since it started; 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


@dataclass(frozen=True)
class _Noted:
    """What `process.json` says: a process and when it started, in seconds since 1970."""

    host: str
    pid: int
    started: float

    @property
    def is_here(self) -> bool:
        return self.host == this_host()


def this_host() -> str:
    return socket.gethostname()


def _note(folder: RunFolder, pid: int) -> None:
    started = psutil.Process(pid).create_time()
    write_json(folder.path / PROCESS, {"host": this_host(), "pid": pid, "started": started, "oom_kills": oom_kills()})


def _read_note(folder: RunFolder) -> _Noted | None:
    """None without a readable note; one without a host is from before hosts were noted, and of this one."""
    try:
        noted = read_json(folder.path / PROCESS)
        return _Noted(str(noted.get("host", this_host())), int(noted["pid"]), float(noted["started"]))
    except (FileNotFoundError, orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _process(folder: RunFolder) -> psutil.Process | None:
    """The process of this host that trains the run; None where it is dead or on another host."""
    noted = _read_note(folder)
    if noted is None or not noted.is_here:
        return None
    try:
        process = psutil.Process(noted.pid)
        alive = abs(process.create_time() - noted.started) < CLOCK and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return None
    return process if alive else None
