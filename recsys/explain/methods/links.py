"""The score of a linear model, event by event: what each link adds, exactly, with nothing asked again."""

from __future__ import annotations

import torch

from recsys.errors import SettingError
from recsys.explain.answer import answer
from recsys.explain.explanation import Explanation
from recsys.explain.quantity import values
from recsys.explain.situation import Situation
from recsys.models.base import LinearModel


@torch.inference_mode()
def links(situation: Situation) -> Explanation:
    """Contributions sum to the score, where two items are compared to the difference of their scores; the baseline is 0.

    Refuses, with SettingError, a model whose score is no such sum.
    """
    model = situation.model
    if not isinstance(model, LinearModel):
        raise SettingError(f"The score of {model.title} is no sum of links from events to items.")
    events_L = torch.from_numpy(situation.window).to(model.device)
    added_L = model.additions(events_L, situation.item)
    if situation.against is not None:
        added_L = added_L - model.additions(events_L, situation.against)
    value = float(values(situation, situation.scores_1N)[0])
    return answer(situation, "links", added_L.tolist(), value, 0.0, adds_up=True)
