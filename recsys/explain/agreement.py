"""How far two explanations of the same suggestion agree about the past events."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from recsys.explain.attribution import integrated_gradients, integrated_gradients_mean
from recsys.explain.explanation import EventContribution, Explanation
from recsys.explain.situation import Situation

FEWEST = 3  # events: two are in the same order or in the other by chance


def agreement(one: Explanation, other: Explanation) -> float | None:
    """Spearman's rank correlation over the events, from -1 to 1; None for fewer than FEWEST events, or where one
    explanation tells none of them apart."""
    pairs = zip(_events(one), _events(other), strict=True)
    assert all(a.position == b.position for a, b in pairs), "explanations of one suggestion have the same events"
    values = [np.array([event.value for event in _events(shown)]) for shown in (one, other)]
    if len(values[0]) < FEWEST or any(np.ptp(value) == 0 for value in values):
        return None
    return float(spearmanr(*values).statistic)


def agreement_of_baselines(situation: Situation) -> float | None:
    """Of integrated gradients from nothing and from the average item."""
    return agreement(integrated_gradients(situation), integrated_gradients_mean(situation))


def _events(shown: Explanation) -> list[EventContribution]:
    return [part for part in shown.contributions if isinstance(part, EventContribution)]
