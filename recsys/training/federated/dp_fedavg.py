"""DP-FedAvg: federated training with differential privacy (McMahan et al. 2018, arXiv:1710.06963); the unit is a client.

Each client joins a round independently of the others, its change is clipped, and the server adds Gaussian noise to the
sum. Samples and noise come from a secret key. The numbers of users and clients, the catalogue and the users' features
count as public. The last epoch is kept: choosing one by validation would read data that the budget does not count. The
weights are protected; losses, ranks and lists stored beside them are not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.messages import message
from recsys.models.base import PairModel, Recommender, SequenceModel
from recsys.models.config import SequenceConfig
from recsys.models.networks.mlp import MLP
from recsys.sequences.split import Split
from recsys.training.config import FederatedOptions
from recsys.training.federated.federated_trainer import FederatedTrainer
from recsys.training.federated.server import ServerNoise
from recsys.training.federated.transport import Invitation, Update
from recsys.training.optimizer import Adam
from recsys.training.private.accounting import epsilon_spent, noise_for
from recsys.training.private.streams import SecretStream
from recsys.training.steps import PairSteps, SequenceSteps
from recsys.training.trainer import EpochDone, Event


@dataclass(frozen=True)
class ClientBudget:
    """`noise` is relative to the norm that changes are clipped to; `target` is the ε at which training stops."""

    noise: float
    delta: float
    rate: float
    rounds_per_epoch: int
    target: float | None

    def spent(self, epochs: int) -> float:
        """Upper bound of ε after this many epochs."""
        return epsilon_spent(self.noise, self.rate, epochs * self.rounds_per_epoch, self.delta)

    def is_spent(self, epochs: int) -> bool:
        """Whether another epoch would exceed the target."""
        return self.target is not None and self.spent(epochs + 1) > self.target


def client_budget(options: FederatedOptions, num_users: int, epochs: int) -> ClientBudget:
    """Fill in δ, and the noise that keeps `epochs` epochs within the target.

    Raises what `delta_of` raises, and SettingError where the target is out of reach.
    """
    delta, rate, rounds = delta_of(options, num_users), options.clients_per_round, options.rounds_per_epoch
    noise = options.noise
    if noise is None:
        assert options.epsilon is not None
        noise = noise_for(options.epsilon, rate, epochs * rounds, delta)
    budget = ClientBudget(noise, delta, rate, rounds, options.epsilon)
    if not math.isfinite(noise) or budget.is_spent(0):
        text = message(
            "Not one epoch stays within ε = {epsilon:g}. Choose a larger ε, more noise, or a smaller clients_per_round.",
            epsilon=options.epsilon,
        )
        raise SettingError(text, column="epsilon")
    return budget


def delta_of(options: FederatedOptions, num_users: int) -> float:
    """δ of the options, by default a tenth of one over the number of clients, rounded down to a power of ten.

    Raises SettingError for a δ at which a client may be left without protection.
    """
    num_clients = -(-num_users // options.users_per_client)
    usual = float(f"1e-{math.ceil(math.log10(10 * num_clients))}")
    delta = options.delta or usual
    if delta >= 1 / num_clients:
        text = message(
            "delta = {delta:g} allows the data of one of {clients:,} clients to leak entirely. Choose less than {most:.1g}, "
            "or leave delta out: it is then {usual:g}."
        )
        text = text.format(delta=delta, clients=num_clients, most=1 / num_clients, usual=usual)
        raise SettingError(text, column="delta")
    return delta


class PrivateFederatedTrainer(FederatedTrainer):
    """Trains within `budget`, with samples and noise from `key`. Other arguments: FederatedTrainer."""

    def __init__(self, model: Recommender, split: Split, *, budget: ClientBudget, key: bytes, **arguments: Any) -> None:
        self.budget, self.key = budget, key
        super().__init__(model, split, **arguments)

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

    @property
    def is_over(self) -> bool:
        return self.snapshot.epoch >= self.config.epochs or self.budget.is_spent(self.snapshot.epoch)

    def _check_loss(self) -> None:
        """Pass: noise raises the loss, and whether a run fails must not depend on data the budget does not count."""

    def finish_epoch(self) -> None:
        """Give all users the vector of the unknown user.

        Noise of at least `clip` on the vector of a single user hides all that its events say.
        """
        if isinstance(self.model, PairModel):
            self.model.forget_users(np.arange(1, self.model.num_users + 1))

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
        assert self.federated.clip is not None
        drawn = self.stream.normal(len(self.is_fixed)) * self.budget.noise * self.federated.clip
        drawn[self.is_fixed] = 0
        return drawn

    def _fixed_weights(self) -> np.ndarray:
        """[P] bool, the vector of PAD, which is no item and stays zero."""
        model = self.model
        if isinstance(model, MLP):
            table = model.table(model.first_item_field)
        else:
            assert isinstance(model, SequenceModel)
            table = model.item_embedding.weight
        parts = [np.zeros(weights.shape, dtype=bool) for weights in self.local.parameters]
        for part, weights in zip(parts, self.local.parameters, strict=True):
            if weights is table:
                part[PAD] = True
        return np.concatenate([part.reshape(-1) for part in parts])

    def _epoch(self, epoch: int) -> Iterator[Event]:
        for event in super()._epoch(epoch):
            if not isinstance(event, EpochDone):
                yield event
                continue
            last = replace(event, is_best=True, epsilon=self.budget.spent(epoch), delta=self.budget.delta)
            self.snapshot = replace(
                self.snapshot,
                best_epoch=epoch,
                best_ndcg=event.ndcg,
                best=self.snapshot.model,
                history=[*self.snapshot.history[:-1], last],
            )
            yield last
