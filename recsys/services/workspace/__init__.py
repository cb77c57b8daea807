"""The workspace: the folder that holds datasets, runs, sweeps and the job queue."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from recsys.data.store import DatasetStore
from recsys.runs.queue import Queue
from recsys.runs.store import RunStore
from recsys.runs.sweep_record import SweepStore


@dataclass(frozen=True)
class Workspace:
    """Folder of datasets and runs. Nothing is written outside it."""

    path: Path

    @property
    def datasets(self) -> DatasetStore:
        return DatasetStore(self.path / "datasets")

    @property
    def runs(self) -> RunStore:
        return RunStore(self.path / "runs")

    @property
    def sweeps(self) -> SweepStore:
        return SweepStore(self.path / "sweeps")

    @property
    def queue(self) -> Queue:
        return Queue(self.path / "jobs.sqlite", self.runs)


def open_workspace(path: str | Path | None = None) -> Workspace:
    """Open the workspace at `path`, else at RECSCOPE_HOME, else at `.recscope` in the current folder."""
    return Workspace(Path(path or os.environ.get("RECSCOPE_HOME") or ".recscope").expanduser().resolve())
