"""The model asked again with some of the past: what every explanation by removal, order or subset rests on.

A history with fewer events is one in which the others never happened: the rest closes up. The candidates stay as they
were with the whole history. Shapes: base.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from recsys.explain.quantity import values
from recsys.explain.situation import Situation

ROWS = 32  # histories scored at a time; few, so that they stay in the processor's cache
CELLS = 8_000_000  # numbers of the widest table of a batch: bounds memory, not results


@dataclass(frozen=True, eq=False)
class Rescored:
    """For each history asked about [B]: the explained quantity (float64) and the item's rank."""

    values_B: np.ndarray
    ranks_B: np.ndarray


def rescored(situation: Situation, kept: Sequence[np.ndarray], users: Sequence[int] | None = None) -> Rescored:
    """`kept` holds, for each history to ask about, the positions of the full history that it has, in their order;
    `users` who asks, where that is another one."""
    values_B, ranks_B = np.zeros(len(kept)), np.zeros(len(kept), dtype=np.int64)
    for rows, scores_BN in _scores(situation, kept, users or [situation.user] * len(kept)):
        values_B[rows] = values(situation, scores_BN).double().numpy()
        ranks_B[rows] = situation.ranks(scores_BN).numpy()
    return Rescored(values_B, ranks_B)


def without_each(situation: Situation) -> list[np.ndarray]:
    """For each event of the window, the positions of the others; the event before the window comes in."""
    start = max(0, situation.positions.start - 1)
    return [np.delete(np.arange(start, len(situation.history)), place - start) for place in situation.positions]


def _scores(
    situation: Situation, kept: Sequence[np.ndarray], users: Sequence[int]
) -> Iterator[tuple[np.ndarray, Tensor]]:
    """(rows of `kept`, scores_BN), the shortest histories first: those of a batch are padded to its longest."""
    model, history, ratings = situation.model, situation.history, situation.ratings
    widest = max(model.num_items + 1, situation.num_window**2)
    size = max(1, min(ROWS, CELLS // widest))
    by_length = np.argsort([len(positions) for positions in kept], kind="stable")
    for start in range(0, len(kept), size):
        rows = by_length[start : start + size]
        rated = None if ratings is None else [ratings[kept[row]] for row in rows]
        yield rows, model.scores([history[kept[row]] for row in rows], [users[row] for row in rows], rated)
