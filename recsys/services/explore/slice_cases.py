"""Cases of a slice: its worst, best and random users, the items that are missed most, and confused categories.

Read from stored ranks and lists; nothing is ranked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, Dataset
from recsys.data.interactions import PAD
from recsys.evaluation.intervals import SEED
from recsys.evaluation.metrics import CUT_OFF, MISS
from recsys.services.models.slice_report import RankedTargets
from recsys.services.recommend.history_edits import Draft
from recsys.services.workspace.slices import categories, in_categories, split_categories

MOST_CATEGORIES = 12  # of the held-out items, the most frequent ones
MOST_ITEMS = 20
Order = Literal["worst", "best", "random"]


@dataclass(frozen=True)
class Case:
    """A test target: item indices of the `history` before it, oldest first, and of the stored list, best first.

    `rank` is None where the model cannot score the held-out item. `edit` is the draft (history_edits.py) that ends the
    logged history before the held-out item; None if it is too long for a link.
    """

    user_id: str
    item: int
    rank: int | None
    history: tuple[int, ...]
    recommended: tuple[int, ...]
    edit: str | None


def cases(targets: RankedTargets, mask_T: np.ndarray, order: Order, count: int) -> list[Case]:
    """The `count` targets of a mask [num_targets] with the highest or lowest ranks, or drawn with a fixed seed."""
    rows = np.flatnonzero(mask_T)
    if order == "random":
        chosen = np.random.default_rng(SEED).permutation(rows)[:count]
    else:
        ranks = targets.ranks[rows]
        chosen = rows[np.argsort(ranks if order == "best" else -ranks, kind="stable")][:count]
    return [_case(targets, int(row)) for row in chosen]


def _case(targets: RankedTargets, row: int) -> Case:
    log, test = targets.dataset.interactions, targets.split.test
    user, rank = int(test.users[row]), int(targets.ranks[row])
    history = test.history(row)
    items = targets.lists[row] if targets.lists is not None else ()
    draft = Draft(len(log.history(user)), tuple(range(len(history))))
    return Case(
        user_id=str(log.user_ids[user]),
        item=int(test.items[row]),
        rank=None if rank == MISS else rank,
        history=tuple(int(item) for item in history),
        recommended=tuple(int(item) for item in items if item != PAD),
        edit=draft.text(),
    )


def missed_items(targets: RankedTargets, mask_T: np.ndarray) -> pd.DataFrame:
    """Held-out items that are most often outside of the top CUT_OFF: `item` (id), `title`, `missed` and `targets`."""
    items, is_missed = targets.items[mask_T], targets.ranks[mask_T] > CUT_OFF
    size = targets.dataset.interactions.num_items + 1
    missed, total = np.bincount(items[is_missed], minlength=size), np.bincount(items, minlength=size)
    order = np.argsort(-missed, kind="stable")[:MOST_ITEMS]
    shown = order[missed[order] > 0]
    return pd.DataFrame(
        {
            "item": [str(item_id) for item_id in targets.dataset.interactions.item_ids[shown]],
            "title": [targets.dataset.title(int(item)) for item in shown],
            "missed": missed[shown],
            "targets": total[shown],
        }
    )


@dataclass(frozen=True, eq=False)
class Confusion:
    """`counts` [held-out category, recommended category]: targets whose held-out item has the first and whose first
    recommended item the second. An item with several categories counts in each."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: np.ndarray


def confusion(targets: RankedTargets, mask_T: np.ndarray) -> Confusion | None:
    """Compute which categories are recommended instead of which; None without categories or stored lists."""
    names = categories(targets.dataset)
    if not names or targets.lists is None or not mask_T.any():
        return None
    matrix_NC = _category_matrix(targets.dataset, names)
    held_out_TC, first_TC = matrix_NC[targets.items[mask_T]], matrix_NC[targets.lists[mask_T, 0]]
    counts = held_out_TC.T.astype(np.int64) @ first_TC
    rows = np.argsort(-held_out_TC.sum(0), kind="stable")[:MOST_CATEGORIES]
    rows = rows[held_out_TC.sum(0)[rows] > 0]
    columns = np.argsort(-counts[rows].sum(0), kind="stable")[:MOST_CATEGORIES]
    columns = columns[counts[rows].sum(0)[columns] > 0]
    if not len(rows) or not len(columns):
        return None
    return Confusion(
        tuple(names[row] for row in rows), tuple(names[column] for column in columns), counts[np.ix_(rows, columns)]
    )


def confused(targets: RankedTargets, mask_T: np.ndarray, held_out: str, recommended: str) -> np.ndarray:
    """Rows of the targets in one cell of `confusion`, the best ranks first."""
    assert targets.lists is not None, "a cell of a confusion"
    of_item, of_first = in_categories(targets.dataset, [held_out]), in_categories(targets.dataset, [recommended])
    rows = np.flatnonzero(mask_T & of_item[targets.items] & of_first[targets.lists[:, 0]])
    return rows[np.argsort(targets.ranks[rows], kind="stable")]


def _category_matrix(dataset: Dataset, names: list[str]) -> np.ndarray:
    """[num_items + 1, num_categories] bool: which of the categories an item has."""
    codes, texts = pd.factorize(dataset.items[CATEGORY].astype("str"))
    parts = [set(split_categories(str(text))) for text in texts]
    return np.array([[name in part for name in names] for part in parts], dtype=bool)[codes]
