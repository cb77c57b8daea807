"""Leave-one-out contributions of past events, by exact rescoring.

An event is removed with its rating and leaves no gap; an older event moves into the model's window. The candidates stay
the same. This is the reference for other methods.
"""

from __future__ import annotations

from dataclasses import replace

from recsys.errors import SettingError
from recsys.explain.answer import answer
from recsys.explain.explanation import EventContribution, Explanation
from recsys.explain.quantity import values
from recsys.explain.rescoring import ranks_without, rescored_without_each
from recsys.explain.situation import Situation
from recsys.messages import Message, message
from recsys.models.base import PairModel


def leave_one_out(situation: Situation, *, with_ranks: bool = True) -> Explanation:
    """Compute value(full history) - value(without the event), and the rank without it, for each event of the window.

    The same for the user features, if the model reads any. Ranks are left out unless `with_ranks`: they take half of
    the time. Raises SettingError for a model that reads no past events.
    """
    model = situation.model
    if model.window == 0:
        raise SettingError(no_events(model.title, isinstance(model, PairModel)))
    value = float(values(situation, situation.scores_1N)[0])
    empty_1N = situation.scored.without(events=True).scores_1N
    situation.check_finite(empty_1N)
    baseline = float(values(situation, empty_1N)[0])
    values_L, ranks_L = rescored_without_each(situation, with_ranks=with_ranks)
    values_I: list[float] = values_L.tolist()
    ranks_I: list[int | None] | None = None if ranks_L is None else [*ranks_L.tolist()]
    if situation.features_name is not None:
        unknown_user_1N = situation.scored.without(user=True).scores_1N
        situation.check_finite(unknown_user_1N)
        values_I = [float(values(situation, unknown_user_1N)[0]), *values_I]
        ranks_I = None if ranks_I is None else [None, *ranks_I]
    shares_I = [value - value_without for value_without in values_I]
    return answer(situation, "leave_one_out", shares_I, value, baseline, ranks_I=ranks_I)


def with_ranks(situation: Situation, explanation: Explanation, num_events: int) -> Explanation:
    """Add the ranks without each of the `num_events` events with the largest contributions, to one without ranks."""
    events = [part for part in explanation.contributions if isinstance(part, EventContribution)]
    strongest = sorted(events, key=lambda event: (-event.value, -event.position))[:num_events]
    if not strongest:
        return explanation
    positions = [event.position for event in strongest]
    ranks = dict(zip(positions, ranks_without(situation, positions), strict=True))
    ranked = [
        replace(event, rank_without=ranks[event.position]) if event.position in ranks else event for event in events
    ]
    return replace(explanation, contributions=ranked)


def no_events(title: str, has_fields: bool) -> Message:
    """Error message for a model that reads no past events."""
    if has_fields:
        text = message(
            "{model} looks at no past events: it knows the user, the item and their features. "
            "Choose the method ablation instead."
        )
    else:
        text = message("{model} looks at no past events: everyone gets the same list. There is nothing to remove.")
    return text.format(model=title)
