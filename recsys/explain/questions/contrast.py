"""Contrastive explanations of pair models: the difference of two explanations.

Models that score all items at once explain the score difference directly (quantity.py).
"""

from __future__ import annotations

from dataclasses import replace

from recsys.explain.explanation import Explanation, FeatureContribution, completeness_gap
from recsys.explain.quantity import explained_quantity
from recsys.explain.situation import Situation


def both(situation: Situation) -> tuple[Situation, Situation]:
    """Split a contrastive situation into one of the item and one of the other item."""
    assert situation.against is not None
    first = replace(situation, against=None)
    return first, replace(first, item=situation.against)


def difference(situation: Situation, first: Explanation, other: Explanation) -> Explanation:
    """Subtract the contributions of the other item, field by field; they add up if those of both items do."""
    parts = list(zip(first.contributions, other.contributions, strict=True))
    contributions = []
    for part, other_part in parts:
        assert isinstance(part, FeatureContribution) and isinstance(other_part, FeatureContribution)
        contributions.append(FeatureContribution(part.feature, part.value - other_part.value))
    value, gap = first.value - other.value, None
    baseline = None if first.baseline is None or other.baseline is None else first.baseline - other.baseline
    if first.completeness_gap is not None and baseline is not None:
        gap = completeness_gap(sum(field.value for field in contributions), value, baseline)
    return replace(
        first,
        quantity=explained_quantity(situation).name,
        value=value,
        baseline=baseline,
        contributions=contributions,
        completeness_gap=gap,
    )
