"""Re-ranking by popularity: a list of less popular items, at a price in relevance.

The items of the pool are sorted by

    (1 - strength) * relevance - strength * popularity,

a linear trade-off as in Abdollahpouri, Burke & Mobasher (2019), arXiv:1901.07555, with the logarithm of an item's
popularity as the penalty in place of their two classes of popular and long-tail items. Relevance is the model's score, and
popularity log(1 + training events); both are scaled to 0 to 1 within the pool. The pool is the first `POOL` items of the
plain list (diversity.py); other items never enter. With strength 0 the list is the plain one; with strength 1 it holds the
least popular items of the pool, so that its mean popularity is never above that of the plain list.

Shapes: P items in the pool, N = num_items + 1. Pure: no model, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.recommend.topk import Recommendation


def penalised(scores_P: np.ndarray, counts_P: np.ndarray, strength: float) -> np.ndarray:
    """Scaled relevance less scaled popularity of each item of a pool, [P] float64; also for rows of pools, [U, P].

    A score of minus infinity is no item and stays so. `counts_P` are the items' training events.

    >>> penalised(np.array([3.0, 2.0, 1.0]), np.array([99, 9, 0]), strength=0.5)
    array([0., 0., 0.])
    """
    assert 0 <= strength <= 1
    is_item_P = np.isfinite(scores_P)
    relevance_P = _scaled(scores_P.astype(np.float64), is_item_P)
    popularity_P = _scaled(np.log1p(counts_P), is_item_P)
    return np.where(is_item_P, (1 - strength) * relevance_P - strength * popularity_P, -np.inf)


def _scaled(values_P: np.ndarray, is_item_P: np.ndarray) -> np.ndarray:
    """Values scaled to 0 to 1 within each pool; 0 where all of its items have the same."""
    low = np.min(values_P, axis=-1, keepdims=True, where=is_item_P, initial=np.inf)
    high = np.max(values_P, axis=-1, keepdims=True, where=is_item_P, initial=-np.inf)
    is_spread = high > low
    scaled_P = (np.where(is_item_P, values_P, 0.0) - np.where(is_spread, low, 0.0)) / np.where(
        is_spread, high - low, 1.0
    )
    return np.where(is_item_P & is_spread, scaled_P, 0.0)


def less_popular(
    pool: Sequence[Recommendation], item_counts_N: np.ndarray, strength: float
) -> tuple[list[Recommendation], np.ndarray]:
    """(the whole `pool` in its new order, its `penalised` relevance [P]); ties keep the plain order.

    `pool` is a plain list, best first. `score` stays the model's score, `rank` counts anew.
    """
    items = [item.item for item in pool]
    values_P = penalised(np.array([item.score for item in pool]), item_counts_N[items], strength)
    order = np.argsort(-values_P, kind="stable")
    ranked = [Recommendation(pool[at].item, pool[at].score, rank) for rank, at in enumerate(order, start=1)]
    return ranked, values_P[order]
