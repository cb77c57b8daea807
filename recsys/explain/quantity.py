"""What is explained: one number for a recommendation, from the very scores that `recommend` sorts.

For models that choose among all items the margin over the other candidates: a raw score drifts with all items,
a probability saturates. Where two items are compared, how far the score of the one is above that of the other
(contrastive: Jacovi et al. 2021, arXiv:2103.01378). Every explanation asks this file, so that they can be compared. Shapes: base.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recsys.explain.situation import Situation
from recsys.models.base import PairModel, Recommender, SequenceModel


@dataclass(frozen=True)
class Quantity:
    """`name` stands in results; `meaning` is one plain sentence. `is_log_odds`: 0.7 more doubles the odds."""

    name: str
    meaning: str
    is_log_odds: bool

    @property
    def unit(self) -> str:
        """What its values, and changes of them, are counted in: this stands on axes and over columns."""
        return "log-odds" if self.is_log_odds else "score"


MARGIN = Quantity(
    "margin",
    "Log-odds that the item comes next, among all candidates.",
    is_log_odds=True,
)
LOGIT = Quantity(
    "logit",
    "Log-odds that this user-item pair is an event rather than a sampled negative.",
    is_log_odds=True,
)
SCORE = Quantity("score", "The model's own score of the item, in units of the model.", is_log_odds=False)
MORE_ODDS = Quantity(
    "difference",
    "Log-odds of this item against the other.",
    is_log_odds=True,
)
MORE_SCORE = Quantity(
    "score difference",
    "How far the item's score is above the other item's, in units of the model.",
    is_log_odds=False,
)


def quantity_of(model: Recommender, *, of_two: bool = False) -> Quantity:
    """What is explained of one item, or `of_two`."""
    if of_two:
        return MORE_ODDS if isinstance(model, SequenceModel | PairModel) else MORE_SCORE
    if isinstance(model, SequenceModel):
        return MARGIN
    return LOGIT if isinstance(model, PairModel) else SCORE


def explained_quantity(situation: Situation) -> Quantity:
    return quantity_of(situation.model, of_two=situation.against is not None)


def values(situation: Situation, scores_BN: Tensor) -> Tensor:
    """values_B of the explained quantity; differentiable."""
    score_B = scores_BN[:, situation.item]
    if situation.against is not None:
        return score_B - scores_BN[:, situation.against]
    if quantity_of(situation.model) is not MARGIN:
        return score_B
    others_N = torch.from_numpy(situation.allowed_N).clone()
    others_N[situation.item] = False
    rivals_BN = scores_BN.masked_fill(~others_N.to(scores_BN.device), float("-inf"))
    return score_B - rivals_BN.logsumexp(dim=1)
