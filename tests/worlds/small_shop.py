"""A small shop: 30 users who walk a cycle of 9 items with titles and categories. Its models train in a moment."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from recsys.data.importing.load import ImportRequest
from recsys.services.data.datasets import import_dataset
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions
from tests.worlds.trained_runs import import_once, train_once

NUM_USERS, NUM_ITEMS = 30, 9
SETTINGS = {
    "sasrec": {"epochs": 2, "embedding_dim": 16, "num_heads": 1},
    "mlp": {"epochs": 1, "embedding_dim": 8},
    "gru4rec": {"epochs": 1, "embedding_dim": 8},
}

SHORT = {"epochs": 3, "embedding_dim": 16, "hidden_dim": 24}


def shop(home: Path, titles: Sequence[str] = ()) -> tuple[Workspace, str]:
    """A workspace in `home` with the shop, and the dataset's id."""
    workspace = open_workspace(home / "home")
    return workspace, import_small_shop(workspace, titles)


def import_small_shop(workspace: Workspace, titles: Sequence[str] = (), *, ages: bool = False) -> str:
    """The dataset's id. Item i5 has titles[5], where there are so many.

    `ages`: users have an age, and histories of 4 to 7 events instead of 6.
    """

    def add(home: Workspace) -> str:
        with TemporaryDirectory() as folder:
            return import_dataset(home, _files(Path(folder), titles, ages)).dataset_id

    return import_once(workspace, ("small shop", ages, *titles), add)


def write_log(path: Path, *, even: bool = True) -> Path:
    """The ratings of the shop: 6 events a user, or 4 to 7 of them."""
    lengths = [6 if even else 4 + user % 4 for user in range(NUM_USERS)]
    rows = [
        (f"u{user}", f"i{(user + step) % NUM_ITEMS}", 1 + step % 5, 1_700_000_000 + step)
        for user, length in enumerate(lengths)
        for step in range(length)
    ]
    return _write(path, ("user_id", "item_id", "rating", "timestamp"), rows)


def trained(workspace: Workspace, dataset_id: str, model: str, run_id: str | None = None, **more: object) -> OpenRun:
    """A run of this model; `more` are settings besides the small ones."""
    settings = {**SETTINGS.get(model, {}), **more}
    request = TrainRequest(
        dataset_id, model, settings=settings, options=TrainingOptions(threads=1), run_id=run_id or model
    )
    return open_run(workspace, train_once(workspace, request))


def two_short_runs(home: Path) -> Path:
    """The workspace in `home`, with the shop and quick runs of two networks, `gru-1` with the settings SHORT and `caser-1`."""
    workspace = open_workspace(home)
    dataset_id = import_small_shop(workspace, ages=True)
    options = TrainingOptions(seed=9, threads=1)
    train_once(workspace, TrainRequest(dataset_id, "gru4rec", "quick", SHORT, options, "gru-1"))
    train_once(workspace, TrainRequest(dataset_id, "caser", "quick", {"epochs": 2}, run_id="caser-1"))
    return home


def picture(path: Path) -> Path:
    Image.new("RGB", (8, 8), "teal").save(path)
    return path


def _files(folder: Path, titles: Sequence[str], ages: bool) -> ImportRequest:
    names = [*titles, *(f"Thing {i}" for i in range(len(titles), NUM_ITEMS))]
    items = [(f"i{i}", names[i], "odd" if i % 2 else "even") for i in range(NUM_ITEMS)]
    users = [(f"u{user}", 20 + user) for user in range(NUM_USERS)]
    return ImportRequest(
        ratings=write_log(folder / "ratings.csv", even=not ages),
        items=_write(folder / "items.csv", ("item_id", "title", "category"), items),
        users=_write(folder / "users.csv", ("user_id", "age"), users) if ages else None,
        name="Shop",
    )


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path
