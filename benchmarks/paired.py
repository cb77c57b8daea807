"""Is one model better than another for the same users? One number a user, its interval and a test of chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys.evaluation.intervals import bootstrap

DRAWS = 20_000


def paired(users: np.ndarray, more: np.ndarray) -> dict[str, Any]:
    """`more` [num_targets]: by how much each target is better; the mean of each user counts once.

    The 95 % bootstrap interval of the mean, and p two-sided by random change of sign (Fisher 1935).
    """
    by_user = pd.Series(more).groupby(users).mean().to_numpy()
    signs = np.random.default_rng(2).choice([-1.0, 1.0], (DRAWS, len(by_user)))
    low, high = bootstrap(by_user)
    as_large = int((np.abs(signs @ by_user) >= abs(by_user.sum()) - 1e-12).sum())
    return {"users": len(by_user), "mean": float(by_user.mean()), "low": low, "high": high,
            "p": (as_large + 1) / (DRAWS + 1)}  # fmt: skip
