"""Training as a process of its own, in a session of its own: it outlives the server and any tab.

Nothing is kept in memory: a job is found again by its run folder, which says what process trains it (id and start
time, so that a process that later got the same id is never taken for it).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import psutil

from recsys.data.files import read_json, write_json
from recsys.errors import RunError
from recsys.runs.store import RunFolder

PROCESS = "process.json"
LOG = "log.txt"
CLOCK = 2.0  # seconds that a process's start may seem to move when the clock is set


def start(folder: RunFolder, arguments: list[str]) -> None:
    """Starts `python -m recsys` with these arguments, its output in the run's log, and notes who it is."""
    root = Path(__file__).resolve().parents[2]
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder.path / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "recsys", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    _note(folder, process.pid)


def adopt(folder: RunFolder) -> None:
    """Notes this very process as the one that trains the run. Raises RunError where another one does."""
    process = _process(folder)
    if process is not None and process.pid != os.getpid():
        raise RunError(
            f"Run {folder.run_id} is being trained by another process ({process.pid}). Wait for it or stop it."
        )
    _note(folder, os.getpid())


def release(folder: RunFolder) -> None:
    """The process that trained the run goes on with something else."""
    (folder.path / PROCESS).unlink(missing_ok=True)


def is_running(folder: RunFolder) -> bool:
    """Whether the process that trains this run is alive."""
    return _process(folder) is not None


def stop(folder: RunFolder) -> bool:
    """Asks the run's process to stop; it keeps the best state. False where none is alive."""
    process = _process(folder)
    if process is None:
        return False
    process.send_signal(signal.SIGTERM)
    return True


def last_words(folder: RunFolder, lines: int = 5) -> str:
    """The end of what the process printed: for a run that died without a word."""
    try:
        text = (folder.path / LOG).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def _note(folder: RunFolder, pid: int) -> None:
    write_json(folder.path / PROCESS, {"pid": pid, "started": psutil.Process(pid).create_time()})


def _process(folder: RunFolder) -> psutil.Process | None:
    try:
        noted = read_json(folder.path / PROCESS)
        process = psutil.Process(noted["pid"])
        alive = abs(process.create_time() - noted["started"]) < CLOCK and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, psutil.Error, orjson.JSONDecodeError, KeyError):
        return None
    return process if alive else None
