"""Datasets on disk, one folder each. `dataset.json` is written last: a folder with it is complete.

The id is a hash of the canonical tables, the column roles and the treatments, so equal content has the same id.
A dataset is written to a hidden folder and renamed, so an incomplete one has no id. The next import removes what a
killed import left behind. While a person is being forgotten, `forgetting.json` stands in the folder of their dataset, which
is then neither listed nor loaded.
"""

from __future__ import annotations

import builtins
import contextlib
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, computed_field

from recsys.data.dataset import Dataset, Repair, Report
from recsys.data.files import ID, check_id, read_json, sync_folder, write_atomic, write_json
from recsys.data.fingerprint import FORMAT, id_and_files
from recsys.data.importing.load import ImportRequest, Loaded, OnStep, load_dataset
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.data.keys import KeyStore
from recsys.data.provenance import write_provenance
from recsys.errors import DataError, NotFoundError
from recsys.messages import message

IMPRESSIONS = "impressions.parquet"  # only in datasets with impressions
SCRATCH = ".import."  # prefix of the folder of an import in progress
STALE = 3600  # seconds after which such a folder belongs to a killed import
FORGETTING = "forgetting.json"  # who is being forgotten, then the id of the dataset without them


class DatasetSummary(BaseModel):
    """Contents of `dataset.json`. `items` counts items with an event, `catalogue_items` all items."""

    model_config = ConfigDict(frozen=True)
    dataset_id: str
    name: str
    rows: int
    users: int
    items: int
    catalogue_items: int
    rating_sum: float | None
    has_times: bool
    has_images: bool
    item_columns: tuple[str, ...]
    user_columns: tuple[str, ...]
    created: str
    impressions: int = 0
    repairs: tuple[Repair, ...] = ()
    format: int = FORMAT

    @computed_field  # type: ignore[prop-decorator]
    @property
    def has_ratings(self) -> bool:
        return self.rating_sum is not None


