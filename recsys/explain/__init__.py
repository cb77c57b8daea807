"""Why this item: removal, attribution, attention and a sentence. `explain` is the door, `METHODS` the one list."""

from __future__ import annotations

from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution
from recsys.explain.methods.registry import METHODS, explain, methods_for
from recsys.explain.situation import Situation

__all__ = [
    "METHODS",
    "EventContribution",
    "Explanation",
    "FeatureContribution",
    "Situation",
    "explain",
    "methods_for",
]
