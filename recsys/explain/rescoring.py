"""The model asked again with some of the past: what every explanation by removal, order or subset rests on.

A history with fewer events is one in which the others never happened: the rest closes up. The candidates stay as they
were with the whole history. Shapes: base.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.explain.quantity import values
from recsys.explain.situation import Situation

ROWS = 32  # histories scored at a time; few, so that they stay in the processor's cache
KEPT = 16_000_000  # numbers of removals that are kept for other items
CELLS = 8_000_000  # numbers of the widest table of a batch: bounds memory, not results


@dataclass(frozen=True, eq=False)
class Rescored:
    """For each history asked about [B]: the explained quantity (float64) and the item's rank."""

    values_B: np.ndarray
    ranks_B: np.ndarray


def rescored(situation: Situation, kept: Sequence[np.ndarray], users: Sequence[int] | None = None) -> Rescored:
    """`kept` holds, for each history to ask about, the positions of the full history that it has, in their order;
    `users` who asks each time, where that is somebody else."""
    return _judged(situation, len(kept), _scores(situation, kept, users))


def rescored_without_each(situation: Situation) -> Rescored:
    """As `rescored` for each event of the window removed, from `removals` where they are known."""
    kept = without_each(situation)
    if situation.removals is None:
        return rescored(situation, kept)
    parts = np.array_split(np.arange(len(kept)), -(-len(kept) // ROWS) or 1)
    return _judged(situation, len(kept), ((rows, situation.removals[torch.from_numpy(rows)]) for rows in parts))


def _judged(situation: Situation, count: int, scored: Iterable[tuple[np.ndarray, Tensor]]) -> Rescored:
    values_B, ranks_B = np.zeros(count), np.zeros(count, dtype=np.int64)
    for rows, scores_BN in scored:
        situation.check_finite(scores_BN)
        values_B[rows] = values(situation, scores_BN).double().numpy()
        ranks_B[rows] = situation.ranks(scores_BN).numpy()
    return Rescored(values_B, ranks_B)


def removal_scores(situation: Situation) -> Tensor | None:
    """[events of the window, N]: the scores without each event; they serve every item that is asked about for this
    history (`Situation.removals`). None where they would be more than KEPT numbers."""
    if situation.num_window * (situation.model.num_items + 1) > KEPT:
        return None
    scores_LN = situation.scores_1N.new_zeros(situation.num_window, situation.model.num_items + 1)
    for rows, scores_BN in _scores(situation, without_each(situation)):
        scores_LN[torch.from_numpy(rows)] = scores_BN
    return scores_LN


@dataclass(frozen=True, eq=False)
class Standings:
    """For each history asked about [B]: besides, how far the item's score is above that of the k-th best other one."""

    values_B: np.ndarray
    gaps_B: np.ndarray
    ranks_B: np.ndarray


def standings(situation: Situation, kept: Sequence[np.ndarray], k: int) -> Standings:
    """`kept` as for `rescored`; there are at least `k` other candidates."""
    values_B, gaps_B, ranks_B = np.zeros(len(kept)), np.zeros(len(kept)), np.zeros(len(kept), dtype=np.int64)
    others_M = torch.from_numpy(np.setdiff1d(np.flatnonzero(situation.allowed_N), [situation.item]))
    for rows, scores_BN in _scores(situation, kept):
        values_B[rows] = values(situation, scores_BN).double().numpy()
        kth_B = scores_BN[:, others_M].topk(k, dim=1).values[:, -1]
        gaps_B[rows] = (scores_BN[:, situation.item] - kth_B).double().numpy()
        ranks_B[rows] = situation.ranks(scores_BN).numpy()
    return Standings(values_B, gaps_B, ranks_B)


def without_each(situation: Situation) -> list[np.ndarray]:
    """For each event of the window, the positions of the others; the event before the window comes in."""
    start = max(0, situation.positions.start - 1)
    return [np.delete(np.arange(start, len(situation.history)), position - start) for position in situation.positions]


def _scores(
    situation: Situation, kept: Sequence[np.ndarray], users: Sequence[int] | None = None
) -> Iterator[tuple[np.ndarray, Tensor]]:
    """(rows of `kept`, scores_BN), the shortest histories first: those of a batch are padded to its longest."""
    model, history, ratings = situation.model, situation.history, situation.ratings
    widest = max(model.num_items + 1, situation.num_window**2)
    size = max(1, min(ROWS, CELLS // widest))
    users = [situation.user] * len(kept) if users is None else users
    by_length = np.argsort([len(positions) for positions in kept], kind="stable")
    for start in range(0, len(kept), size):
        rows = by_length[start : start + size]
        rated = None if ratings is None else [ratings[kept[row]] for row in rows]
        yield rows, model.scores([history[kept[row]] for row in rows], [users[row] for row in rows], rated)
