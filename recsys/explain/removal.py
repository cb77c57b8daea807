"""Exact removal: what changes when one past event is taken away.

An event is removed as if it had never happened, its rating with it: the rest closes up and older events come into the model's
window. The candidates stay as they were. This is the reference that other methods are measured by.
"""

from __future__ import annotations

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import SettingError
from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution
from recsys.explain.quantity import quantity_asked, values
from recsys.explain.rescoring import rescored_without_each
from recsys.explain.situation import Situation
from recsys.models.base import PairModel


def leave_one_out(situation: Situation) -> Explanation:
    """value(full history) - value(without the event), and the rank without it, for every event of the window.

    Likewise for what is known of the user, where the model reads it beside the events.

    Refuses, with SettingError, a model that looks at no past events.
    """
    model = situation.model
    if model.window == 0:
        raise SettingError(no_events(model.title, isinstance(model, PairModel)))
    value = float(values(situation, situation.scores_1N)[0])
    nothing = situation.history[:0]
    baseline = float(values(situation, model.scores([nothing], [situation.user]))[0])
    without = rescored_without_each(situation)
    contributions = [
        EventContribution(int(situation.history[position]), position, value - float(other), int(rank))
        for position, other, rank in zip(situation.positions, without.values_B, without.ranks_B, strict=True)
    ]
    return Explanation(
        method="leave_one_out",
        quantity=quantity_asked(situation).name,
        value=value,
        score=situation.score,
        rank=situation.rank,
        baseline=baseline,
        contributions=contributions,
        features=_without_features(situation, value),
    )


def _without_features(situation: Situation, value: float) -> tuple[FeatureContribution, ...]:
    """value - value(of somebody of whom nothing is known), where the model knows features of users."""
    if situation.features_name is None:
        return ()
    scores_1N = situation.model.scores([situation.history], [UNKNOWN_USER], [situation.ratings])
    return (FeatureContribution(situation.features_name, value - float(values(situation, scores_1N)[0])),)


def no_events(title: str, has_fields: bool) -> str:
    why = f"{title} looks at no past events: "
    if has_fields:
        return why + "it knows the user, the item and their traits. Ask for ablation instead."
    return why + "everyone gets the same list. There is nothing to take away."
