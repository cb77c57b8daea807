"""Is one model better than another for the same users? One number a user, its interval and a test of chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.significance import sign_flip_p


def paired(users: np.ndarray, more: np.ndarray) -> dict[str, Any]:
    """`more` [num_targets]: by how much each target is better; the mean of each user counts once.

    The 95 % bootstrap interval of the mean, and p two-sided by sign flips (significance.py).
    """
    by_user = pd.Series(more).groupby(users).mean().to_numpy()
    low, high = bootstrap(by_user)
    p = sign_flip_p(by_user)
    return {"users": len(by_user), "mean": float(by_user.mean()), "low": low, "high": high, "p": p}
