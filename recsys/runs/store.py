"""Runs on disk, one folder each. Only this module and weights.py know the layout.

config.json        before training       progress.jsonl    appended during training
estimate.json      if made before the start
process.json       who is training it    checkpoint/       the last finished epoch, replaced as a whole
weights.safetensors, metrics.json, per_user.parquet, lists.parquet, map.parquet, map_users.parquet, and run.json last: if it exists, training has ended and the run is
                   complete; stopped before its first epoch ended, it has no weights (RunRecord.is_trained)
about.json         display name and note (notes.py)
forgotten.json     if a person was forgotten after the training: then only a record is left (forgotten.py)

Folders, JSON and tables only. Tensors are read in weights.py, so that a list of runs needs no torch.
"""

from __future__ import annotations

import builtins
import io
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
from filelock import FileLock
from pydantic import ValidationError

from recsys.data.files import ID, check_id, read_json, write_atomic, write_json
from recsys.errors import NotFoundError, RunError
from recsys.messages import message
from recsys.runs.progress import ProgressReader, Record
from recsys.runs.record import RunConfig, RunRecord

SNAPSHOT = Path("checkpoint") / "last.safetensors"
PROGRESS = "progress.jsonl"
WEIGHTS = "weights.safetensors"
LISTS = "lists.parquet"
MAP, USER_MAP = "map.parquet", "map_users.parquet"
LIST_METRICS = "list_metrics.json"  # computed after the training (list_record.py)
RESULTS = ("run.json", "per_user.parquet", LIST_METRICS)
MARK = "forgotten.json"
LOCK = ".lock"  # held by the process that creates or trains the run
LEAVING = ".deleted."  # prefix of the folder of a run being deleted


