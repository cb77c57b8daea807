"""Rescore a recommendation with subsets of its history, for explanations by removal, order or subset.

Removed events leave no gap. The candidates stay those of the full history. Shapes: base.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.explain.quantity import values
from recsys.explain.situation import Situation

ROWS = 32  # histories scored at a time; few, to fit in the CPU cache
KEPT = 16_000_000  # most numbers of leave-one-out scores kept for other items
CELLS = 8_000_000  # numbers in the largest tensor of a batch: bounds memory, not results


@dataclass(frozen=True, eq=False)
class Rescored:
    """Explained quantity (float64) and rank of the item for each rescored history, [B]."""

    values_B: np.ndarray
    ranks_B: np.ndarray


def rescored(situation: Situation, subsets: Sequence[np.ndarray], users: Sequence[int] | None = None) -> Rescored:
    """Rescore the item for subsets of the history.

    Each subset lists positions in the full history in ascending order. `users` replaces the user of each subset.
    """
    return _rescored_from(situation, len(subsets), _scores(situation, subsets, users))


def rescored_without_each(situation: Situation) -> Rescored:
    """Rescore the item without each event of the window, from `Situation.removals` if available."""
    subsets = without_each(situation)
    if situation.removals is None:
        return rescored(situation, subsets)
    parts = np.array_split(np.arange(len(subsets)), -(-len(subsets) // ROWS) or 1)
    return _rescored_from(
        situation, len(subsets), ((rows, situation.removals[torch.from_numpy(rows)]) for rows in parts)
    )


def _rescored_from(situation: Situation, count: int, score_batches: Iterable[tuple[np.ndarray, Tensor]]) -> Rescored:
    values_B, ranks_B = np.zeros(count), np.zeros(count, dtype=np.int64)
    for rows, scores_BN in score_batches:
        situation.check_finite(scores_BN)
        values_B[rows] = values(situation, scores_BN).double().numpy()
        ranks_B[rows] = situation.ranks(scores_BN).numpy()
    return Rescored(values_B, ranks_B)


def removal_scores(situation: Situation) -> Tensor | None:
    """Compute all scores without each event of the window, [events of the window, N].

    They can be reused for every explained item of this history (`Situation.removals`). None above KEPT numbers.
    """
    if situation.num_window * (situation.model.num_items + 1) > KEPT:
        return None
    scores_LN = situation.scores_1N.new_zeros(situation.num_window, situation.model.num_items + 1)
    for rows, scores_BN in _scores(situation, without_each(situation)):
        scores_LN[torch.from_numpy(rows)] = scores_BN
    return scores_LN


@dataclass(frozen=True, eq=False)
class Standings:
    """As `Rescored`, with the gap between the item's score and that of its k-th best rival, [B]."""

    values_B: np.ndarray
    gaps_B: np.ndarray
    ranks_B: np.ndarray


def standings(situation: Situation, subsets: Sequence[np.ndarray], k: int) -> Standings:
    """Rescore the item and its gap to the k-th best rival; `subsets` as in `rescored`. Needs at least `k` rivals."""
    values_B, gaps_B, ranks_B = np.zeros(len(subsets)), np.zeros(len(subsets)), np.zeros(len(subsets), dtype=np.int64)
    others_M = torch.from_numpy(np.setdiff1d(np.flatnonzero(situation.allowed_N), [situation.item]))
    for rows, scores_BN in _scores(situation, subsets):
        situation.check_finite(scores_BN)
        values_B[rows] = values(situation, scores_BN).double().numpy()
        kth_B = scores_BN[:, others_M].topk(k, dim=1).values[:, -1]
        gaps_B[rows] = (scores_BN[:, situation.item] - kth_B).double().numpy()
        ranks_B[rows] = situation.ranks(scores_BN).numpy()
    return Standings(values_B, gaps_B, ranks_B)


def without_each(situation: Situation) -> list[np.ndarray]:
    """List the remaining positions without each event of the window; the event before the window moves in."""
    start = max(0, situation.positions.start - 1)
    return [np.delete(np.arange(start, len(situation.history)), position - start) for position in situation.positions]


def _scores(
    situation: Situation, subsets: Sequence[np.ndarray], users: Sequence[int] | None = None
) -> Iterator[tuple[np.ndarray, Tensor]]:
    """Yield (rows of `subsets`, scores_BN), shortest histories first to reduce padding."""
    model, history, ratings = situation.model, situation.history, situation.ratings
    row_size = max(model.num_items + 1, situation.num_window**2)
    size = max(1, min(ROWS, CELLS // row_size))
    users = [situation.user] * len(subsets) if users is None else users
    by_length = np.argsort([len(positions) for positions in subsets], kind="stable")
    for start in range(0, len(subsets), size):
        rows = by_length[start : start + size]
        kept_ratings = None if ratings is None else [ratings[subsets[row]] for row in rows]
        yield rows, model.scores([history[subsets[row]] for row in rows], [users[row] for row in rows], kept_ratings)
