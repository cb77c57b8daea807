"""DP-FedAvg: federated training with differential privacy (McMahan et al. 2018, arXiv:1710.06963); the unit is a client.

Each client joins a round independently of the others, its change is clipped, and the server adds Gaussian noise to the
sum. Samples and noise come from a secret key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from recsys.data.interactions import PAD
from recsys.models.base import Recommender
from recsys.models.config import SequenceConfig
from recsys.sequences.split import Split
from recsys.training.federated.federated_trainer import FederatedTrainer
from recsys.training.federated.server import ServerNoise
from recsys.training.federated.transport import Invitation, Update
from recsys.training.optimizer import Adam
from recsys.training.private.budget import Budget
from recsys.training.private.streams import SecretStream
from recsys.training.private.within_budget import WithinBudget, item_table
from recsys.training.steps import PairSteps, SequenceSteps


class PrivateFederatedTrainer(WithinBudget, FederatedTrainer):
    """Trains within `budget`, with samples and noise from `key`. Other arguments: FederatedTrainer."""

    def __init__(self, model: Recommender, split: Split, *, budget: Budget, key: bytes, **arguments: Any) -> None:
        self.budget, self.key = budget, key
        super().__init__(model, split, **arguments)

    @property
    def clip(self) -> float:
        return self.budget.clip

    def make_optimizer(self) -> Adam:
        if isinstance(self.steps, PairSteps):  # nothing of other users enters a client's loss
            self.steps.sampler.items = np.arange(PAD + 1, self.model.num_items + 1)
            self.steps.pairs_per_event = 1.0 + self.steps.num_negatives
        optimizer = super().make_optimizer()
        self.clients.train = self.train_client
        self.is_fixed = self._fixed_weights()
        rate = self.federated.clients_per_round
        self.server.noise = ServerNoise(rate * len(self.local.clients), self._noise)
        return optimizer

    def learn(self, epoch: int) -> Iterator[tuple[float, float, int]]:
        self.stream = SecretStream(self.key, epoch)
        yield from super().learn(epoch)

    def sample(self, rng: np.random.Generator) -> list[int]:
        """Clients of a round, each with the probability `clients_per_round`, by Poisson sampling."""
        is_invited = self.stream.uniform(len(self.local.clients)) < self.federated.clients_per_round
        return self.local.clients[is_invited].tolist()

    def train_client(self, client: int, invitation: Invitation) -> Update:
        """Update of a client; whether seen items are masked follows its histories, not whether any other user repeats items."""
        if isinstance(self.steps, SequenceSteps):
            assert isinstance(self.config, SequenceConfig)
            first = 1 + client * self.federated.users_per_client
            users = range(first, min(first + self.federated.users_per_client, self.split.train.num_users + 1))
            histories = [self.split.train.history(user) for user in users]
            repeats = any(len(np.unique(history)) < len(history) for history in histories)
            self.steps.masks_seen = self.config.mask_seen == "on" and not repeats
        return self.local.train(client, invitation)

    def _noise(self) -> np.ndarray:
        drawn = self.stream.normal(len(self.is_fixed)) * self.budget.noise * self.budget.clip
        drawn[self.is_fixed] = 0
        return drawn

    def _fixed_weights(self) -> np.ndarray:
        """[P] bool, the vector of PAD, which is no item and stays zero."""
        table = item_table(self.model)
        parts = [np.zeros(weights.shape, dtype=bool) for weights in self.local.parameters]
        for part, weights in zip(parts, self.local.parameters, strict=True):
            if weights is table:
                part[PAD] = True
        return np.concatenate([part.reshape(-1) for part in parts])
