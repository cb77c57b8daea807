"""The queue of runs that wait for their turn, in `jobs.sqlite`; no result is kept in it.

A run is in the file only while it waits. What runs is read from the run folders (jobs.py), so nothing has to be
put right after a crash: whoever looks next (`advance`) starts what is due. SQLite's write lock makes one start of
each job, however many tabs, servers and finishing jobs look at the same moment.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys.runs import jobs
from recsys.runs.store import RunFolder, RunStore

PATIENCE = 30.0  # seconds to wait for another's write lock
TABLE = "CREATE TABLE IF NOT EXISTS waiting (place INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT UNIQUE, since REAL)"


class Queue:
    """The waiting runs of a workspace; at most `limit` run at a time."""

    def __init__(self, path: Path, store: RunStore, limit: int = 1) -> None:
        self.path, self.store, self.limit = path, store, limit

    def submit(self, run_id: str) -> None:
        """Puts a run at the end; one that waits already keeps its place."""
        with self._writing() as table:
            table.execute("INSERT OR IGNORE INTO waiting (run_id, since) VALUES (?, ?)", (run_id, time.time()))

    def cancel(self, run_id: str) -> bool:
        """Takes a run out. False where it does not wait."""
        with self._writing() as table:
            return table.execute("DELETE FROM waiting WHERE run_id = ?", (run_id,)).rowcount > 0

    def waiting(self) -> list[str]:
        """The ids of the runs that wait, the next one first."""
        if not self.path.exists():
            return []
        table = self._open()
        try:
            return [run_id for (run_id,) in table.execute("SELECT run_id FROM waiting ORDER BY place")]
        finally:
            table.close()

    def advance(self, launch: Callable[[RunFolder], None]) -> None:
        """Starts the runs whose turn it is, each with `launch`, under the write lock.

        A job is taken off the list after its launch: if this very process dies between the two, the next look finds
        it running and only takes it off, so a press of Train is neither lost nor done twice.
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
        """A transaction that nobody else writes beside; undone where the block raises."""
        table = self._open()
        try:
            table.execute("BEGIN IMMEDIATE")
            with table:
                yield table
        finally:
            table.close()
