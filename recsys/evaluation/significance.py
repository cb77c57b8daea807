"""Is a difference between models on the same users more than chance? Pure numbers: no model, no disk.

Two-sided sign-flip permutation test of the mean of paired differences (Fisher 1935, section 21), and Holm's correction
for several comparisons (Holm 1979, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6, 65-70).
Chance here is the draw of users; the randomness of training is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.evaluation.intervals import SEED, bootstrap

ALPHA = 0.05
EXACT = 12  # users up to which all 2 ** n sign patterns are counted
DRAWS, FEW_DRAWS, WORK = 10_000, 1_000, 200_000_000  # random patterns: at most, at least, and draws * users at most
CELLS = 4_000_000  # signs held at a time
TOLERANCE = 1e-9  # relative: sums of the same numbers in another order are equal


@dataclass(frozen=True)
class PairedDifference:
    """Mean of a model less that of a rival, its 95 % bootstrap interval, and two-sided p raw and after Holm."""

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

    `users` [num_targets] says whose target each is, None: one per user. A user's targets are drawn and flipped together.
    """
    found = {}
    for name, other in rivals.items():
        change = values - other
        p = sign_flip_p(change if users is None else _sums(change, users))
        found[name] = PairedDifference(float(change.mean()), *bootstrap(change, users=users), p, p)
    return corrected(found)


def corrected(differences: Mapping[str, PairedDifference]) -> dict[str, PairedDifference]:
    """The same differences with `p_holm` corrected for their number."""
    adjusted = holm([difference.p for difference in differences.values()])
    return {
        name: replace(difference, p_holm=p) for (name, difference), p in zip(differences.items(), adjusted, strict=True)
    }


def sign_flip_p(differences: np.ndarray, seed: int = SEED) -> float:
    """Two-sided p that the mean of `differences` [num_users] is 0, each of them being as likely with the other sign.

    Exact for up to EXACT users with a difference; beyond, (hits + 1) / (draws + 1) over random patterns with this seed.
    """
    changed = differences[differences != 0]  # a zero is the same with either sign
    if not len(changed):
        return 1.0
    least = abs(changed.sum()) - TOLERANCE * np.abs(changed).sum()
    if len(changed) <= EXACT:
        patterns = np.arange(2 ** len(changed))[:, None] >> np.arange(len(changed)) & 1
        return float(np.mean(np.abs((2.0 * patterns - 1) @ changed) >= least))
    draws = min(DRAWS, max(FEW_DRAWS, WORK // len(changed)))
    rng, hits = np.random.default_rng(seed), 0
    for first in range(0, draws, rows := max(1, CELLS // len(changed))):
        shape = (min(rows, draws - first), len(changed))
        negative = rng.integers(0, 2, shape, dtype=np.int8)  # sum of flipped = sum - 2 * sum of the negatives
        sums = changed.sum() - 2 * (negative.astype(np.float64) @ changed)
        hits += int((np.abs(sums) >= least).sum())
    return (hits + 1) / (draws + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values: the k-th smallest of m times (m - k + 1), never below a smaller one's, at most 1."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted.tolist()


def _sums(values: np.ndarray, users: np.ndarray) -> np.ndarray:
    """[num_users] the sum of the values of each user."""
    _, place = np.unique(users, return_inverse=True)
    return np.bincount(place, values)
