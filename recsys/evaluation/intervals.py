"""How far a mean over users could lie by the draw of users alone.

Percentile bootstrap (Efron & Tibshirani 1993, ch. 13) over users, and a paired one for the difference of two
models on the same users. A seed makes them repeatable; the randomness of training is not in them. Where a user is
asked for several targets these are drawn together (cluster bootstrap, Davison & Hinkley 1997, section 3.8): they share
the user's taste, and taken one by one the interval would be too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from recsys.evaluation.metrics import CUT_OFFS, per_user

DRAWS = 1000
SEED = 20_240_501
FEW_DRAWS, WORK = 200, 200_000_000  # of an AUC over very many events: draws at least, and draws * events at most


def bootstrap(
    values: np.ndarray,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
    users: np.ndarray | None = None,
) -> tuple[float, float]:
    """The interval of the mean of `values` [num_targets] at `level`; `users` says whose each is, None: one a user."""
    low, high = _interval(values[:, None], level, draws, seed, users)
    return float(low[0]), float(high[0])


def intervals(
    ranks: np.ndarray, cut_offs: Sequence[int] = CUT_OFFS, level: float = 0.95, users: np.ndarray | None = None
) -> dict[str, tuple[float, float]]:
    """`{"ndcg@10": (low, high), …}` over users, the same draws of users for every metric; `users` as in `bootstrap`."""
    columns = per_user(ranks, cut_offs)
    low, high = _interval(np.stack(list(columns.values()), axis=1), level, DRAWS, SEED, users)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(columns)}


def _interval(
    values: np.ndarray, level: float, draws: int, seed: int, users: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.ones(len(values))
    if users is not None:
        _, user_codes = np.unique(users, return_inverse=True)
        values = np.stack([np.bincount(user_codes, column) for column in values.T], axis=1)  # sums by user
        sizes = np.bincount(user_codes).astype(np.float64)
    drawn = _resamples(len(values), draws, seed)
    resampled = np.stack([counts @ values / (counts @ sizes) for counts in drawn])
    tail = (1 - level) / 2
    return np.quantile(resampled, tail, axis=0), np.quantile(resampled, 1 - tail, axis=0)


def _resamples(num: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    """[num] int64 how often each user is drawn, `draws` times over."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(rng.integers(0, num, num), minlength=num)


def bootstrap_auc(
    users: np.ndarray,
    labels: np.ndarray,
    scores: np.ndarray,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> tuple[float, float] | None:
    """The interval of the AUC over all events (labels.py); draws that hold one label only are passed over.

    Beyond WORK / draws events there are fewer draws, FEW_DRAWS at least. None where no draw holds both labels.
    """
    draws = min(draws, max(FEW_DRAWS, WORK // len(labels)))
    order = np.argsort(scores, kind="stable")
    _, whose = np.unique(users, return_inverse=True)
    whose, yes, value = whose[order], labels[order], scores[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(value) != 0]))  # of events with the same score
    areas = []
    for counts in _resamples(int(whose.max()) + 1, draws, seed):
        weight = counts[whose].astype(np.float64)
        ups = np.add.reduceat(weight * yes, starts)
        downs = np.add.reduceat(weight * ~yes, starts)
        pairs = ups.sum() * downs.sum()
        if pairs:
            areas.append(ups @ (downs.cumsum() - downs / 2) / pairs)
    tail = (1 - level) / 2
    return (float(np.quantile(areas, tail)), float(np.quantile(areas, 1 - tail))) if areas else None
