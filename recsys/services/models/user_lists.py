"""Users behind a figure: those in a bar, a point or a segment, with their held-out item and its rank.

Tables of `user` (id), `held_out` (title) and numbers, for display; the caller chooses the rows and their order.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.evaluation.metrics import MISS
from recsys.sequences.split import Targets
from recsys.sequences.time_split import default_cut, first_from
from recsys.services.models.leaderboard import RunSummary

MOST = 200  # rows of a list


def targets_table(
    dataset: Dataset, targets: Targets, rows: np.ndarray, ranks: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """The first MOST of these `rows` of the targets; `ranks` maps a column to the ranks of all targets."""
    shown = rows[:MOST]
    table = users_table(dataset, targets.users[shown], targets.items[shown])
    for name, column in ranks.items():
        table[name] = rank_column(column[shown])
    return table


def held_out_items(log: Interactions, users: np.ndarray, run: RunSummary) -> np.ndarray:
    """Test item of each of these users of a run: the last event, with a time split the first one from the cut on."""
    if run.split_by == "leave_one_out" or log.times is None:
        return log.items[log.offsets[users + 1] - 1]
    return log.items[first_from(log, default_cut(log.times) if run.cut is None else run.cut)[users]]


def users_table(dataset: Dataset, users: np.ndarray, items: np.ndarray) -> pd.DataFrame:
    """Ids of the users and titles of one item each."""
    ids = dataset.interactions.user_ids[users]
    return pd.DataFrame({"user": [str(one) for one in ids], "held_out": [dataset.title(int(item)) for item in items]})


def rank_column(ranks: np.ndarray) -> pd.Series:
    """Ranks as numbers; missing where the model cannot score the item."""
    return pd.Series(ranks).astype("Int64").mask(ranks == MISS)


def in_top(ranks: np.ndarray, k: int) -> np.ndarray:
    """Rows whose rank is at most `k`, the last found first: those who would be lost by a smaller K."""
    rows = np.flatnonzero(ranks <= k)
    return rows[np.argsort(-ranks[rows], kind="stable")]


def between(ranks: np.ndarray, low: int, high: float) -> np.ndarray:
    """Rows whose rank is from `low` to below `high`, the best first."""
    rows = np.flatnonzero((ranks >= low) & (ranks < high))
    return rows[np.argsort(ranks[rows], kind="stable")]


def only_first(first: np.ndarray, second: np.ndarray, k: int) -> np.ndarray:
    """Rows in the top `k` by the first ranks and not by the second."""
    rows = np.flatnonzero((first <= k) & (second > k))
    return rows[np.argsort(first[rows], kind="stable")]
