"""Results of explanation methods. Values are in units of the explained quantity (quantity.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class EventContribution:
    """Contribution of one past event. `position` is its index in the full history, 0 = oldest.

    `rank_without` is the rank of the item after removing the event, for methods that remove events.
    """

    item: int
    position: int
    value: float
    rank_without: int | None = None


@dataclass(frozen=True)
class FeatureContribution:
    """Contribution of an input that is not an event.

    `feature` is a field key of a pair model (models/inputs/fields.py), or the column names of all user features that a
    sequence model reads.
    """

    feature: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """Explanation of one recommendation.

    `value` is the explained quantity for the full history; `score` and `rank` are those that `recommend` shows.
    `baseline` is the quantity at the reference input: an empty history for removal, zero embeddings for integrated
    gradients, an unknown user and an average item for a pair model; None if the method has none.

    `features` has the joint contribution of all user features of a sequence model, next to its events; empty for a
    model that reads only events. `attention` is layers x heads x positions and `rollout` positions, over the same
    events as `contributions`; the rest up to 1 is the weight of the user features.

    `completeness_gap` is |sum - (value - baseline)| / max(|value - baseline|, 0.01) with the sum of `contributions` and
    `features`; None if they are not meant to add up. `steps` is the number of evaluated points of the path. `is_seen`:
    the item is in the history and masked, so `rank` is its rank if it were unseen.
    """

    method: str
    quantity: str
    value: float
    score: float
    rank: int
    baseline: float | None
    contributions: Sequence[EventContribution] | Sequence[FeatureContribution]
    features: Sequence[FeatureContribution] = ()
    attention: list[list[list[float]]] | None = None
    rollout: list[float] | None = None
    completeness_gap: float | None = None
    steps: int | None = None
    is_seen: bool = False


def completeness_gap(total: float, value: float, baseline: float) -> float:
    return abs(total - (value - baseline)) / max(abs(value - baseline), 0.01)
