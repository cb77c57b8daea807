"""Record of a sweep, a search of settings: `sweeps/<id>.json`, written once, before its first run.

It holds the settings of all its runs and so their ids. Which of them are trained is read from the run folders: after a
crash nothing has to be repaired, and a run is neither lost nor trained twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.data.files import check_id, read_json, write_json
from recsys.errors import NotFoundError, RunError
from recsys.messages import Message, message
from recsys.runs.record import RunConfig
from recsys.training.config import TrainingOptions

FORMAT = 1


class SweepRecord(BaseModel):
    """What a sweep trains. `settings` holds all settings of each run, `searched` names those that differ between runs.

    Runs are numbered from 1; run 1 has the settings that the others are varied from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    sweep_id: str
    model: str
    title: str
    dataset_id: str
    preset: str
    searched: tuple[str, ...]
    settings: tuple[dict[str, Any], ...]
    options: TrainingOptions
    created: str
    format: int = FORMAT

    @property
    def shown_title(self) -> Message:
        """The title of the model as a message."""
        return Message(self.title)

    @property
    def num_runs(self) -> int:
        return len(self.settings)

    @property
    def numbers(self) -> range:
        return range(1, self.num_runs + 1)

    def run_id(self, number: int) -> str:
        return f"{self.sweep_id}-{number:02d}"

    def config(self, number: int) -> RunConfig:
        """Config of a run, created now."""
        return RunConfig(
            run_id=self.run_id(number),
            model=self.model,
            title=self.title,
            dataset_id=self.dataset_id,
            preset=self.preset,
            settings=self.settings[number - 1],
            options=self.options,
            created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )

    def same_work(self, other: SweepRecord) -> bool:
        """Whether both train the same runs; threads do not count."""
        what: Any = {"sweep_id": True, "created": True, "title": True, "format": True, "options": {"threads"}}
        return self.model_dump(exclude=what) == other.model_dump(exclude=what)


class SweepStore:
    """Sweeps of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, record: SweepRecord) -> SweepRecord:
        """Write a record, or return the one of this id if it is of the same work. Raises RunError if not."""
        path = self._path(record.sweep_id)
        if not path.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            write_json(path, record.model_dump())
        existing = self.open(record.sweep_id)
        if not existing.same_work(record):
            text = message(
                "Sweep {sweep} exists with another dataset, model, settings or number of runs. Choose another "
                "--sweep-id, or repeat its settings to continue it."
            )
            raise RunError(text.format(sweep=record.sweep_id))
        return existing

    def open(self, sweep_id: str) -> SweepRecord:
        """Read the record of a sweep. Raises NotFoundError."""
        try:
            return SweepRecord.model_validate(read_json(self._path(sweep_id)))
        except (FileNotFoundError, ValidationError, orjson.JSONDecodeError):
            raise NotFoundError(message("There is no sweep {sweep}.", sweep=sweep_id)) from None

    def list(self) -> list[SweepRecord]:
        """All sweeps, newest first; unreadable ones are skipped."""
        records = []
        for path in self.root.glob("*.json"):
            try:
                records.append(self.open(path.stem))
            except NotFoundError:
                continue
        return sorted(records, key=lambda record: (record.created, record.sweep_id), reverse=True)

    def of_run(self, run_id: str) -> tuple[SweepRecord, int] | None:
        """The sweep that a run belongs to, and its number there; None for any other run, or if its record is damaged."""
        sweep_id, _, number = run_id.rpartition("-")
        if not number.isdecimal() or not (self.root / f"{sweep_id}.json").exists():
            return None
        try:
            record = self.open(sweep_id)
        except NotFoundError:
            return None
        return next(((record, n) for n in record.numbers if record.run_id(n) == run_id), None)

    def delete_on(self, dataset_id: str) -> None:
        """Delete the records of the sweeps on a dataset."""
        for record in self.list():
            if record.dataset_id == dataset_id:
                self._path(record.sweep_id).unlink(missing_ok=True)

    def _path(self, sweep_id: str) -> Path:
        return self.root / f"{check_id(sweep_id, 'sweep')}.json"
