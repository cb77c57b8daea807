"""A small shop for the tests of services and pages: 30 users, 9 items, titles and categories of the test's choice."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from recsys.data.load import ImportRequest
from recsys.services.data.datasets import import_dataset
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions
from tests.trained_runs import import_once, train_once

SETTINGS = {
    "sasrec": {"epochs": 2, "embedding_dim": 16, "num_heads": 1},
    "mlp": {"epochs": 1, "embedding_dim": 8},
    "gru4rec": {"epochs": 1, "embedding_dim": 8},
}


def shop(home: Path, titles: Sequence[str] = ()) -> tuple[Workspace, str]:
    """A workspace in `home` with the shop, and the dataset's id. Item i5 has titles[5], where there are so many."""
    ratings, items = home / "ratings.csv", home / "items.csv"
    rows = [f"u{u},i{(u + step) % 9},{1 + step % 5},{1_700_000_000 + step}" for u in range(30) for step in range(6)]
    ratings.write_text("\n".join(["user_id,item_id,rating,timestamp", *rows]) + "\n")
    with items.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["item_id", "title", "category"])
        for i in range(9):
            writer.writerow([f"i{i}", titles[i] if i < len(titles) else f"Thing {i}", "even" if i % 2 == 0 else "odd"])
    workspace = open_workspace(home / "home")
    request = ImportRequest(ratings=ratings, items=items, name="Shop")
    key = ("titled shop", *titles)
    return workspace, import_once(workspace, key, lambda found: import_dataset(found, request).dataset_id)


def trained(workspace: Workspace, dataset_id: str, model: str, run_id: str | None = None, **more: object) -> OpenRun:
    """A run of this model; `more` are settings besides the small ones."""
    settings = {**SETTINGS.get(model, {}), **more}
    request = TrainRequest(
        dataset_id, model, settings=settings, options=TrainingOptions(threads=1), run_id=run_id or model
    )
    return open_run(workspace, train_once(workspace, request))


def picture(path: Path) -> Path:
    Image.new("RGB", (8, 8), "teal").save(path)
    return path
