"""Small logs for the tests: written out by hand, walking a cycle, or without any rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from recsys.data.dataset import TITLE, Dataset
from recsys.data.interactions import Interactions


def log_of(*histories: list[int], num_items: int | None = None) -> Interactions:
    """User 1 has the first history, user 2 the second …; a history lists item indices, oldest first."""
    most = num_items or max(max(history) for history in histories)
    return Interactions(
        user_ids=np.array(["", *(f"u{u}" for u in range(1, len(histories) + 1))], dtype=object),
        item_ids=np.array(["", *(f"i{i}" for i in range(1, most + 1))], dtype=object),
        users=np.repeat(np.arange(1, len(histories) + 1), [len(history) for history in histories]),
        items=np.concatenate([np.array(history, dtype=np.int64) for history in histories]),
    )


def rated(log: Interactions, *ratings: float) -> Interactions:
    """The same log with a rating for each event, in its order."""
    return replace(log, ratings=np.array(ratings, dtype=np.float32))


def walking_as_rated(num_users: int = 120, num_items: int = 30, length: int = 9, seed: int = 0) -> Interactions:
    """On a cycle of items, everybody goes one on from an event rated 5 and two on from one rated 1, which chance decides:
    with its rating the next item is certain, without it is one of two."""
    stars = np.random.default_rng(seed).choice([1, 5], (num_users, length))
    steps = np.where(stars == 5, 1, 2)
    walks = (np.arange(num_users)[:, None] + np.cumsum(steps, axis=1) - steps) % num_items + 1
    return rated(log_of(*walks.tolist(), num_items=num_items), *stars.reshape(-1).tolist())


def walking_a_cycle(num_users: int = 60, num_items: int = 30, length: int = 9) -> Interactions:
    """Everybody walks 1, 2, …, num_items, 1, … from a place of their own: the next item is certain."""
    return log_of(*([(start + step) % num_items + 1 for step in range(length)] for start in range(num_users)))


def without_a_rule(num_users: int = 300, num_items: int = 30, length: int = 9, seed: int = 0) -> Interactions:
    """Everybody touches items drawn without any rule, none of them twice."""
    rng = np.random.default_rng(seed)
    return log_of(*(list(rng.permutation(num_items)[:length] + 1) for _ in range(num_users)), num_items=num_items)


def dataset_of(log: Interactions, dataset_id: str = "tiny") -> Dataset:
    return Dataset(
        dataset_id=dataset_id,
        name="Tiny",
        interactions=log,
        items=pd.DataFrame({TITLE: log.item_ids.astype(str)}),
        users=pd.DataFrame(index=range(log.num_users + 1)),
    )
