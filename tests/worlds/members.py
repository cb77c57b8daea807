"""Logs on which it is certain whether members of the training data can be told from other users."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recsys.data.importing.load import ImportRequest
from recsys.services.workspace import Workspace
from tests.worlds.trained_runs import import_once

OVERFITTED = {"dropout": 0.0, "epochs": 30, "embedding_dim": 16, "learning_rate": 0.03, "batch_size": 16}


def import_pairs(workspace: Workspace, folder: Path, num_users: int = 80) -> str:
    """Users with two random items each: nothing to learn but by heart, and nobody to stop a training early for."""
    rng = np.random.default_rng(5)
    rows = [(f"u{user:02}", item) for user in range(num_users) for item in rng.permutation(40)[:2]]
    return _import(workspace, folder, "pairs", rows)


def import_crowd(workspace: Workspace, folder: Path, num_users: int = 300) -> str:
    """Users with 6 of 8 items in any order: no one stands out."""
    rng = np.random.default_rng(6)
    rows = [(f"u{user:03}", item) for user in range(num_users) for item in rng.permutation(8)[:6]]
    return _import(workspace, folder, "crowd", rows)


def _import(workspace: Workspace, folder: Path, name: str, rows: list[tuple[str, int]]) -> str:
    path = folder / f"{name}.csv"
    path.write_text("\n".join(["user_id,item_id", *(f"{user},i{item}" for user, item in rows)]) + "\n")
    return import_once(workspace, name, lambda home: home.datasets.add(ImportRequest(path, name=name)).dataset_id)
