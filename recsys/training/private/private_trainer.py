"""Training with differential privacy per user: DP-SGD (Abadi et al. 2016, arXiv:1607.00133) with users as the unit.

A step samples each user with probability `rate`. The gradient of all of a user's training events, averaged over the
targets, is clipped to the norm `clip`. The clipped gradients are summed, Gaussian noise is added to every parameter, and
Adam takes the sum divided by rate times users. A user's gradient depends on no other user (user_loss.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD
from recsys.models.base import Recommender
from recsys.training.chance import seed_layers
from recsys.training.private.budget import Budget
from recsys.training.private.streams import SecretStream
from recsys.training.private.user_loss import user_loss_of
from recsys.training.private.within_budget import WithinBudget, item_table


class PrivateTrainer(WithinBudget):
    """Trains within `budget`, with the random streams of `key`. Other arguments: Trainer."""

    def __init__(self, model: Recommender, *args: Any, budget: Budget, key: bytes, **options: Any) -> None:
        super().__init__(model, *args, **options)
        self.budget, self.key = budget, key
        self.num_users = self.split.train.num_users
        self.user_loss = user_loss_of(model, self.split)
        self.parameters = list(model.parameters())

    def accuracy(self) -> float | None:
        return self.user_loss.accuracy()

    def learn(self, epoch: int) -> Iterator[tuple[float, float, int]]:
        stream, steps = SecretStream(self.key, epoch), self.budget.steps_per_epoch
        for step in range(1, steps + 1):
            users = 1 + np.flatnonzero(stream.uniform(self.num_users) < self.budget.rate)
            sums, loss, targets = self.clipped_sum(users, stream.integers(self.num_users + 1))
            self.take_step(sums, stream)
            yield step / steps, loss, targets

    def clipped_sum(
        self, users: np.ndarray, seeds: np.ndarray, clip: float | None = None
    ) -> tuple[list[Tensor], float, int]:
        """Sum the clipped gradients of `users`: (one tensor per parameter, summed loss, number of targets).

        `seeds` [num_users + 1] uint64 start the random numbers of each user, so that those of one user do not depend on
        who else is sampled. `clip` replaces that of the budget.
        """
        clip = self.budget.clip if clip is None else clip
        sums = [torch.zeros_like(parameter) for parameter in self.parameters]
        total, num_targets = 0.0, 0
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            for user in users.tolist():
                self._check_stop()
                seed_layers(int(seeds[user] >> np.uint64(1)), self.device)
                result = self.user_loss.loss(user, np.random.default_rng(seeds[user]), self.device)
                if result is None:
                    continue
                loss, targets = result
                gradients = torch.autograd.grad(loss / targets, self.parameters, materialize_grads=True)
                norm = float(torch.nn.utils.get_total_norm(gradients))
                if np.isfinite(norm):  # otherwise the user contributes nothing
                    torch._foreach_add_(sums, gradients, alpha=min(1.0, clip / max(norm, 1e-12)))
                total, num_targets = total + float(loss.detach()), num_targets + targets
        return sums, total, num_targets

    @torch.no_grad()
    def take_step(self, sums: list[Tensor], stream: SecretStream) -> None:
        """Add noise to the summed gradients and let the optimizer take the mean."""
        for parameter, summed in zip(self.parameters, sums, strict=True):
            drawn = torch.from_numpy(stream.normal(summed.numel())).to(summed)
            noisy = summed + self.budget.noise * self.budget.clip * drawn.view_as(summed)
            parameter.grad = noisy / (self.budget.rate * self.num_users)
        padding = item_table(self.model).grad
        assert padding is not None
        padding[PAD] = 0
        self.optimizer.step()
