"""The explained quantity: one number per recommendation, from the scores that `recommend` sorts.

For models that score all items at once, it is the margin over the other candidates: a raw score drifts with all items,
and a probability saturates. For a contrastive explanation it is the score difference of two items (Jacovi et al. 2021,
arXiv:2103.01378). All explanation methods use it, so their values are comparable. Shapes: base.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recsys.explain.situation import Situation
from recsys.messages import Message, message
from recsys.models.base import PairModel, Recommender, SequenceModel

LARGEST_LOG_SHARE = -1e-6  # of a margin from the sum over all candidates: float64 keeps 9 digits of the others' share


@dataclass(frozen=True)
class Quantity:
    """An explained quantity. `name` is stored in results; `is_log_odds`: 0.7 more doubles the odds."""

    name: str
    meaning: Message
    is_log_odds: bool

    @property
    def unit(self) -> Message:
        """Unit of its values and changes, for axes and column headers."""
        return message("log-odds") if self.is_log_odds else message("score")


MARGIN = Quantity(
    "margin",
    message("Log-odds that the item comes next, among all candidates."),
    is_log_odds=True,
)
LOGIT = Quantity(
    "logit",
    message("Log-odds that this user-item pair is an event rather than a sampled negative."),
    is_log_odds=True,
)
SCORE = Quantity("score", message("The model's own score of the item, in units of the model."), is_log_odds=False)
ODDS_DIFFERENCE = Quantity(
    "difference",
    message("Log-odds of this item against the other."),
    is_log_odds=True,
)
SCORE_DIFFERENCE = Quantity(
    "score difference",
    message("How far the item's score is above the other item's, in units of the model."),
    is_log_odds=False,
)


def quantity_of(model: Recommender, *, contrastive: bool = False) -> Quantity:
    """Select the quantity that explains one item, or the difference of two if `contrastive`."""
    if contrastive:
        return ODDS_DIFFERENCE if isinstance(model, SequenceModel | PairModel) else SCORE_DIFFERENCE
    if isinstance(model, SequenceModel):
        return MARGIN
    return LOGIT if isinstance(model, PairModel) else SCORE


def explained_quantity(situation: Situation) -> Quantity:
    return quantity_of(situation.model, contrastive=situation.against is not None)


def margin_in(score_B: Tensor, log_sums_B: Tensor) -> Tensor | None:
    """Compute the margin of an item from its scores and the log-sum-exp of all candidates' scores, both float64.

    None where the item leaves others so little that the difference loses its digits.
    """
    log_share_B = score_B - log_sums_B
    if (log_share_B > LARGEST_LOG_SHARE).any():
        return None
    return log_share_B - torch.log(-torch.expm1(log_share_B))


def values(situation: Situation, scores_BN: Tensor) -> Tensor:
    """Compute the explained quantity, values_B; differentiable."""
    score_B = scores_BN[:, situation.item]
    if situation.against is not None:
        return score_B - scores_BN[:, situation.against]
    if quantity_of(situation.model) is not MARGIN:
        return score_B
    others_N = torch.from_numpy(situation.allowed_N).clone()
    others_N[situation.item] = False
    rivals_BN = scores_BN.masked_fill(~others_N.to(scores_BN.device), float("-inf"))
    return score_B - rivals_BN.logsumexp(dim=1)
