"""Queue of waiting runs, in `jobs.sqlite`. It stores no results.

A run is in the queue only while it waits. Running jobs are read from the run folders (jobs.py), so nothing needs repair
after a crash: the next call of `advance` starts what is due. SQLite's write lock ensures that each job starts once,
however many tabs, servers and finishing jobs call it at the same time.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys.runs import jobs
from recsys.runs.store import RunFolder, RunStore

PATIENCE = 30.0  # seconds to wait for the write lock
TABLE = "CREATE TABLE IF NOT EXISTS waiting (place INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT UNIQUE, since REAL)"


class Queue:
    """Waiting runs of a workspace; at most `limit` run at a time."""

    def __init__(self, path: Path, store: RunStore, limit: int = 1) -> None:
        self.path, self.store, self.limit = path, store, limit

    def submit(self, run_id: str) -> None:
        """Append a run; one that already waits keeps its position."""
        with self._writing() as table:
            table.execute("INSERT OR IGNORE INTO waiting (run_id, since) VALUES (?, ?)", (run_id, time.time()))

    def cancel(self, run_id: str) -> bool:
        """Remove a run. False if it was not waiting."""
        with self._writing() as table:
            return table.execute("DELETE FROM waiting WHERE run_id = ?", (run_id,)).rowcount > 0

    def waiting(self) -> list[str]:
        """Ids of the waiting runs, next one first."""
        if not self.path.exists():
            return []
        table = self._open()
        try:
            return [run_id for (run_id,) in table.execute("SELECT run_id FROM waiting ORDER BY place")]
        finally:
            table.close()

    def advance(self, launch: Callable[[RunFolder], None]) -> None:
        """Start the runs that are due, each with `launch`, under the write lock.

        A job is removed from the queue after its launch. If this process dies in between, the next call sees it
        running and only removes it, so a job is neither lost nor started twice.
        """
        if not self.waiting():
            return
        with self._writing() as table:
            free = self.limit - len(jobs.all_running(self.store))
            for (run_id,) in table.execute("SELECT run_id FROM waiting ORDER BY place").fetchall():
                folder = RunFolder(self.store.root / run_id)
                is_gone = not (folder.path / "config.json").exists()
                if not is_gone and not jobs.is_running(folder) and not jobs.host_elsewhere(folder):
                    if free <= 0:
                        break
                    launch(folder)
                    free -= 1
                table.execute("DELETE FROM waiting WHERE run_id = ?", (run_id,))

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        table = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        table.execute(TABLE)
        return table

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """An exclusive write transaction; rolled back if the block raises."""
        table = self._open()
        try:
            table.execute("BEGIN IMMEDIATE")
            with table:
                yield table
        finally:
            table.close()
