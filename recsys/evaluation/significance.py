"""Paired significance tests between models on the same users. No model, no disk access.

Two-sided sign-flip permutation test of the mean of paired differences (Fisher 1935, section 21), and Holm's correction
for several comparisons (Holm 1979, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6, 65-70).
The test covers the sampling of users, not the randomness of training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.evaluation.intervals import SEED, bootstrap

ALPHA = 0.05
EXACT = 12  # up to this many users, all 2 ** n sign patterns are counted
DRAWS, FEW_DRAWS, WORK = 10_000, 1_000, 200_000_000  # random patterns: at most, at least, and draws * users at most
CELLS = 4_000_000  # signs drawn at a time: bounds memory
TOLERANCE = 1e-9  # relative: sums of the same numbers in another order count as equal


@dataclass(frozen=True)
class PairedDifference:
    """Mean difference between a model and a rival, 95 % bootstrap interval, two-sided p raw and after Holm."""

    mean: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def is_significant(self) -> bool:
        return self.p_holm <= ALPHA


def compare(
    values: np.ndarray, rivals: Mapping[str, np.ndarray], users: np.ndarray | None = None
) -> dict[str, PairedDifference]:
    """Compare `values` [num_targets] with those of each rival for the same targets; higher is better.

    `users` [num_targets] groups the targets, which are drawn and flipped together; None means one per user.
    """
    differences = {}
    for name, rival_values in rivals.items():
        change = values - rival_values
        p = sign_flip_p(change if users is None else _sums(change, users))
        differences[name] = PairedDifference(float(change.mean()), *bootstrap(change, users=users), p, p)
    return corrected(differences)


def corrected(differences: Mapping[str, PairedDifference]) -> dict[str, PairedDifference]:
    """Apply Holm's correction: the same differences with adjusted `p_holm`."""
    adjusted = holm([difference.p for difference in differences.values()])
    return {
        name: replace(difference, p_holm=p) for (name, difference), p in zip(differences.items(), adjusted, strict=True)
    }


def sign_flip_p(differences: np.ndarray, seed: int = SEED) -> float:
    """Compute the two-sided p-value of the mean of `differences` [num_users], by flipping their signs.

    Exact for up to EXACT users with a nonzero difference. Beyond, (hits + 1) / (draws + 1) over random sign patterns.
    """
    changed = differences[differences != 0]  # flipping a zero changes nothing
    if not len(changed):
        return 1.0
    threshold = abs(changed.sum()) - TOLERANCE * np.abs(changed).sum()
    if len(changed) <= EXACT:
        patterns = np.arange(2 ** len(changed))[:, None] >> np.arange(len(changed)) & 1
        return float(np.mean(np.abs((2.0 * patterns - 1) @ changed) >= threshold))
    draws = min(DRAWS, max(FEW_DRAWS, WORK // len(changed)))
    rng, hits = np.random.default_rng(seed), 0
    for first in range(0, draws, rows := max(1, CELLS // len(changed))):
        shape = (min(rows, draws - first), len(changed))
        negative = rng.integers(0, 2, shape, dtype=np.int8)  # sum of flipped = sum - 2 * sum of the negatives
        sums = changed.sum() - 2 * (negative.astype(np.float64) @ changed)
        hits += int((np.abs(sums) >= threshold).sum())
    return (hits + 1) / (draws + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Compute Holm's step-down adjusted p-values.

    The k-th smallest of m is multiplied by (m - k + 1), made nondecreasing and capped at 1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted.tolist()


def _sums(values: np.ndarray, users: np.ndarray) -> np.ndarray:
    """Sum the values of each user, [num_users]."""
    _, user_codes = np.unique(users, return_inverse=True)
    return np.bincount(user_codes, values)
