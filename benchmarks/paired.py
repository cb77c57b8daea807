"""Paired comparison of two models over the same users: mean difference, interval and p-value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.significance import sign_flip_p


def paired(users: np.ndarray, gains: np.ndarray) -> dict[str, Any]:
    """Summarise `gains` [num_targets], by how much each target is better; the mean per user counts once.

    Gives the 95 % bootstrap interval of the mean, and two-sided p by sign flips (significance.py).
    """
    by_user = pd.Series(gains).groupby(users).mean().to_numpy()
    low, high = bootstrap(by_user)
    p = sign_flip_p(by_user)
    return {"users": len(by_user), "mean": float(by_user.mean()), "low": low, "high": high, "p": p}
