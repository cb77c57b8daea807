"""Federated training of a network, simulated on this machine: an epoch is as many rounds as invite each client once.

Validation, snapshots and resuming are those of the Trainer. They stand outside of the simulation: the server that ranks
validation users here sees their events. All clients know the catalogue and which of its items have events.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from recsys.models.base import Recommender
from recsys.sequences.split import Split
from recsys.training.federated.client import Clients, LocalTraining, leaving_clients
from recsys.training.federated.server import Round, Server
from recsys.training.federated.transport import InProcess, Invitation
from recsys.training.optimizer import Adam
from recsys.training.privacy_config import FederatedOptions
from recsys.training.trainer import Trainer


class FederatedTrainer(Trainer):
    """Trains `model` on `split` in rounds of clients; the other arguments are those of Trainer."""

    def __init__(self, model: Recommender, split: Split, *, options: FederatedOptions, **arguments: Any) -> None:
        self.federated, self.done = options, list[Round]()
        super().__init__(model, split, **arguments)

    @property
    def clip(self) -> float | None:
        """Norm that changes are cut to; None: they are not."""
        return None

    def make_optimizer(self) -> Adam:
        """Create the clients and the server, whose optimizer is stored in snapshots."""
        options = self.federated
        self.local = LocalTraining(
            self.model,
            self.steps,
            num_users=self.split.train.num_users,
            users_per_client=options.users_per_client,
            passes=options.local_epochs,
            learning_rate=options.local_learning_rate,
            clip=self.clip,
            seed=self.seed,
            check_stop=self._check_stop,
        )
        self.clients = Clients(self.local.train)
        self.transport = InProcess(self.clients.answer)
        self.server = Server(
            self.local.weights(),
            self.transport,
            adam_learning_rate=self.config.learning_rate if options.server == "adam" else None,
            secure=options.secure,
        )
        return self.server.optimizer

    @property
    def traffic(self) -> dict[str, int]:
        """Rounds, invitations, answers and bytes of the current epoch; `lost` counts rounds without a sum."""
        return {
            "rounds": len(self.done),
            "lost": sum(done.is_lost for done in self.done),
            "clients": len(self.local.clients),
            "invited": sum(done.invited for done in self.done),
            "answered": sum(done.answered for done in self.done),
            "bytes_down": sum(done.bytes_down for done in self.done),
            "bytes_up": sum(done.bytes_up for done in self.done),
        }

    def learn(self, epoch: int) -> Iterator[tuple[float, float, int]]:
        rng, _ = self.draws(epoch)
        self.done.clear()
        self.steps.reset_accuracy()
        self.server.set_weights(self.local.weights())
        rounds = self.federated.rounds_per_epoch
        for at in range(1, rounds + 1):
            self._check_stop()
            clients = self.sample(rng)
            leaving = leaving_clients(clients, self.federated.dropouts, rng)
            self.transport.begin_round(dict.fromkeys(leaving, Invitation))
            with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
                done = self.server.run_round((epoch - 1) * rounds + at, clients, rng)
            self.clients.end_round()
            self.local.load(self.server.weights)
            self.done.append(done)
            yield at / rounds, done.loss, done.targets

    def sample(self, rng: np.random.Generator) -> list[int]:
        """Clients of a round: a fixed number, drawn without replacement."""
        num = max(1, round(self.federated.clients_per_round * len(self.local.clients)))
        return sorted(rng.choice(self.local.clients, num, replace=False).tolist())
