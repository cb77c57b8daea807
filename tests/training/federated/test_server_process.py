"""A server in a process of its own, reached by a pipe: its memory and its log never hold a client's update.

One client's change is a pattern. While the server waits for the next client, and at its end, its whole memory is
searched for the pattern: as float32, as the float64 terms of the sum, and in fixed point.
"""

import logging
import multiprocessing
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from recsys.training.federated.client import Clients
from recsys.training.federated.secure_messages import MaskedUpdate
from recsys.training.federated.secure_sum import to_fixed
from recsys.training.federated.server import Server
from recsys.training.federated.transport import Update

SIZE, NUM_CLIENTS, CANARY = 1000, 12, 5
SHORTEST = 8 * 4  # bytes of the pattern that count as found


class PipeTransport:
    """Server's end of a pipe: requests go out one by one, None comes back for a client that has left."""

    def __init__(self, connection):
        self.connection = connection

    def ask(self, requests):
        for client, request in requests.items():
            self.connection.send((client, request))
            reply = self.connection.recv()
            if reply is not None:
                yield client, reply


def serve(connection, log):
    """The server's process: a round with secure sums, then one without."""
    logging.basicConfig(filename=log, level=logging.DEBUG)
    for secure in (True, False):
        server = Server(np.zeros(SIZE, dtype=np.float32), PipeTransport(connection), secure=secure)
        done = server.run_round(1, range(NUM_CLIENTS), np.random.default_rng(0))
        logging.info("round done: %s, weights %s", done, server.weights[:5])
        connection.send(("done", server.weights.copy()))
    connection.recv()


def update_of(client):
    rng = np.random.default_rng(77 + client)
    return Update(rng.normal(size=SIZE).astype(np.float32), float(client + 1), 1.0, client + 1)


def patterns():
    """Pieces of the canary's update in each form that it could have."""
    update = update_of(CANARY)
    forms = (update.change, update.terms, to_fixed(update.terms))
    return [form[start : start + 8].tobytes() for form in forms for start in (0, 600)]


def is_in_memory(pid, pieces):
    """Whether any of the pieces occurs in the readable memory of a process."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            low, high, access = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if not access.startswith("rw"):  # what was received lies where it could be written
                continue
            memory.seek(int(low, 16))
            try:
                content = memory.read(int(high, 16) - int(low, 16))
            except OSError:
                continue
            if any(piece in content for piece in pieces):
                return True
    return False


def watched_round(connection, pid):
    """(whether the canary was seen in the server's memory, its weights after the round).

    The memory is searched where the server has the canary's reply and waits for another, and at the end.
    """
    clients, pieces, seen, has_answered = Clients(lambda client, _: update_of(client)), patterns(), [], False
    while True:
        client, request = connection.recv()
        if has_answered or client == "done":
            seen.append(is_in_memory(pid, pieces))
        if client == "done":
            assert len(seen) == 2
            return any(seen), request
        reply = clients.answer(client, request)
        has_answered = client == CANARY and isinstance(reply, Update | MaskedUpdate)
        connection.send(reply)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_holds_a_single_update_only_without_secure_sums(tmp_path):
    context = multiprocessing.get_context("spawn")  # a fork would begin with this process's memory
    connection, other_end = context.Pipe()
    server = context.Process(target=serve, args=(other_end, str(tmp_path / "server.log")))
    server.start()
    is_seen, secure_weights = watched_round(connection, server.pid)
    log = (tmp_path / "server.log").read_bytes()
    assert not is_seen
    is_seen, plain_weights = watched_round(connection, server.pid)
    assert is_seen  # so the search finds it where it is
    connection.send(None)
    server.join()
    assert b"round done" in log
    assert not any(piece in log for piece in patterns())
    total = sum(update_of(client).terms for client in range(NUM_CLIENTS))
    for weights in (secure_weights, plain_weights):
        np.testing.assert_allclose(weights, total[:SIZE] / total[SIZE], atol=1e-6)