class RunFolder:
    """One run, complete or not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def config(self) -> RunConfig:
        return RunConfig.model_validate(read_json(self.path / "config.json"))

    @property
    def record(self) -> RunRecord | None:
        try:
            return RunRecord.model_validate(read_json(self.path / "run.json"))
        except (FileNotFoundError, ValidationError, orjson.JSONDecodeError):
            return None

    @property
    def has_begun(self) -> bool:
        """Whether training has ever started."""
        return (self.path / PROGRESS).exists()

    @property
    def estimate(self) -> dict[str, Any] | None:
        """The saved estimate of time and memory; None if none was made."""
        try:
            estimate: dict[str, Any] = read_json(self.path / "estimate.json")
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        return estimate

    def save_estimate(self, estimate: dict[str, Any]) -> None:
        write_json(self.path / "estimate.json", estimate)

    @property
    def weights_bytes(self) -> int | None:
        """Size of the weights file; None for a run without one, as a blend."""
        try:
            return (self.path / WEIGHTS).stat().st_size
        except FileNotFoundError:
            return None

    @property
    def version(self) -> str:
        """A text that changes whenever the results of the run change; cheap to read, for keys of caches."""
        times = [path.stat().st_mtime_ns for name in RESULTS if (path := self.path / name).exists()]
        return "-".join(map(str, times))

    def append(self, kind: str, **values: Any) -> None:
        """Append a line to the progress; readers skip an incomplete last line."""
        with (self.path / PROGRESS).open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                is_torn = file.read(1) != b"\n"  # a killed process left a partial line
                file.write(b"\n" * is_torn)
            file.write(orjson.dumps({"kind": kind, **values}) + b"\n")

    def progress(self) -> list[Record]:
        """The progress records so far, oldest first."""
        return self.progress_reader().read()

    def progress_reader(self) -> ProgressReader:
        """Incremental reader, for repeated reads."""
        return ProgressReader(self.path / PROGRESS)

    def save_ranks(self, frame: pd.DataFrame) -> None:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        write_atomic(self.path / "per_user.parquet", buffer.getvalue())

    def load_ranks(self) -> pd.DataFrame | None:
        """Ranks per user: columns user (index), validation and test; None if not computed yet.

        Ranks count from 1, and are NOT_EVALUATED for a user without such a target.
        """
        path = self.path / "per_user.parquet"
        return pd.read_parquet(path) if path.exists() else None

    def save_lists(self, lists_TK: np.ndarray) -> None:
        """Store the lists of the test targets, [num_targets, K] item indices, PAD where one is short."""
        frame, buffer = (
            pd.DataFrame(lists_TK, columns=[str(rank) for rank in range(1, lists_TK.shape[1] + 1)]),
            io.BytesIO(),
        )
        frame.to_parquet(buffer, index=False)
        write_atomic(self.path / LISTS, buffer.getvalue())

    def load_lists(self) -> np.ndarray | None:
        """What `save_lists` stored; None for a run without lists."""
        path = self.path / LISTS
        return pd.read_parquet(path).to_numpy() if path.exists() else None

    def save_map(self, points_N2: np.ndarray, users_T2: np.ndarray | None) -> None:
        """Store coordinates of items [num_items + 1, 2] float32, of which PAD has none, and of test targets [num_targets, 2]."""
        for name, points in ((USER_MAP, users_T2), (MAP, points_N2[1:])):
            if points is not None:
                buffer = io.BytesIO()
                pd.DataFrame(points, columns=["x", "y"]).to_parquet(buffer, index=False)
                write_atomic(self.path / name, buffer.getvalue())

    def load_map(self) -> np.ndarray | None:
        """Coordinates of items, [num_items + 1, 2] float32, NaN for an item without and for PAD; None for a run without map."""
        path = self.path / MAP
        if not path.exists():
            return None
        return np.pad(pd.read_parquet(path).to_numpy(), ((1, 0), (0, 0)), constant_values=np.nan)

    def load_user_map(self) -> np.ndarray | None:
        """Coordinates of the users of the test targets, [num_targets, 2] float32, NaN for one without; None if not stored."""
        path = self.path / USER_MAP
        return pd.read_parquet(path).to_numpy() if path.exists() else None

    def finish(self, record: RunRecord) -> None:
        """Mark the run as complete. The checkpoint of a finished run is deleted."""
        write_json(self.path / "metrics.json", {"metrics": record.metrics, "why_no_metrics": record.why_no_metrics})
        write_json(self.path / "run.json", record.model_dump())
        if record.state == "finished":
            shutil.rmtree(self.path / SNAPSHOT.parent, ignore_errors=True)

    def reopen(self) -> None:
        """Resume a stopped run: it is incomplete until it finishes or stops again. Raises RunError for a mere record."""
        if (self.path / MARK).exists():
            text = message(
                "Run {run} was trained before a person was forgotten: it cannot be continued. Train a new run."
            )
            raise RunError(text.format(run=self.run_id))
        for name in ("run.json", "metrics.json", "per_user.parquet", LISTS, LIST_METRICS, MAP, USER_MAP):
            (self.path / name).unlink(missing_ok=True)


class RunStore:
    """Runs of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, config: RunConfig) -> RunFolder:
        """Create the folder of a run, or return it if it exists with the same work. Raises RunError if not."""
        if config.run_id == "latest":
            raise RunError(
                message("A run cannot be called latest: that is the name of the newest run. Choose another id.")
            )
        folder = RunFolder(self.root / check_id(config.run_id, "run"))
        path = folder.path / "config.json"
        if not path.exists():
            folder.path.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.path / LOCK):  # of two concurrent creations, the second sees the first's config
                if not path.exists():
                    write_json(path, config.model_dump())
        if not folder.config.same_work(config):
            raise RunError(
                message(
                    "Run {run} exists with another dataset, model or settings. Choose another --run-id, or repeat "
                    "its settings to continue it.",
                    run=config.run_id,
                )
            )
        return folder

    def open(self, run_id: str) -> RunFolder:
        """Open a run by id, or the newest trained run for "latest". Raises NotFoundError if there is none."""
        if run_id == "latest":
            for folder in self.list():
                record = folder.record
                if record is not None and record.is_trained and not (folder.path / MARK).exists():
                    return folder
            raise NotFoundError(message("There is no finished run yet. Train a model first."))
        folder = RunFolder(self.root / check_id(run_id, "run"))
        if not (folder.path / "config.json").exists():
            raise NotFoundError(message("There is no run {run}. Choose one from the list of runs.", run=run_id))
        return folder

    def list(self) -> list[RunFolder]:
        """All runs, newest first; folders without a readable config are skipped."""
        return [folder for folder, _ in self.configs()]

    def configs(self) -> builtins.list[tuple[RunFolder, RunConfig]]:
        """`list` with the config of each run, which another process may delete at any time after."""
        pairs = []
        for path in self.root.glob("*/config.json"):
            if not ID.fullmatch(path.parent.name):  # being deleted
                continue
            try:
                pairs.append((RunFolder(path.parent), RunConfig.model_validate(read_json(path))))
            except (ValidationError, orjson.JSONDecodeError, OSError):
                continue
        return sorted(pairs, key=lambda pair: (pair[1].created, pair[0].run_id), reverse=True)

    def delete(self, run_id: str) -> None:
        """Take the run off the list at once, then delete its files; the next deletion completes a killed one."""
        self.open(run_id).path.replace(self.root / f"{LEAVING}{run_id}.{uuid.uuid4().hex[:8]}")
        for path in self.root.glob(f"{LEAVING}*"):
            shutil.rmtree(path, ignore_errors=True)
