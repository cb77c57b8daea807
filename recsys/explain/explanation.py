"""What every method of explanation answers. Values are in units of the explained quantity (quantity.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class EventContribution:
    """What one past event did. `position` is its place in the full history, 0 = oldest.

    `rank_without` is the rank of the item once the event is removed, where the method removes events.
    """

    item: int
    position: int
    value: float
    rank_without: int | None = None


@dataclass(frozen=True)
class FeatureContribution:
    """What one input that is no event did: a field of a pair model by its key (models/fields.py), or all that a sequence
    model knows of the user, by the names of its columns."""

    feature: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """`value` is the explained quantity for the intact history, `score` and `rank` what `recommend` shows.

    `baseline` is the quantity with nothing known: an empty history where events are removed, zero embeddings
    where gradients are integrated, no known user and an average item for a pair model; None where the method
    has none. `features` stands beside events: what all that a sequence model knows of the user did together, as one
    part named after its columns; empty for a model that reads events alone. `attention` is layers x heads x positions
    and `rollout` positions, over the same events as `contributions`; what is missing to 1 went to the user's features.
    `completeness_gap` is |sum - (value - baseline)| / max(|value - baseline|, 0.01), the sum being that of
    `contributions` and `features`, None where the method does not add up; `steps` is how many points of the path
    were looked at. `is_seen`: the history holds the item and seen items are masked, so `rank` is what it would be if it
    were unseen.
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
