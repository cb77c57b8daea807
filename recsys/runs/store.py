"""The runs on disk, one folder each. Only this module and weights.py know how a run is laid out.

config.json        before training       progress.jsonl    appended while it trains
estimate.json      where one was made before the start
process.json       who is training it    checkpoint/       the last finished epoch, replaced whole
weights.safetensors, metrics.json, per_user.parquet, and run.json last: if it exists the training has ended and the run
                   is whole; stopped before its first epoch ended, it has no weights (RunRecord.is_trained)
about.json         what a person says about it (about.py)

Folders, JSON and tables; the tensors in them are weights.py's, so that a list of runs needs no torch.
"""

from __future__ import annotations

import io
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from filelock import FileLock
from pydantic import ValidationError

from recsys.data.files import ID, check_id, read_json, write_atomic, write_json
from recsys.errors import NotFoundError, RunError
from recsys.runs.progress import ProgressReader, Record
from recsys.runs.record import RunConfig, RunRecord

SNAPSHOT = Path("checkpoint") / "last.safetensors"
PROGRESS = "progress.jsonl"
LOCK = ".lock"  # of the process that makes or trains the run
LEAVING = ".deleted."  # how the folder of a run begins that is being deleted


class RunFolder:
    """One run, whole or not."""

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
        """Whether anything was ever trained here."""
        return (self.path / PROGRESS).exists()

    @property
    def estimate(self) -> dict[str, Any] | None:
        """What was expected of the run before it started, as it was saved; None where nobody asked."""
        try:
            estimate: dict[str, Any] = read_json(self.path / "estimate.json")
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        return estimate

    def save_estimate(self, estimate: dict[str, Any]) -> None:
        write_json(self.path / "estimate.json", estimate)

    def append(self, kind: str, **values: Any) -> None:
        """Adds a line to the progress; readers pass over a last line that is not whole yet."""
        with (self.path / PROGRESS).open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                torn = file.read(1) != b"\n"  # a killed process left half a line
                file.write(b"\n" * torn)
            file.write(orjson.dumps({"kind": kind, **values}) + b"\n")

    def progress(self) -> list[Record]:
        """The records of the progress so far, oldest first."""
        return self.progress_reader().read()

    def progress_reader(self) -> ProgressReader:
        """For who reads the progress again and again."""
        return ProgressReader(self.path / PROGRESS)

    def save_ranks(self, frame: pd.DataFrame) -> None:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        write_atomic(self.path / "per_user.parquet", buffer.getvalue())

    def load_ranks(self) -> pd.DataFrame | None:
        """Columns user (index), validation and test (ranks from 1, NOT_ASKED where a user has no such target).

        None where they were not computed yet.
        """
        path = self.path / "per_user.parquet"
        return pd.read_parquet(path) if path.exists() else None

    def finish(self, record: RunRecord) -> None:
        """The last step: from now on the run is whole. The checkpoint of a finished run has served."""
        write_json(self.path / "metrics.json", {"metrics": record.metrics, "why_no_metrics": record.why_no_metrics})
        write_json(self.path / "run.json", record.model_dump())
        if record.state == "finished":
            shutil.rmtree(self.path / SNAPSHOT.parent, ignore_errors=True)

    def reopen(self) -> None:
        """A stopped run goes on: it is no longer whole until it finishes or stops again."""
        for name in ("run.json", "metrics.json", "per_user.parquet"):
            (self.path / name).unlink(missing_ok=True)


class RunStore:
    """The runs of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, config: RunConfig) -> RunFolder:
        """The folder of this run; one that exists is given back where it is the same work, refused where not."""
        if config.run_id == "latest":
            raise RunError("A run cannot be called latest: that word stands for the newest one. Choose another id.")
        folder = RunFolder(self.root / check_id(config.run_id, "run"))
        path = folder.path / "config.json"
        if not path.exists():
            folder.path.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.path / LOCK):  # of two that create one id at once, the second sees the first's config
                if not path.exists():
                    write_json(path, config.model_dump())
        if not folder.config.same_work(config):
            raise RunError(
                f"Run {config.run_id} exists with another dataset, model or settings. "
                "Choose another --run-id, or repeat its settings to continue it."
            )
        return folder

    def open(self, run_id: str) -> RunFolder:
        """The folder of a run by id, or of the newest trained run for "latest"."""
        if run_id == "latest":
            for folder in self.list():
                record = folder.record
                if record is not None and record.is_trained:
                    return folder
            raise NotFoundError("There is no finished run yet. Train a model first.")
        folder = RunFolder(self.root / check_id(run_id, "run"))
        if not (folder.path / "config.json").exists():
            raise NotFoundError(f"There is no run {run_id}. See the list of runs for those there are.")
        return folder

    def list(self) -> list[RunFolder]:
        """All runs, newest first; a folder without a readable config is none of ours."""
        folders = []
        for path in self.root.glob("*/config.json"):
            if not ID.fullmatch(path.parent.name):  # on its way out
                continue
            try:
                folders.append((RunConfig.model_validate(read_json(path)).created, RunFolder(path.parent)))
            except (ValidationError, orjson.JSONDecodeError, OSError):
                continue
        return [folder for _, folder in sorted(folders, key=lambda pair: (pair[0], pair[1].run_id), reverse=True)]

    def delete(self, run_id: str) -> None:
        """Takes the run out of the list at once, then its files away; killed between, a later deletion ends it."""
        self.open(run_id).path.replace(self.root / f"{LEAVING}{run_id}.{uuid.uuid4().hex[:8]}")
        for path in self.root.glob(f"{LEAVING}*"):
            shutil.rmtree(path, ignore_errors=True)
