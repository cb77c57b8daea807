"""Bootstrap confidence intervals of means over users.

Percentile bootstrap (Efron & Tibshirani 1993, ch. 13) over users. For the difference of two models, pass the paired
differences. The seed is fixed, and the randomness of training is not included. Several targets of a user are drawn
together (cluster bootstrap, Davison & Hinkley 1997, section 3.8): they share the user's taste, so drawing them one by
one would make the interval too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from recsys.evaluation.metrics import CUT_OFFS, per_user

DRAWS = 1000
SEED = 20_240_501
CELLS = 100_000  # counts at a time: they stay in the cache of the processor
FEW_DRAWS, WORK = 200, 200_000_000  # for the AUC: fewest draws, and most draws * events


def bootstrap(
    values: np.ndarray,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
    users: np.ndarray | None = None,
) -> tuple[float, float]:
    """Compute the interval of the mean of `values` [num_targets]. `users` groups targets; None means one per user."""
    low, high = _interval(values[:, None], level, draws, seed, users)
    return float(low[0]), float(high[0])


def bootstrap_columns(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the intervals of several means over the same users; `values` [num_users, num_columns].

    Returns the lower and the upper bounds [num_columns], each as `bootstrap` computes it for its column alone.
    """
    return _interval(values, 0.95, DRAWS, SEED, None)


def bootstrap_shares(weights: np.ndarray, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the intervals of the share of each column in the sum of `weights` [num_rows, num_columns].

    `users` [num_rows] groups rows, which are drawn together. Returns the lower and upper bounds [num_columns].
    """
    _, codes = np.unique(users, return_inverse=True)
    sums = np.stack([np.bincount(codes, column) for column in weights.T], axis=1)
    return bootstrap_ratios(sums, np.broadcast_to(sums.sum(1, keepdims=True), sums.shape))


def bootstrap_ratios(numerators: np.ndarray, denominators: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the intervals of the ratio of two sums over users, by column; both are [num_users, num_columns].

    Resamples whose denominator is 0 are skipped. Returns the lower and upper bounds [num_columns].
    """
    draws = [
        (counts.astype(np.float64) @ numerators, counts.astype(np.float64) @ denominators)
        for counts in _resamples(len(numerators), DRAWS, SEED)
    ]
    above, below = (np.concatenate(parts) for parts in zip(*draws, strict=True))
    ratios = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return np.nanquantile(ratios, 0.025, axis=0), np.nanquantile(ratios, 0.975, axis=0)


def intervals(
    ranks: np.ndarray, cut_offs: Sequence[int] = CUT_OFFS, level: float = 0.95, users: np.ndarray | None = None
) -> dict[str, tuple[float, float]]:
    """Compute `{"ndcg@10": (low, high), …}` with the same resamples for every metric; `users` as in `bootstrap`."""
    columns = per_user(ranks, cut_offs)
    low, high = _interval(np.stack(list(columns.values()), axis=1), level, DRAWS, SEED, users)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(columns)}


def _interval(
    values: np.ndarray, level: float, draws: int, seed: int, users: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.ones(len(values))
    if users is not None:
        _, user_codes = np.unique(users, return_inverse=True)
        values = np.stack([np.bincount(user_codes, column) for column in values.T], axis=1)  # sums per user
        sizes = np.bincount(user_codes).astype(np.float64)
    columns = np.column_stack([values, sizes])
    sums = np.concatenate([counts.astype(np.float64) @ columns for counts in _resamples(len(values), draws, seed)])
    resampled_means = sums[:, :-1] / sums[:, -1:]
    tail = (1 - level) / 2
    return np.quantile(resampled_means, tail, axis=0), np.quantile(resampled_means, 1 - tail, axis=0)


def _resamples(num: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Yield `draws` resamples in blocks: how often each of `num` users is drawn, [draws of the block, num] int64."""
    rng, rows = np.random.default_rng(seed), max(1, CELLS // num)
    for first in range(0, draws, rows):
        drawn = rng.integers(0, num, (min(rows, draws - first), num))
        places = drawn + np.arange(len(drawn))[:, None] * num  # each resample has counts of its own
        yield np.bincount(places.ravel(), minlength=drawn.size).reshape(drawn.shape)


def bootstrap_auc(
    users: np.ndarray,
    labels: np.ndarray,
    scores: np.ndarray,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> tuple[float, float] | None:
    """Compute the interval of the AUC over all events (labels.py), resampling users.

    Resamples with one label only are skipped; None if all are. With more than WORK / draws events, fewer resamples
    are drawn, but at least FEW_DRAWS.
    """
    draws = min(draws, max(FEW_DRAWS, WORK // len(labels)))
    order = np.argsort(scores, kind="stable")
    _, user_codes = np.unique(users, return_inverse=True)
    user_codes, is_positive, value = user_codes[order], labels[order], scores[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(value) != 0]))  # of runs of tied scores
    areas = []
    for counts in chain.from_iterable(_resamples(int(user_codes.max()) + 1, draws, seed)):
        weight = counts[user_codes].astype(np.float64)
        positives = np.add.reduceat(weight * is_positive, starts)
        negatives = np.add.reduceat(weight * ~is_positive, starts)
        pairs = positives.sum() * negatives.sum()
        if pairs:
            areas.append(positives @ (negatives.cumsum() - negatives / 2) / pairs)
    tail = (1 - level) / 2
    return (float(np.quantile(areas, tail)), float(np.quantile(areas, 1 - tail))) if areas else None
