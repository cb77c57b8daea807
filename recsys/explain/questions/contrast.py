"""Why this item and not the other: one explanation less another, for models that know each pair by itself.

Models that score all items at once need none of this: they are asked about the difference of two scores (quantity.py).
"""

from __future__ import annotations

from dataclasses import replace

from recsys.explain.explanation import Explanation, FeatureContribution, completeness_gap
from recsys.explain.quantity import explained_quantity
from recsys.explain.situation import Situation


def both(situation: Situation) -> tuple[Situation, Situation]:
    """(why the item, why the other), each asked by itself."""
    assert situation.against is not None
    first = replace(situation, against=None)
    return first, replace(first, item=situation.against)


def difference(situation: Situation, first: Explanation, other: Explanation) -> Explanation:
    """What each field did for the item beyond what it did for the other; the parts add up as those of the two do."""
    parts = list(zip(first.contributions, other.contributions, strict=True))
    contributions = []
    for mine, others in parts:
        assert isinstance(mine, FeatureContribution) and isinstance(others, FeatureContribution)
        contributions.append(FeatureContribution(mine.feature, mine.value - others.value))
    value, gap = first.value - other.value, None
    baseline = None if first.baseline is None or other.baseline is None else first.baseline - other.baseline
    if first.completeness_gap is not None and baseline is not None:
        gap = completeness_gap(sum(part.value for part in contributions), value, baseline)
    return replace(
        first,
        quantity=explained_quantity(situation).name,
        value=value,
        baseline=baseline,
        contributions=contributions,
        completeness_gap=gap,
    )
