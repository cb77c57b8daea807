"""Build an `Explanation` from the contributions of a model's inputs."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution, completeness_gap
from recsys.explain.quantity import explained_quantity
from recsys.explain.situation import Situation
from recsys.models.base import PairModel


def answer(
    situation: Situation,
    method: str,
    shares_I: Sequence[float],
    value: float,
    baseline: float | None = None,
    *,
    adds_up: bool = False,
    steps: int | None = None,
    ranks_I: Sequence[int | None] | None = None,
) -> Explanation:
    """Build the explanation of `situation` from `shares_I`, one contribution per input.

    The inputs of a pair model are its fields. Otherwise they are the user features, if the model reads any, and then
    the events of the window, oldest first. `ranks_I` are the ranks without each input, for methods that remove them.
    """
    model, name = situation.model, situation.features_name
    contributions: list[EventContribution] | list[FeatureContribution]
    features = () if name is None else (FeatureContribution(name, float(shares_I[0])),)
    if isinstance(model, PairModel):
        contributions = [
            FeatureContribution(field, float(share)) for field, share in zip(model.fields, shares_I, strict=True)
        ]
    else:
        events = slice(len(features), None)
        ranks = [None] * situation.num_window if ranks_I is None else ranks_I[events]
        contributions = [
            EventContribution(int(situation.history[position]), position, float(share), rank)
            for position, share, rank in zip(situation.positions, shares_I[events], ranks, strict=True)
        ]
    assert not adds_up or baseline is not None
    return Explanation(
        method=method,
        quantity=explained_quantity(situation).name,
        value=value,
        score=situation.score,
        rank=situation.rank,
        baseline=baseline,
        contributions=contributions,
        features=features,
        completeness_gap=completeness_gap(float(sum(shares_I)), value, baseline)
        if adds_up and baseline is not None
        else None,
        steps=steps,
        is_seen=situation.is_seen,
    )
