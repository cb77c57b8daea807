"""A log in which everybody walks a stretch of a ring of items, two steps forward and one back: learnt in a moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recsys.data.importing.load import ImportRequest
from recsys.services.workspace import open_workspace
from tests.worlds.shops import train_small
from tests.worlds.trained_runs import import_once

NUM_ITEMS, NUM_USERS = 30, 90
STEPS = (0, 2, 1, 3, 5, 4, 6, 8)


def ring(folder: Path, models: Sequence[str]) -> Path:
    """The path of a workspace with a run of each model, named after it. Item i7 is called Thing 7."""
    rows = [f"u{user},i{(user + step) % NUM_ITEMS},{at}" for user in range(NUM_USERS) for at, step in enumerate(STEPS)]
    (folder / "log.csv").write_text("\n".join(["user_id,item_id,timestamp", *rows]) + "\n")
    items = [f"i{item},Thing {item}" for item in range(NUM_ITEMS)]
    (folder / "items.csv").write_text("\n".join(["item_id,title", *items]) + "\n")
    workspace = open_workspace(folder / "home")
    request = ImportRequest(folder / "log.csv", items=folder / "items.csv")
    dataset_id = import_once(workspace, "ring", lambda home: home.datasets.add(request).dataset_id)
    for model in models:
        train_small(workspace, dataset_id, model, model, **({} if model in ("ease", "popularity") else {"epochs": 15}))
    return workspace.path
