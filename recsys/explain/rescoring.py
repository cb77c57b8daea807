"""Rescore a recommendation with subsets of its history, for explanations by removal, order or subset.

Removed events leave no gap. The candidates stay those of the full history. Shapes: base.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.explain.quantity import MARGIN, explained_quantity, margin_in, values
from recsys.explain.scored_history import ROWS
from recsys.explain.situation import Situation


def rescored(situation: Situation, subsets: Sequence[np.ndarray], users: Sequence[int] | None = None) -> np.ndarray:
    """Compute the explained quantity for subsets of the history, [B] float64.

    Each subset lists positions in the full history in ascending order. `users` replaces the user of each subset.
    """
    values_B = np.zeros(len(subsets))
    for rows, scores_BN in situation.scored.of_subsets(subsets, users):
        values_B[rows] = _values(situation, scores_BN)
    return values_B


def rescored_without_each(situation: Situation, *, with_ranks: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Compute the explained quantity, [L] float64, and the rank of the item, [L] int64, without each event of the window.

    The ranks are None unless `with_ranks`.
    """
    if not with_ranks and (margins_L := _margins_without_each(situation)) is not None:
        return margins_L, None
    values_L = np.zeros(situation.num_window)
    ranks_L = np.zeros(situation.num_window, dtype=np.int64) if with_ranks else None
    for rows, scores_BN in _without_each(situation):
        values_L[rows] = _values(situation, scores_BN)
        if ranks_L is not None:
            ranks_L[rows] = situation.ranks(scores_BN).numpy()
    return values_L, ranks_L


def _margins_without_each(situation: Situation) -> np.ndarray | None:
    """The margins without each event, [L] float64, from a sum that all items of a list share; None if it cannot serve."""
    if explained_quantity(situation) is not MARGIN:
        return None
    scores_LN, log_sums_L = situation.scored.without_each_LN, situation.scored.log_sums_L(situation.allowed_N)
    if scores_LN is None or log_sums_L is None:
        return None
    situation.check_finite(scores_LN)
    margins_L = margin_in(scores_LN[:, situation.item].double(), log_sums_L)
    return None if margins_L is None else margins_L.numpy()


def ranks_without(situation: Situation, positions: Sequence[int]) -> list[int]:
    """Compute the rank of the item without each of these events of the window, by their positions in the history."""
    rows = [position - situation.positions.start for position in positions]
    scores_LN = situation.scored.without_each_LN
    if scores_LN is not None:
        return situation.ranks(scores_LN[rows]).tolist()
    each = situation.scored.each_removed()
    return ranks_of(situation, [each[row] for row in rows]).tolist()


def ranks_of(situation: Situation, subsets: Sequence[np.ndarray]) -> np.ndarray:
    """Compute the rank of the item for subsets of the history, [B] int64; `subsets` as in `rescored`."""
    ranks_B = np.zeros(len(subsets), dtype=np.int64)
    for rows, scores_BN in situation.scored.of_subsets(subsets):
        ranks_B[rows] = situation.ranks(scores_BN).numpy()
    return ranks_B


def _without_each(situation: Situation) -> Iterable[tuple[np.ndarray, Tensor]]:
    """From the scores that are kept for all items, if they fit in memory."""
    scores_LN = situation.scored.without_each_LN
    if scores_LN is None:
        return situation.scored.of_subsets(situation.scored.each_removed())
    rows_of_parts = np.arange(len(scores_LN))
    return zip(np.split(rows_of_parts, rows_of_parts[ROWS::ROWS]), scores_LN.split(ROWS), strict=True)


def _values(situation: Situation, scores_BN: Tensor) -> np.ndarray:
    situation.check_finite(scores_BN)
    return values(situation, scores_BN).double().numpy()


@dataclass(frozen=True, eq=False)
class Standings:
    """Explained quantity, gap between the item's score and that of its k-th best rival, and rank of the item, [B]."""

    values_B: np.ndarray
    gaps_B: np.ndarray
    ranks_B: np.ndarray


def standings(situation: Situation, subsets: Sequence[np.ndarray], k: int) -> Standings:
    """Rescore the item and its gap to the k-th best rival; `subsets` as in `rescored`. Needs at least `k` rivals."""
    values_B, gaps_B, ranks_B = np.zeros(len(subsets)), np.zeros(len(subsets)), np.zeros(len(subsets), dtype=np.int64)
    others_M = torch.from_numpy(np.setdiff1d(np.flatnonzero(situation.ranked_N), [situation.item]))
    for rows, scores_BN in situation.scored.of_subsets(subsets):
        values_B[rows] = _values(situation, scores_BN)
        kth_B = scores_BN[:, others_M].topk(k, dim=1).values[:, -1]
        gaps_B[rows] = (scores_BN[:, situation.item] - kth_B).double().numpy()
        ranks_B[rows] = situation.ranks(scores_BN).numpy()
    return Standings(values_B, gaps_B, ranks_B)
