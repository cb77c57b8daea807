"""Training as a process of its own, in a session of its own: it outlives the server and any tab.

Nothing is kept in memory: a job is found again by its run folder, which says what process trains it (id and start
time, so that a process that later got the same id is never taken for it).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
import psutil
from filelock import FileLock, Timeout

from recsys.data.files import read_json, write_json
from recsys.errors import RunError
from recsys.runs.store import RunFolder, RunStore

PROCESS = "process.json"
LOG = "log.txt"
LOCK = ".lock"
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
        process = _process(folder)
        who = f" ({process.pid})" if process else ""
        raise RunError(
            f"Run {folder.run_id} is being trained by another process{who}. Wait for it or stop it."
        ) from None
    try:
        process = _process(folder)
        if process is None or process.pid != os.getpid():
            _note(folder, os.getpid())
        yield
    finally:
        (folder.path / PROCESS).unlink(missing_ok=True)
        lock.release()


def all_running(store: RunStore) -> list[RunFolder]:
    """The runs whose process is alive; looks only at folders that name one."""
    folders = [RunFolder(path.parent) for path in sorted(store.root.glob(f"*/{PROCESS}"))]
    return [folder for folder in folders if is_running(folder)]


def is_running(folder: RunFolder) -> bool:
    """Whether the process that trains this run is alive."""
    return _process(folder) is not None


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


def last_words(folder: RunFolder, lines: int = 5) -> str:
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
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError):
        return False


def oom_kills() -> int:
    """How often the system has ended a process for lack of memory since it started; 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def _note(folder: RunFolder, pid: int) -> None:
    told = {"pid": pid, "started": psutil.Process(pid).create_time(), "oom_kills": oom_kills()}
    write_json(folder.path / PROCESS, told)


def _process(folder: RunFolder) -> psutil.Process | None:
    try:
        noted = read_json(folder.path / PROCESS)
        process = psutil.Process(noted["pid"])
        alive = abs(process.create_time() - noted["started"]) < CLOCK and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, psutil.Error, orjson.JSONDecodeError, KeyError):
        return None
    return process if alive else None
