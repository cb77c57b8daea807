"""How far a mean over users could lie by the draw of users alone.

Percentile bootstrap (Efron & Tibshirani 1993, ch. 13) over users, and a paired one for the difference of two
models on the same users. A seed makes them repeatable; the randomness of training is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.evaluation.metrics import CUT_OFFS, per_user

DRAWS = 1000
SEED = 20_240_501


def bootstrap(values: np.ndarray, level: float = 0.95, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
    """The interval of the mean of `values` [num_users] at `level`."""
    low, high = _interval(values[:, None], level, draws, seed)
    return float(low[0]), float(high[0])


def intervals(
    ranks: np.ndarray, cut_offs: Sequence[int] = CUT_OFFS, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """`{"ndcg@10": (low, high), …}` over users, the same draws of users for every metric."""
    columns = per_user(ranks, cut_offs)
    low, high = _interval(np.stack(list(columns.values()), axis=1), level, DRAWS, SEED)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(columns)}


def _interval(values: np.ndarray, level: float, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng, num = np.random.default_rng(seed), len(values)
    resampled = np.empty((draws, values.shape[1]))
    for draw in range(draws):
        counts = np.bincount(rng.integers(0, num, num), minlength=num)  # how often each user is drawn
        resampled[draw] = counts @ values / num
    tail = (1 - level) / 2
    return np.quantile(resampled, tail, axis=0), np.quantile(resampled, 1 - tail, axis=0)
