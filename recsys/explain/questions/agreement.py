"""Rank correlation between two explanations of the same recommendation."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from recsys.explain.explanation import EventContribution, Explanation

FEWEST = 3  # parts: the order of two can agree by chance


def agreement(first: Explanation, other: Explanation) -> float | None:
    """Compute Spearman's rank correlation over the contributions of past events; None as in `rank_correlation`."""
    pairs = zip(_events(first), _events(other), strict=True)
    assert all(a.position == b.position for a, b in pairs), "explanations of one recommendation have the same events"
    return rank_correlation(
        *(np.array([event.value for event in _events(explanation)]) for explanation in (first, other))
    )


def rank_correlation(first_P: np.ndarray, other_P: np.ndarray) -> float | None:
    """Compute Spearman's rank correlation, -1 to 1; None for fewer than FEWEST parts or constant contributions."""
    if len(first_P) < FEWEST or np.ptp(first_P) == 0 or np.ptp(other_P) == 0:
        return None
    return float(spearmanr(first_P, other_P).statistic)


def _events(explanation: Explanation) -> list[EventContribution]:
    return [part for part in explanation.contributions if isinstance(part, EventContribution)]