class DatasetStore:
    """The datasets of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root, self.keys = root, KeyStore(root.parent / "keys")

    def folder(self, dataset_id: str) -> Path:
        return self.root / check_id(dataset_id, "dataset")

    def add(self, request: ImportRequest, on_step: OnStep | None = None) -> Dataset:
        """Import and store a dataset. Content that is already stored returns the stored dataset."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.sweep()
            with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=self.root, ignore_cleanup_errors=True) as scratch:
                loaded = load_dataset(request, Path(scratch) / "images", on_step)
                dataset_id, files = id_and_files(loaded)
                if loaded.key is not None:  # first: pseudonyms without their key could not be continued
                    self.keys.write(dataset_id, loaded.key)
                if (self.folder(dataset_id) / "dataset.json").exists():
                    write_provenance(self.folder(dataset_id), loaded)
                    return self.load(dataset_id)
                name = request.name or request.ratings.name.removesuffix(".gz").rsplit(".", 1)[0]
                summary = self._write(Path(scratch) / "whole", dataset_id, name, loaded, files)
        except OSError as error:
            raise _not_stored(error) from error
        return self._dataset(
            summary, loaded.interactions, loaded.items, loaded.users, loaded.impressions, loaded.report
        )

    def add_part(self, loaded: Loaded, whole: Dataset) -> str:
        """Store a dataset made of another, with copies of its pictures, its name and its date; return its id."""
        try:
            with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=self.root, ignore_cleanup_errors=True) as scratch:
                pictures = {index: Path(scratch) / f"{index:06d}.png" for index in loaded.pictures}
                for index, path in loaded.pictures.items():
                    shutil.copyfile(path, pictures[index])
                part = replace(loaded, pictures=pictures)
                dataset_id, files = id_and_files(part)
                self.keys.copy(whole.dataset_id, dataset_id)
                if not (self.folder(dataset_id) / "dataset.json").exists():
                    self._write(Path(scratch) / "whole", dataset_id, whole.name, part, files, whole.created)
        except OSError as error:
            raise _not_stored(error) from error
        return dataset_id

    def sweep(self) -> None:
        """Remove leftovers of killed imports and deletions: old scratch folders, ids without `dataset.json`."""
        for path in self.root.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process sweeps too
                is_incomplete = ID.fullmatch(path.name) is not None and not (path / "dataset.json").exists()
                is_stale = path.name.startswith(SCRATCH) and time.time() - path.stat().st_mtime > STALE
                if path.is_dir() and (is_incomplete or is_stale):
                    shutil.rmtree(path, ignore_errors=True)
        self.keys.sweep({path.parent.name for path in self.root.glob("*/dataset.json")}, STALE)

    def _write(
        self,
        whole: Path,
        dataset_id: str,
        name: str,
        loaded: Loaded,
        files: dict[str, bytes],
        created: str = "",
    ) -> DatasetSummary:
        """Store a dataset and return its summary, or that of a parallel import of the same content."""
        (whole / "images").mkdir(parents=True)
        for picture in loaded.pictures.values():
            picture.replace(whole / "images" / picture.name)
        for file_name, content in files.items():
            write_atomic(whole / file_name, content)
        write_json(whole / "report.json", loaded.report.stored())
        write_provenance(whole, loaded)
        log = loaded.interactions
        summary = DatasetSummary(
            dataset_id=dataset_id,
            name=name,
            rows=len(log),
            users=log.num_users,
            items=int((log.item_counts > 0).sum()),
            catalogue_items=log.num_items,
            rating_sum=None if log.ratings is None else float(log.ratings.sum(dtype=np.float64)),
            has_times=log.times is not None,
            has_images=bool(loaded.pictures),
            item_columns=tuple(loaded.items.columns),
            user_columns=tuple(loaded.users.columns),
            created=created or datetime.now(UTC).isoformat(timespec="milliseconds"),
            impressions=0 if loaded.impressions is None else len(loaded.impressions),
            repairs=loaded.report.repairs,
        )
        write_json(whole / "dataset.json", summary.model_dump(mode="json"))
        try:
            whole.replace(self.folder(dataset_id))
        except OSError:
            if not (self.folder(dataset_id) / "dataset.json").exists():
                raise
            summary = self.summary(dataset_id)
        sync_folder(self.root)
        return summary

    def summary(self, dataset_id: str) -> DatasetSummary:
        path = self.folder(dataset_id) / "dataset.json"
        if not path.exists():
            text = message("There is no dataset {dataset_id} here. Import it, or choose one of the list.")
            raise NotFoundError(text.format(dataset_id=dataset_id))
        try:
            return DatasetSummary.model_validate(read_json(path))
        except ValueError as error:
            raise _damaged(dataset_id) from error

    def load(self, dataset_id: str) -> Dataset:
        """Load a dataset. Raises NotFoundError for an unknown id, DataError if it is damaged or a person in it is being
        forgotten."""
        if self.is_forgetting(dataset_id):
            text = message(
                "A person is being forgotten in the dataset {dataset_id}. Try again in a moment; if this lasts, free some space."
            )
            raise DataError(text.format(dataset_id=dataset_id))
        return self.load_stored(dataset_id)

    def is_forgetting(self, dataset_id: str) -> bool:
        return (self.folder(dataset_id) / FORGETTING).exists()

    def load_stored(self, dataset_id: str) -> Dataset:
        """As `load`, also while a person is being forgotten: for what forgets them."""
        summary, folder = self.summary(dataset_id), self.folder(dataset_id)
        try:
            events, items, users = (
                pd.read_parquet(folder / f"{name}.parquet") for name in ("interactions", "items", "users")
            )
            impressions_path = folder / IMPRESSIONS
            impressions = (
                pd.read_parquet(impressions_path) if impressions_path.exists() or summary.impressions else None
            )
            report = Report.model_validate(read_json(folder / "report.json"))
        except (OSError, ValueError) as error:
            raise _damaged(dataset_id) from error
        log = Interactions(
            user_ids=users.pop(USER).to_numpy(dtype=object),
            item_ids=items.pop(ITEM).to_numpy(dtype=object),
            users=events[USER].to_numpy(),
            items=events[ITEM].to_numpy(),
            ratings=events[RATING].to_numpy() if RATING in events else None,
            times=events[TIME].to_numpy() if TIME in events else None,
        )
        return self._dataset(summary, log, items, users, impressions, report)

    def _dataset(
        self,
        summary: DatasetSummary,
        log: Interactions,
        items: pd.DataFrame,
        users: pd.DataFrame,
        impressions: pd.DataFrame | None,
        report: Report,
    ) -> Dataset:
        dataset_id = summary.dataset_id
        pictures = {int(path.stem): path for path in self.pictures(dataset_id)}
        about = (report, summary.created, impressions, self.folder(dataset_id))
        return Dataset(dataset_id, summary.name, log, items, users, pictures, *about)

    def pictures(self, dataset_id: str) -> tuple[Path, ...]:
        """Picture files of the items, in the order of the items."""
        return tuple(sorted((self.folder(dataset_id) / "images").glob("*.png")))

    def list(self) -> list[DatasetSummary]:
        """Summaries of all datasets, newest first. A damaged one is skipped; `load` reports it. So is one in which a person is
        being forgotten."""
        summaries = []
        for path in self.root.glob("*/dataset.json"):
            if (path.parent / FORGETTING).exists():
                continue
            with contextlib.suppress(OSError, ValueError):
                summaries.append(DatasetSummary.model_validate(read_json(path)))
        return sorted(summaries, key=lambda summary: summary.created, reverse=True)

    def delete(self, dataset_id: str) -> None:
        """Delete a dataset, damaged or not. Raises NotFoundError for an unknown id."""
        if not (self.folder(dataset_id) / "dataset.json").exists():
            raise NotFoundError(message("There is no dataset {dataset_id} here.", dataset_id=dataset_id))
        (self.folder(dataset_id) / "dataset.json").unlink()
        self.keys.delete(dataset_id)
        shutil.rmtree(self.folder(dataset_id))

    def forgetting(self) -> builtins.list[str]:
        """Ids of the datasets in which a person is being forgotten, or was when the process was killed."""
        return sorted(path.parent.name for path in self.root.glob(f"*/{FORGETTING}"))

    def delete_forgotten(self, dataset_id: str) -> None:
        """Delete a dataset in which a person is being forgotten, FORGETTING last: a killed deletion can be completed."""
        (self.folder(dataset_id) / "dataset.json").unlink(missing_ok=True)
        self.keys.delete(dataset_id)
        for path in self.folder(dataset_id).iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != FORGETTING:
                path.unlink()
        shutil.rmtree(self.folder(dataset_id))


def _not_stored(error: OSError) -> DataError:
    text = message("Could not store the dataset: {reason}. Free some space or choose another workspace.")
    return DataError(text.format(reason=error.strerror))


def _damaged(dataset_id: str) -> DataError:
    return DataError(
        message(
            "The dataset {dataset_id} is damaged: a file of it cannot be read. Delete and import it again.",
            dataset_id=dataset_id,
        )
    )
