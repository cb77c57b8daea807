"""A small shop with everything a dataset can have, and runs trained on it in a moment."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from recsys.data.importing.load import ImportRequest
from recsys.evaluation.metrics import NOT_EVALUATED
from recsys.models import MODELS
from recsys.services.models.transfer import export_run
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions
from tests.worlds.small_models import small_settings
from tests.worlds.trained_runs import import_once, train_once

NUM_USERS, NUM_ITEMS, EVENTS = 40, 25, 7
LIKED_FROM, LIKED_RUNS = 4, ("ease", "popularity", "gru4rec", "mlp")


def import_shop(
    workspace: Workspace, folder: Path, *, pictures: bool = True, name: str = "Shop", user_columns: Sequence[str] = ()
) -> str:
    """Import items with titles, categories and pictures, users with age and gender, and impressions.

    `user_columns` are more columns of the users, of two values each. Returns the id of the dataset.
    """
    request = _files(folder, pictures=pictures, name=name, user_columns=user_columns)
    key = ("shop", pictures, name, *user_columns)
    return import_once(workspace, key, lambda home: home.datasets.add(request).dataset_id)


def _files(folder: Path, *, pictures: bool, name: str, user_columns: Sequence[str]) -> ImportRequest:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(3)
    rows = [
        f"u{user},i{item},{1 + item % 5},{1_700_000_000 + step}"
        for user in range(NUM_USERS)
        for step, item in enumerate(rng.permutation(NUM_ITEMS)[:EVENTS])
    ]
    (folder / "ratings.csv").write_text("\n".join(["user_id,item_id,rating,timestamp", *rows]) + "\n")
    items = [f"i{i},Thing {i},{'red' if i % 2 else ''},{i}.5" for i in range(NUM_ITEMS)]
    (folder / "items.csv").write_text("\n".join(["item_id,title,category,price", *items]) + "\n")
    more = [[name, *("low" if u % 4 < 2 else "high" for u in range(NUM_USERS))] for name in user_columns]
    users = [f"u{u},{20 + u if u % 3 else ''},{'f' if u % 2 else 'm'}" for u in range(NUM_USERS)]
    users = [",".join(row) for row in zip(["user_id,age,gender", *users], *more, strict=True)]
    (folder / "users.csv").write_text("\n".join(users) + "\n")
    with zipfile.ZipFile(folder / "images.zip", "w") as archive:
        for i in range(3):
            buffer = io.BytesIO()
            Image.new("RGB", (8, 8), (40 * i, 9, 9)).save(buffer, "PNG")
            archive.writestr(f"i{i}.png", buffer.getvalue())
    shown = [
        f"u{u},i{(3 * u + s) % NUM_ITEMS},{1_700_000_000 + 2 * s},{int(s == u % 4)}"
        for u in range(NUM_USERS)
        for s in range(4)
    ]
    (folder / "impressions.csv").write_text("\n".join(["user_id,item_id,timestamp,clicked", *shown]) + "\n")
    return ImportRequest(
        folder / "ratings.csv", items=folder / "items.csv", users=folder / "users.csv",
        images=folder / "images.zip" if pictures else None, impressions=folder / "impressions.csv", name=name,
    )  # fmt: skip


def liked_users(run: OpenRun, place: int) -> list[int]:
    """The users whose event at this place of their history was rated LIKED_FROM or more, by the rule of the file."""
    log = run.dataset.interactions
    items = {user: str(log.item_ids[log.history(user)[place]]) for user in range(1, log.num_users + 1)}
    return [user for user, item in items.items() if 1 + int(item[1:]) % 5 >= LIKED_FROM]


def train_small(
    workspace: Workspace,
    dataset_id: str,
    model: str,
    run_id: str,
    seed: int = 1,
    cold_share: float = 0.0,
    liked_from: float | None = None,
    **settings: Any,
) -> OpenRun:
    """A whole run after two epochs at most."""
    epochs = {"epochs": 2} if "epochs" in MODELS[model].Config.model_fields else {}
    told = small_settings(model, **{**epochs, **settings})
    options = TrainingOptions(seed=seed, device="cpu", threads=1, cold_share=cold_share, liked_from=liked_from)
    train_once(workspace, TrainRequest(dataset_id, model, settings=told, options=options, run_id=run_id))
    return open_run(workspace, run_id)


def liked_shop(folder: Path) -> Workspace:
    """The shop with a run "whole" on every event and LIKED_RUNS, named after their models, on what was liked."""
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "ease", "whole")
    for run_id in LIKED_RUNS:
        train_small(found, dataset_id, run_id, run_id, liked_from=LIKED_FROM)
    return found


def export_with_answers_of_nobody(workspace: Workspace, run_id: str, split: str, path: Path) -> None:
    """Writes a run to a file whose ranks have one of somebody who was not asked on `split`; the run stays as it is."""
    run = workspace.runs.open(run_id)
    frame = run.load_ranks()
    assert frame is not None and (frame[split] == NOT_EVALUATED).any()
    run.save_ranks(frame.assign(**{split: frame[split].replace(NOT_EVALUATED, 1)}))
    try:
        export_run(workspace, run_id, path)
    finally:
        run.save_ranks(frame)
