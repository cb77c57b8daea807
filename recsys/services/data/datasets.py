"""Import, list and delete datasets."""

from __future__ import annotations

import csv
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from recsys.data.dataset import Dataset
from recsys.data.importing.load import ImportRequest
from recsys.data.provenance import newest_after
from recsys.data.store import DatasetSummary
from recsys.errors import DataError
from recsys.runs.forgotten import forgotten_mark
from recsys.runs.store import LEAVING
from recsys.services.models.leaderboard import refuse_running, remove_run
from recsys.services.workspace import Workspace

SAMPLES = Path(__file__).resolve().parents[3] / "sample_data"
SAMPLE_ITEMS = {"en": "items.csv", "zh": "items_zh.csv"}
SAMPLE_NAMES = {"en": "Sample shop", "zh": "示例商店"}


def import_dataset(workspace: Workspace, request: ImportRequest) -> Dataset:
    """Read, validate and store an upload. Raises DataError; then nothing is stored."""
    return workspace.datasets.add(request)


def import_sample(workspace: Workspace, language: Literal["en", "zh"] = "en") -> Dataset:
    """Import the sample shop with items, users, pictures and impressions; `language` is that of the items."""
    return workspace.datasets.add(
        ImportRequest(
            ratings=SAMPLES / "ratings.csv",
            items=SAMPLES / SAMPLE_ITEMS[language],
            users=SAMPLES / "users.csv",
            images=SAMPLES / "images.zip",
            impressions=SAMPLES / "impressions.csv",
            name=SAMPLE_NAMES[language],
        )
    )


def sample_pictures(count: int) -> list[tuple[str, bytes]]:
    """(title, PNG content) of `count` products of the sample, of as many kinds."""
    with (SAMPLES / "items.csv").open(encoding="utf-8", newline="") as file:
        items = list(csv.DictReader(file))
    first_of = {item["category"]: item for item in reversed(items)}
    chosen = list(first_of.values())[:count]
    with zipfile.ZipFile(SAMPLES / "images.zip") as archive:
        return [(item["title"], archive.read(f"{item['item_id']}.png")) for item in chosen]


def some_pictures(workspace: Workspace, dataset_id: str, count: int) -> list[Path]:
    """At most `count` pictures of a dataset's items, spread over its catalogue; read without loading the dataset."""
    paths = workspace.datasets.pictures(dataset_id)
    step = max(1, -(-len(paths) // count))
    return list(paths[::step])


def list_datasets(workspace: Workspace) -> list[DatasetSummary]:
    return workspace.datasets.list()


def runs_on(workspace: Workspace, dataset_id: str) -> list[str]:
    """Ids of the runs trained on a dataset, and of the records of runs before a person was forgotten there."""
    pairs = [(config, forgotten_mark(folder)) for folder, config in workspace.runs.configs()]
    return [
        config.run_id for config, mark in pairs if dataset_id in (config.dataset_id, mark.successor if mark else "")
    ]


def newest_of(workspace: Workspace, dataset_id: str) -> DatasetSummary | None:
    """The newest dataset that logs were added in since this one; None if none was."""
    newest = newest_after(workspace.datasets.folder(dataset_id))
    return None if newest is None else workspace.datasets.summary(newest)


def delete_dataset(workspace: Workspace, dataset_id: str) -> list[str]:
    """Delete a dataset with everything made from it: its key, saved slices, runs and sweeps. Returns the ids of the runs.

    Raises NotFoundError for an unknown id, RunError while a job works on one of them; then nothing is deleted. The dataset goes last, so a killed deletion can be
    repeated. What was exported to other folders is out of reach.
    """
    with suppress(DataError):  # a damaged one is deleted, too
        workspace.datasets.summary(dataset_id)
    runs = runs_on(workspace, dataset_id)
    refuse_running(workspace, runs)
    for run_id in runs:
        remove_run(workspace, run_id)
    workspace.sweeps.delete_on(dataset_id)
    _delete_unlisted(workspace, dataset_id)
    workspace.datasets.delete(dataset_id)
    return runs


def _delete_unlisted(workspace: Workspace, dataset_id: str) -> None:
    """Delete runs and sweeps on a dataset whose record is damaged or of another version, and what killed deletions left."""
    name = f'"{dataset_id}"'.encode()
    for path in workspace.runs.root.glob("*/config.json"):
        if name in path.read_bytes():
            shutil.rmtree(path.parent)
    for path in workspace.sweeps.root.glob("*.json"):
        if name in path.read_bytes():
            path.unlink()
    for path in workspace.runs.root.glob(f"{LEAVING}*"):
        shutil.rmtree(path, ignore_errors=True)
