"""Simulated clients: local steps of gradient descent on a client's events.

A client is a user or a group of users. All clients of this process share one model as working memory: its weights are
overwritten with those of the server, and only the change is kept. P: number of weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from recsys.errors import SettingError
from recsys.messages import message
from recsys.training.chance import seed_layers
from recsys.training.federated.secure_messages import KeyRequest
from recsys.training.federated.secure_sum import SecureClient
from recsys.training.federated.transport import Invitation, Payload, Update
from recsys.training.steps import Steps

LARGEST_TERM = 1e6  # of weight * change: far beyond a training that learns, within the range of a secure sum


class LocalTraining:
    """`passes` over a client's events from the server's weights, in steps of at most `batch_size` rows.

    Changes weigh by their number of targets, as the central loss weighs them. With `clip`, the longest change (L2 norm),
    all clients weigh the same, and those without an event take part: who has one is private.
    """

    def __init__(
        self,
        model: nn.Module,
        steps: Steps[Any],
        *,
        num_users: int,
        users_per_client: int,
        passes: int,
        learning_rate: float,
        clip: float | None,
        seed: int,
        check_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self.parameters: list[Tensor] = list(model.parameters())
        self.steps = steps
        self.device, self.sizes = self.parameters[0].device, [weights.numel() for weights in self.parameters]
        self.passes, self.learning_rate, self.clip = passes, learning_rate, clip
        self.seed, self.check_stop = seed, check_stop
        self.bounds = client_bounds(steps.row_users, num_users, users_per_client)
        self.clients = np.arange(len(self.bounds) - 1) if clip is not None else np.flatnonzero(np.diff(self.bounds))

    def weights(self) -> np.ndarray:
        """The model's weights, [P] float32."""
        return torch.cat([weights.detach().reshape(-1) for weights in self.parameters]).cpu().numpy()

    @torch.no_grad()
    def load(self, state: np.ndarray) -> None:
        """Set the model's weights from [P] float32."""
        parts = torch.from_numpy(state).to(self.device).split(self.sizes)
        shaped = [part.view_as(weights) for part, weights in zip(parts, self.parameters, strict=True)]
        torch._foreach_copy_(self.parameters, shaped)

    def train(self, client: int, invitation: Invitation) -> Update:
        """Train on the client's events. Its random numbers depend on seed, round and client, not on other clients.

        Draws from torch's global generator. Raises SettingError if the steps are too large.
        """
        self.check_stop()
        self.load(invitation.state)
        rng = np.random.default_rng((self.seed, invitation.number, client))
        seed_layers(int(rng.integers(2**31)), self.device)
        rows = np.arange(self.bounds[client], self.bounds[client + 1])
        first_loss, targets = 0.0, 0
        for passed in range(self.passes if len(rows) else 0):
            for batch in self.steps.batches_of(rows, rng):
                loss, num_targets = self.steps.loss(batch, self.device)
                self._step(loss / num_targets)
                if not passed:
                    first_loss, targets = first_loss + float(loss.detach()), targets + num_targets
        change = self.weights() - invitation.state
        return self._checked(change, first_loss, targets)

    def _step(self, loss: Tensor) -> None:
        gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True, materialize_grads=True)
        with torch.no_grad():
            torch._foreach_add_(self.parameters, gradients, alpha=-self.learning_rate)

    def _checked(self, change: np.ndarray, loss: float, targets: int) -> Update:
        if self.clip is not None:
            return Update(clipped(change, self.clip), 1.0, loss, targets)
        largest = targets * float(np.abs(change).max())
        if not (np.isfinite(loss) and largest < LARGEST_TERM):
            text = message(
                "The loss of a client became {value}, its largest change {change:.3g}: the steps are too large. Lower "
                "local_learning_rate (it is {learning_rate:g}).",
                value=loss,
                change=largest,
                learning_rate=self.learning_rate,
            )
            raise SettingError(text, column="local_learning_rate")
        return Update(change, float(targets), loss, targets)


def clipped(change: np.ndarray, clip: float) -> np.ndarray:
    """Scale a change down to the norm `clip`; one that is not finite becomes zero, for errors would tell of the data."""
    norm = float(torch.linalg.vector_norm(torch.from_numpy(change), dtype=torch.float64))  # numpy's wakes other threads
    if not np.isfinite(norm):
        return np.zeros_like(change)
    return change * np.float32(min(1.0, clip / max(norm, 1e-30)) * (1 - 1e-6))  # rounding must not lengthen it


def client_bounds(row_users: np.ndarray, num_users: int, users_per_client: int) -> np.ndarray:
    """[num_clients + 1] first row of each client, then the number of rows.

    `row_users` [num_rows] is the user of each training row, ascending. Clients hold users by their indices alone.
    """
    firsts = np.arange(1, num_users + 1, users_per_client)
    return np.append(np.searchsorted(row_users, firsts), len(row_users))


class Clients:
    """Answers of the simulated clients to the messages of either protocol."""

    def __init__(self, train: Callable[[int, Invitation], Update]) -> None:
        self.train = train
        self.secure: dict[int, SecureClient] = {}

    def answer(self, client: int, request: Payload) -> Payload:
        if type(request) is Invitation:
            return self.train(client, request)
        if isinstance(request, KeyRequest):
            self.secure[client] = SecureClient(client, lambda invitation: self.train(client, invitation))
        return self.secure[client].answer(request)

    def end_round(self) -> None:
        """Forget the keys of the round."""
        self.secure.clear()


def leaving_clients(clients: Sequence[int], share: float, rng: np.random.Generator) -> list[int]:
    """Clients that leave before they answer, each with the probability `share`."""
    return [client for client, draw in zip(clients, rng.random(len(clients)), strict=True) if draw < share]
