"""Explanations of recommendations: removal, attribution, attention and sentences.

`explain` is the entry point, `METHODS` the registry of methods.
"""

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
