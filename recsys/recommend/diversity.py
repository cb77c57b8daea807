"""Less of the same: a list in which each item also counts for being unlike those before it.

Maximal marginal relevance (Carbonell & Goldstein 1998, SIGIR): the next item is the one with the largest

    trade_off * relevance - (1 - trade_off) * its largest likeness to an item already taken.

Likeness is the cosine of the model's item vectors, -1 to 1. Scores have another scale with every model, so
relevance is the score brought to 0 to 1 within the pool: 1 for its first item, 0 for its last. An item outside
the pool, the first `POOL` of the plain list, never enters: what is hardly relevant must not win by being odd.
The first item is always the plain list's first, and with `trade_off` 1 the list is the plain one.

Shapes: P items in the pool, N = num_items + 1, D numbers that describe an item. Pure: no model, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.recommend.topk import Recommendation

POOL = 100


def diversify(
    pool: Sequence[Recommendation], unit_vectors_ND: np.ndarray, k: int, trade_off: float
) -> list[Recommendation]:
    """The `k` of `pool` (a plain list, best first) that maximal marginal relevance takes; `score` stays the model's own.

    `unit_vectors_ND` are item vectors of length 1; `trade_off` is the paper's lambda, 0 to 1.
    """
    assert 0 <= trade_off <= 1
    if not pool:
        return []
    relevance_P = _relevance(np.array([item.score for item in pool], dtype=np.float64))
    vectors_PD = unit_vectors_ND[[item.item for item in pool]]
    free_P = np.ones(len(pool), dtype=bool)
    nearest_P = np.zeros(len(pool))  # nothing is taken yet: nothing to be like
    chosen: list[Recommendation] = []
    while len(chosen) < min(k, len(pool)):
        gain_P = trade_off * relevance_P - (1 - trade_off) * nearest_P
        best = int(np.argmax(np.where(free_P, gain_P, -np.inf)))  # ties to the better plain rank
        likeness_P = vectors_PD @ vectors_PD[best]
        nearest_P = np.maximum(nearest_P, likeness_P) if chosen else likeness_P
        free_P[best] = False
        chosen.append(Recommendation(pool[best].item, pool[best].score, len(chosen) + 1))
    return chosen


def _relevance(scores_P: np.ndarray) -> np.ndarray:
    span = scores_P[0] - scores_P[-1]
    return (scores_P - scores_P[-1]) / span if span > 0 else np.ones_like(scores_P)


def mean_similarity(items: Sequence[int], unit_vectors_ND: np.ndarray) -> float | None:
    """The mean cosine over all pairs of a list, -1 to 1 (intra-list similarity, Ziegler et al. 2005); None below two."""
    if len(items) < 2:
        return None
    vectors_KD = unit_vectors_ND[list(items)]
    above = np.triu_indices(len(items), k=1)
    return float((vectors_KD @ vectors_KD.T)[above].mean())
