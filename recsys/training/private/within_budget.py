"""What all private trainers share: they stop before their budget is exceeded, and keep the last epoch.

Choosing an epoch by validation would read data that the budget does not count. The numbers of users and clients and the
catalogue count as public, and so do age and gender where a model reads them. The weights are protected; losses, ranks and
lists stored beside them are not.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from recsys.models.base import PairModel, Recommender, SequenceModel
from recsys.models.networks.mlp import MLP
from recsys.training.private.budget import Budget
from recsys.training.trainer import Trainer


class WithinBudget(Trainer):
    """Trains within `budget`."""

    keeps_last = True
    budget: Budget

    @property
    def is_over(self) -> bool:
        return self.snapshot.epoch >= self.config.epochs or self.budget.is_spent(self.snapshot.epoch)

    def spent(self, epoch: int) -> tuple[float, float]:
        return self.budget.spent(epoch), self.budget.delta

    def _check_loss(self) -> None:
        """Pass: noise raises the loss, and whether a run fails must not depend on data the budget does not count."""

    def finish_epoch(self) -> None:
        """Give all users the vector of the unknown user.

        Noise of at least `clip` on the vector of a single user hides all that its events say.
        """
        if isinstance(self.model, PairModel):
            self.model.forget_users(np.arange(1, self.model.num_users + 1))


def item_table(model: Recommender) -> Tensor:
    """The item vectors; that of PAD, which is no item, gets no noise and stays zero."""
    if isinstance(model, SequenceModel):
        return model.item_embedding.weight
    assert isinstance(model, MLP)
    return model.table(model.first_item_field)
