"""Import, list and delete datasets."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import Literal

from recsys.data.dataset import Dataset
from recsys.data.importing.load import ImportRequest
from recsys.data.store import DatasetSummary
from recsys.runs.forgotten import forgotten_mark
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


def delete_dataset(workspace: Workspace, dataset_id: str) -> list[str]:
    """Delete a dataset and the runs trained on it, which are unusable without it. Returns the ids of these runs.

    Raises RunError while one of them is training; then nothing is deleted.
    """
    runs = runs_on(workspace, dataset_id)
    refuse_running(workspace, runs)
    workspace.datasets.delete(dataset_id)
    for run_id in runs:
        remove_run(workspace, run_id)
    workspace.sweeps.delete_on(dataset_id)
    return runs
