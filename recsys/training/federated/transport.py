"""Messages between a server and its clients.

The server knows a client by its number only. Here all clients live in one process and are served one after another, so
that a single update is in memory at a time; a transport over a network would carry the same messages.
P: number of weights of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Payload(Protocol):
    """A message of the server or of a client; `num_bytes` is its size without addresses and framing."""

    @property
    def num_bytes(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Invitation:
    """Request for an `Update`, from the weights `state` [P] float32. `number` counts the rounds of the training."""

    number: int
    state: np.ndarray

    @property
    def num_bytes(self) -> int:
        return self.state.nbytes + 8


@dataclass(frozen=True, eq=False)
class Update:
    """Change of the weights by local steps, [P] float32, and its `weight` in the average.

    `loss` is summed over the client's `targets`, as measured in its first pass.
    """

    change: np.ndarray
    weight: float
    loss: float
    targets: int

    @property
    def num_bytes(self) -> int:
        return self.change.nbytes + 24

    @property
    def terms(self) -> np.ndarray:
        """[P + 3] float64 that are summed over clients: weight * change, weight, loss and number of targets."""
        return np.append(self.weight * self.change.astype(np.float64), (self.weight, self.loss, self.targets))


class Transport(Protocol):
    """One exchange of messages."""

    def ask(self, requests: Mapping[int, Payload]) -> Iterator[tuple[int, Payload]]:
        """Send each client its request and yield (client, reply); a client that has left the round gives no reply."""
        ...


class InProcess:
    """Transport to simulated clients in this process, one after another in the order of the requests.

    `leaving` simulates dropouts of a round: the type of request at which a client leaves, without a reply to that one
    or a later one.
    """

    def __init__(self, answer: Callable[[int, Payload], Payload]) -> None:
        self.answer = answer
        self.begin_round({})

    def begin_round(self, leaving: Mapping[int, type]) -> None:
        self.leaving, self.gone = leaving, set[int]()

    def ask(self, requests: Mapping[int, Payload]) -> Iterator[tuple[int, Payload]]:
        for client, request in requests.items():
            if client in self.leaving and isinstance(request, self.leaving[client]):
                self.gone.add(client)
            if client not in self.gone:
                yield client, self.answer(client, request)


class CountedTransport:
    """Counts the bytes that pass: `bytes_down` to the clients, `bytes_up` from them."""

    def __init__(self, transport: Transport) -> None:
        self.transport, self.bytes_down, self.bytes_up = transport, 0, 0

    def ask(self, requests: Mapping[int, Payload]) -> Iterator[tuple[int, Payload]]:
        self.bytes_down += sum(request.num_bytes for request in requests.values())
        for client, reply in self.transport.ask(requests):
            self.bytes_up += reply.num_bytes
            yield client, reply
