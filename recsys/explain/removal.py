"""Exact removal: what changes when one past event, or one known trait, is taken away.

An event is removed as if it had never happened, its rating with it: the rest closes up and older events come into the model's
window. The candidates stay as they were. These are the reference that other methods are measured by.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import SettingError
from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution
from recsys.explain.quantity import quantity_of, values
from recsys.explain.situation import Situation
from recsys.models.base import PairModel

ROWS = 32  # histories scored at a time; few, so that they stay in the processor's cache
CELLS = 8_000_000  # numbers of the widest table of a batch: bounds memory, not results


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
    contributions = []
    for positions, scores_BN in _without_each(situation):
        values_B, ranks_B = values(situation, scores_BN), situation.ranks(scores_BN)
        for row, position in enumerate(positions):
            contributions.append(
                EventContribution(
                    item=int(situation.history[position]),
                    position=position,
                    value=value - float(values_B[row]),
                    rank_without=int(ranks_B[row]),
                )
            )
    return Explanation(
        method="leave_one_out",
        quantity=quantity_of(model).name,
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


def _without_each(situation: Situation) -> Iterator[tuple[range, Tensor]]:
    """(positions, scores_BN): the scores once each of these events is removed."""
    model, history, ratings = situation.model, situation.history, situation.ratings
    # one event more than the window: the oldest comes in when another is removed
    start = max(0, situation.positions.start - 1)
    widest = max(model.num_items + 1, situation.num_window**2)
    rows = max(1, min(ROWS, CELLS // widest))
    for first in range(situation.positions.start, len(history), rows):
        positions = range(first, min(first + rows, len(history)))
        shortened = [np.delete(history[start:], position - start) for position in positions]
        rated = None if ratings is None else [np.delete(ratings[start:], position - start) for position in positions]
        yield positions, model.scores(shortened, [situation.user] * len(positions), rated)


def no_events(title: str, has_fields: bool) -> str:
    why = f"{title} looks at no past events: "
    if has_fields:
        return why + "it knows the user, the item and their traits. Ask for ablation instead."
    return why + "everyone gets the same list. There is nothing to take away."


@torch.inference_mode()
def ablation(situation: Situation) -> Explanation:
    """value(all known) - value(with that field unknown) for each field of a pair model: `model.baseline()`.

    Refuses, with SettingError, a model without fields.
    """
    model = situation.model
    if not isinstance(model, PairModel):
        raise SettingError(f"{model.title} has no traits to take away, only past events. Ask for leave_one_out.")
    users_1 = torch.tensor([situation.user], device=model.device)
    known = model.embed_pairs(users_1, torch.tensor([situation.item], device=model.device))
    unknown = model.baseline()
    value = float(model.logit(known)[0])
    contributions = []
    for place, field in enumerate(model.fields):
        without = [*known[:place], unknown[place], *known[place + 1 :]]
        contributions.append(FeatureContribution(field, value - float(model.logit(without)[0])))
    return Explanation(
        method="ablation",
        quantity=quantity_of(model).name,
        value=value,
        score=situation.score,
        rank=situation.rank,
        baseline=float(model.logit(unknown)[0]),
        contributions=contributions,
    )
