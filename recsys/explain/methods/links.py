"""Exact contributions of past events to the score of a linear model, without rescoring."""

from __future__ import annotations

import torch

from recsys.errors import SettingError
from recsys.explain.answer import answer
from recsys.explain.explanation import Explanation
from recsys.explain.quantity import values
from recsys.explain.situation import Situation
from recsys.messages import message
from recsys.models.base import LinearModel


@torch.inference_mode()
def links(situation: Situation) -> Explanation:
    """Compute the link of each event to the item; the baseline is 0.

    Contributions sum to the score, or to the score difference of a contrastive explanation. Raises SettingError for a
    model whose score is not such a sum.
    """
    model = situation.model
    if not isinstance(model, LinearModel):
        raise SettingError(message("The score of {model} is no sum of links from events to items.", model=model.title))
    events_L = torch.from_numpy(situation.window).to(model.device)
    contributions_L = model.additions(events_L, situation.item)
    if situation.against is not None:
        contributions_L = contributions_L - model.additions(events_L, situation.against)
    value = float(values(situation, situation.scores_1N)[0])
    return answer(situation, "links", contributions_L.tolist(), value, 0.0, adds_up=True)
