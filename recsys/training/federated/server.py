"""The server: it invites clients, averages their changes and steps. It sees no event and keeps no single update.

The average is taken as it is ("FedAvg": McMahan et al. 2017, arXiv:1602.05629), or is the gradient of an Adam step
("FedAdam": Reddi et al. 2021, arXiv:2003.00295; here with the bias correction of Adam). P: number of weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from recsys.training.federated.secure_sum import TooFewClientsError, secure_sum
from recsys.training.federated.transport import CountedTransport, Invitation, Transport, Update
from recsys.training.optimizer import Adam

NUM_SUMS = 3  # after the weighted changes: weights, losses and numbers of targets


@dataclass(frozen=True)
class Round:
    """Outcome of a round. `loss` is summed over `targets`; `bytes_down` go to the clients, `bytes_up` come from them.

    `is_lost`: too many clients left for a sum, so the weights stayed as they were.
    """

    invited: int
    answered: int
    bytes_down: int
    bytes_up: int
    loss: float
    targets: int
    is_lost: bool = False


@dataclass(frozen=True)
class ServerNoise:
    """Gaussian noise of DP-FedAvg (McMahan et al. 2018, arXiv:1710.06963), added to the sum of clipped changes.

    The sum is divided by the expected number of clients, so that no client changes the divisor. `draw` gives [P] numbers
    of that standard deviation.
    """

    expected_clients: float
    draw: Callable[[], np.ndarray]


class Server:
    """Holds the weights `state` [P] and steps once a round.

    `adam_learning_rate` None: FedAvg, whose step is the average itself.
    """

    def __init__(
        self,
        state: np.ndarray,
        transport: Transport,
        *,
        adam_learning_rate: float | None = None,
        secure: bool = False,
        noise: ServerNoise | None = None,
    ) -> None:
        self.state, self.transport, self.secure, self.noise = (
            nn.Parameter(torch.tensor(state)),
            transport,
            secure,
            noise,
        )
        self.steps_by_adam = adam_learning_rate is not None
        self.optimizer = Adam([self.state], lr=adam_learning_rate or 1.0, betas=(0.9, 0.98), fused=True)

    @property
    def weights(self) -> np.ndarray:
        """[P] float32, a view."""
        return self.state.detach().numpy()

    def set_weights(self, weights: np.ndarray) -> None:
        self.weights[:] = weights

    def run_round(self, number: int, clients: Sequence[int], rng: np.random.Generator) -> Round:
        """Invite `clients`, average the changes of those that answer, and step. `rng` draws who is whose neighbour."""
        transport = CountedTransport(self.transport)
        invitation = Invitation(number, self.weights.copy())
        try:
            if self.secure:
                sums, answered = secure_sum(transport, clients, invitation, rng.spawn(1)[0])
            else:
                sums, answered = plain_sum(transport, clients, invitation)
        except TooFewClientsError:
            return Round(len(clients), 0, transport.bytes_down, transport.bytes_up, 0.0, 0, is_lost=True)
        weight, loss, targets = sums[-NUM_SUMS:]
        if answered or self.noise is not None:
            self._step(sums[:-NUM_SUMS], weight)
        return Round(
            len(clients), answered, transport.bytes_down, transport.bytes_up, float(loss), round(float(targets))
        )

    def _step(self, change: np.ndarray, weight: float) -> None:
        if self.noise is not None:
            change = change + self.noise.draw()
            weight = self.noise.expected_clients
        average = torch.from_numpy((change / weight).astype(np.float32))
        if self.steps_by_adam:
            self.state.grad = -average
            self.optimizer.step()
        else:
            self.state.data.add_(average)


def plain_sum(transport: Transport, clients: Sequence[int], invitation: Invitation) -> tuple[np.ndarray, int]:
    """(sum of the terms of all updates, how many clients answered); one update is in memory at a time."""
    total, answered = np.zeros(len(invitation.state) + NUM_SUMS), 0
    for _, update in transport.ask(dict.fromkeys(clients, invitation)):
        assert isinstance(update, Update)
        total += update.terms
        answered += 1
    return total, answered
