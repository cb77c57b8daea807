"""Secure sums: right when clients leave at any phase, and masks that hide."""

import numpy as np
import pytest

from recsys.training.federated.client import Clients
from recsys.training.federated.secure_messages import (
    KeyRequest,
    MaskedInvitation,
    MaskedUpdate,
    ShareRequest,
    UnmaskRequest,
)
from recsys.training.federated.secure_sum import (
    SecureClient,
    TooFewClientsError,
    from_fixed,
    mask_of,
    neighbours_of,
    secure_sum,
    to_fixed,
)
from recsys.training.federated.transport import InProcess, Invitation, Update

SIZE, NUM_CLIENTS = 50, 40
PHASES = [KeyRequest, ShareRequest, MaskedInvitation, UnmaskRequest]


def update_of(client):
    rng = np.random.default_rng(client)
    return Update(rng.normal(size=SIZE).astype(np.float32), float(client % 7 + 1), float(client) / 3, client + 1)


def world():
    clients = Clients(lambda client, invitation: update_of(client))
    return InProcess(clients.answer)


def summed(transport, clients=range(NUM_CLIENTS)):
    invitation = Invitation(1, np.zeros(SIZE, dtype=np.float32))
    return secure_sum(transport, list(clients), invitation, np.random.default_rng(0))


@pytest.mark.parametrize("phase", PHASES)
def test_with_30_percent_of_the_clients_lost_the_sum_is_that_of_those_who_answered(phase):
    transport = world()
    lost = np.random.default_rng(5).choice(NUM_CLIENTS, round(0.3 * NUM_CLIENTS), replace=False).tolist()
    transport.begin_round(dict.fromkeys(lost, phase))
    total, answered = summed(transport)
    rest = range(NUM_CLIENTS) if phase is UnmaskRequest else [c for c in range(NUM_CLIENTS) if c not in lost]
    assert answered == len(rest)
    expected = sum(update_of(client).terms for client in rest)
    np.testing.assert_allclose(total, expected, atol=len(rest) * 2.0**-32, rtol=0)


def test_clients_may_leave_at_every_phase_of_the_same_sum():
    transport = world()
    leaving = {client: PHASES[client // 3] for client in range(12)}  # three at each phase
    transport.begin_round(leaving)
    total, answered = summed(transport)
    rest = range(9, NUM_CLIENTS)  # those who left at the last phase had answered
    assert answered == len(rest)
    np.testing.assert_allclose(total, sum(update_of(client).terms for client in rest), atol=1e-8, rtol=0)


def test_without_the_secret_of_a_client_that_left_the_sum_is_given_up():
    transport = world()
    transport.begin_round(dict.fromkeys(range(30), UnmaskRequest))
    with pytest.raises(TooFewClientsError):
        summed(transport)


def test_a_sum_of_two_would_give_each_away_and_is_refused():
    with pytest.raises(TooFewClientsError):
        summed(world(), range(2))


def test_what_a_client_sends_looks_random_and_differs_each_time():
    sent = []
    clients = Clients(lambda client, invitation: Update(np.zeros(SIZE, dtype=np.float32), 0.0, 0.0, 0))

    def answer(client, request):
        reply = clients.answer(client, request)
        if isinstance(reply, MaskedUpdate):
            sent.append(reply.values.copy())
        return reply

    total, _ = summed(InProcess(answer))
    assert not total.any()
    bits = np.unpackbits(np.concatenate(sent).view(np.uint8))
    assert abs(bits.mean() - 0.5) < 0.01  # of 135,680 bits: seven standard deviations
    assert len(np.unique(np.concatenate(sent))) == NUM_CLIENTS * (SIZE + 3)


def test_a_client_never_reveals_both_secrets_of_a_neighbour():
    client = SecureClient(0, lambda invitation: update_of(0))
    with pytest.raises(AssertionError, match="both secrets"):
        client.answer(UnmaskRequest([1], [1]))


def test_a_client_reveals_once():
    client = SecureClient(0, lambda invitation: update_of(0))
    client.answer(UnmaskRequest([], []))
    with pytest.raises(AssertionError, match="second request"):
        client.answer(UnmaskRequest([], []))


def test_neighbours_are_mutual_sparse_and_joined():
    clients = list(range(0, 400, 2))
    graph = neighbours_of(clients, np.random.default_rng(1))
    assert {len(neighbours) for neighbours in graph.values()} == {24}  # 3 for each doubling
    assert all(client in graph[other] for client in clients for other in graph[client])
    reached, waiting = set(), [0]
    while waiting:
        client = waiting.pop()
        if client not in reached:
            reached.add(client)
            waiting += graph[client]
    assert reached == set(clients)


def test_in_a_small_round_everybody_is_a_neighbour():
    assert neighbours_of([3, 5, 8], np.random.default_rng(0)) == {3: [5, 8], 5: [3, 8], 8: [3, 5]}


def test_fixed_point_numbers_round_towards_zero_and_add_up():
    numbers = np.array([0.75, -0.75, 2.0**-33, -(2.0**-33), -1e6])
    np.testing.assert_array_equal(from_fixed(to_fixed(numbers)), [0.75, -0.75, 0, 0, -1e6])
    assert from_fixed(to_fixed(numbers[:2]).sum(keepdims=True)) == 0


def test_a_mask_is_the_chacha20_key_stream():
    # RFC 8439, A.1, test vector 1: key, nonce and counter zero
    assert mask_of(bytes(32), 2).tobytes().hex() == "76b8e0ada0f13d90405d6ae55386bd28"
