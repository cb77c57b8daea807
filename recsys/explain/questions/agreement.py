"""How far two explanations of the same recommendation agree."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from recsys.explain.explanation import EventContribution, Explanation

FEWEST = 3  # parts: two are in the same order or in the other by chance


def agreement(first: Explanation, other: Explanation) -> float | None:
    """Spearman's rank correlation over the past events, as `rank_correlation`."""
    pairs = zip(_events(first), _events(other), strict=True)
    assert all(a.position == b.position for a, b in pairs), "explanations of one recommendation have the same events"
    return rank_correlation(*(np.array([event.value for event in _events(shown)]) for shown in (first, other)))


def rank_correlation(one_P: np.ndarray, other_P: np.ndarray) -> float | None:
    """Spearman's, from -1 to 1; None for fewer than FEWEST parts, or where either tells none of them apart."""
    if len(one_P) < FEWEST or np.ptp(one_P) == 0 or np.ptp(other_P) == 0:
        return None
    return float(spearmanr(one_P, other_P).statistic)


def _events(shown: Explanation) -> list[EventContribution]:
    return [part for part in shown.contributions if isinstance(part, EventContribution)]
