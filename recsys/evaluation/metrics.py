"""Metrics at a cut-off K from ranks, one held-out target a user. Pure numbers: no model, no disk.

With one target: HR@K (hit rate) is 1 where the target is among the first K; recall@K equals it; precision@K
= HR@K / K; NDCG@K = 1 / log2(rank + 1) within K (the ideal DCG is 1); MRR@K = 1 / rank within K (Järvelin &
Kekäläinen 2002 for NDCG). Rank counts from 1; a target that cannot be scored has rank MISS and counts 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MISS = np.iinfo(np.int32).max
NOT_ASKED = 0  # in a table of ranks: a user for whom there is no such target
CUT_OFFS = (5, 10, 20)
METRICS = ("hr", "precision", "recall", "ndcg", "mrr")


def per_user(ranks: np.ndarray, cut_offs: Sequence[int] = CUT_OFFS) -> dict[str, np.ndarray]:
    """`{"ndcg@10": [num_users] float64, …}` for ranks [num_users]."""
    values: dict[str, np.ndarray] = {}
    for k in cut_offs:
        hit = (ranks <= k).astype(np.float64)
        values[f"hr@{k}"] = hit
        values[f"precision@{k}"] = hit / k
        values[f"recall@{k}"] = hit
        values[f"ndcg@{k}"] = hit / np.log2(ranks + 1.0)
        values[f"mrr@{k}"] = hit / ranks
    return values


def asked(ranks: np.ndarray) -> np.ndarray:
    """The ranks without the users who were not asked."""
    return ranks[ranks != NOT_ASKED]


def means(ranks: np.ndarray, cut_offs: Sequence[int] = CUT_OFFS) -> dict[str, float]:
    """The mean over users of each metric."""
    return {name: float(values.mean()) for name, values in per_user(ranks, cut_offs).items()}
