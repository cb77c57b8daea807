"""Diversity re-ranking by maximal marginal relevance (MMR), after Carbonell & Goldstein (1998), SIGIR.

The next item of the list is the one with the largest

    trade_off * relevance - (1 - trade_off) * largest similarity to an item already chosen.

Similarity is the cosine of the model's item vectors, -1 to 1. Score scales differ between models, so relevance is the
score scaled to 0 to 1 within the pool: 1 for its first item, 0 for its last. The pool is the first `POOL` items of the
plain list; other items never enter, so that a dissimilar but hardly relevant item cannot win. The first item is always
that of the plain list. With `trade_off` 1 the list is the plain one.

Shapes: P items in the pool, N = num_items + 1, D numbers per item vector. Pure: no model, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.recommend.topk import Recommendation

POOL = 100


def diversify(
    pool: Sequence[Recommendation],
    unit_vectors_ND: np.ndarray,
    k: int,
    trade_off: float,
    relevance_P: np.ndarray | None = None,
) -> list[Recommendation]:
    """Choose `k` of `pool` (best first) by maximal marginal relevance; `score` stays the model's score.

    `unit_vectors_ND` are item vectors of length 1; `trade_off` is the paper's lambda, 0 to 1. `relevance_P` replaces the
    relevance by score where the pool was re-ranked (less_popular.py).
    """
    assert 0 <= trade_off <= 1
    if not pool:
        return []
    if relevance_P is None:
        relevance_P = _relevance(np.array([item.score for item in pool], dtype=np.float64))
    vectors_PD = unit_vectors_ND[[item.item for item in pool]]
    is_free_P = np.ones(len(pool), dtype=bool)
    max_similarity_P = np.zeros(len(pool))  # nothing is chosen yet
    chosen: list[Recommendation] = []
    while len(chosen) < min(k, len(pool)):
        gain_P = trade_off * relevance_P - (1 - trade_off) * max_similarity_P
        best = int(np.argmax(np.where(is_free_P, gain_P, -np.inf)))  # ties go to the better plain rank
        similarity_P = vectors_PD @ vectors_PD[best]
        max_similarity_P = np.maximum(max_similarity_P, similarity_P) if chosen else similarity_P
        is_free_P[best] = False
        chosen.append(Recommendation(pool[best].item, pool[best].score, len(chosen) + 1))
    return chosen


def _relevance(scores_P: np.ndarray) -> np.ndarray:
    span = scores_P[0] - scores_P[-1]
    return (scores_P - scores_P[-1]) / span if span > 0 else np.ones_like(scores_P)


def mean_similarity(items: Sequence[int], unit_vectors_ND: np.ndarray) -> float | None:
    """Mean cosine over all pairs of a list, -1 to 1 (intra-list similarity, Ziegler et al. 2005); None below two."""
    if len(items) < 2:
        return None
    vectors_KD = unit_vectors_ND[list(items)]
    above = np.triu_indices(len(items), k=1)
    return float((vectors_KD @ vectors_KD.T)[above].mean())
