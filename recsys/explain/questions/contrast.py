"""Why this item and not the other: one explanation less another, for models that know each pair by itself.

Models that score all items at once need none of this: they are asked about the difference of two scores (quantity.py).
"""

from __future__ import annotations

from dataclasses import replace

from recsys.explain.explanation import Explanation, FeatureContribution, completeness_gap
from recsys.explain.quantity import quantity_asked
from recsys.explain.situation import Situation


def both(situation: Situation) -> tuple[Situation, Situation]:
    """(why the item, why the other), each asked by itself."""
    assert situation.against is not None
    one = replace(situation, against=None)
    return one, replace(one, item=situation.against)


def difference(situation: Situation, one: Explanation, other: Explanation) -> Explanation:
    """What each field did for the item beyond what it did for the other; the parts add up as those of the two do."""
    parts = list(zip(one.contributions, other.contributions, strict=True))
    contributions = []
    for own, others in parts:
        assert isinstance(own, FeatureContribution) and isinstance(others, FeatureContribution)
        contributions.append(FeatureContribution(own.feature, own.value - others.value))
    value, gap = one.value - other.value, None
    baseline = None if one.baseline is None or other.baseline is None else one.baseline - other.baseline
    if one.completeness_gap is not None and baseline is not None:
        gap = completeness_gap(sum(part.value for part in contributions), value, baseline)
    return replace(
        one,
        quantity=quantity_asked(situation).name,
        value=value,
        baseline=baseline,
        contributions=contributions,
        completeness_gap=gap,
    )
