"""Secure aggregation: the server learns the sum of the clients' updates and no single one.

Pairs of neighbouring clients agree on a mask that one adds and the other subtracts, so masks cancel in the sum
(Bonawitz et al. 2017, "Practical secure aggregation for privacy-preserving machine learning"). Each client also adds a
mask of its own. The seeds of both are shared among its neighbours (shamir.py): of a client that answered they reveal
the own mask, of one that left the mask key, never both. Neighbours are those of a random sparse graph (Bell et al.
2020, "Secure single-server aggregation with (poly)logarithmic overhead", semi-honest version). The server is trusted to
follow the protocol, and to collude with less than a third of a client's neighbours. Sums are exact in fixed point,
modulo 2^64. P: number of values of an update.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recsys.training.federated import shamir
from recsys.training.federated.secure_messages import (
    EncryptedShares,
    KeyRequest,
    MaskedInvitation,
    MaskedUpdate,
    PublicKeys,
    RevealedShares,
    ShareRequest,
    UnmaskRequest,
)
from recsys.training.federated.shamir import SHARE_BYTES
from recsys.training.federated.transport import Invitation, Payload, Transport, Update

FRACTION_BITS = 32  # of a fixed-point number; the 31 others hold sums up to 2e9
MIN_CLIENTS = 3  # answers that a sum must have
FEWEST_NEIGHBOURS, PER_DOUBLING = 20, 3  # neighbours of a client, and for each doubling of the number of clients
SHARE_MASKS, SHARE_KEYS = b"recscope secure sum: mask", b"recscope secure sum: shares"


class TooFewClientsError(Exception):
    """More clients left than the sum can do without; nothing is learnt about any update."""


def to_fixed(terms: np.ndarray) -> np.ndarray:
    """Fixed-point numbers as uint64 modulo 2^64, rounded towards zero, so that a clipped norm never grows."""
    return np.trunc(terms * 2.0**FRACTION_BITS).astype(np.int64).view(np.uint64)


def from_fixed(values: np.ndarray) -> np.ndarray:
    """Inverse of `to_fixed` for a sum, as float64."""
    return values.view(np.int64) / 2.0**FRACTION_BITS


def mask_of(seed: bytes, size: int) -> np.ndarray:
    """`size` uniform uint64: the ChaCha20 key stream of a 32-byte seed that is used once."""
    stream = np.zeros(size, dtype="<u8")
    Cipher(algorithms.ChaCha20(seed, bytes(16)), mode=None).encryptor().update_into(stream.view(np.uint8), stream.view(np.uint8))  # type: ignore[arg-type]  # fmt: skip
    return stream


def agree(private: X25519PrivateKey, public: bytes, purpose: bytes) -> bytes:
    """The 32-byte key that two clients share for a purpose."""
    secret = private.exchange(X25519PublicKey.from_public_bytes(public))
    return HKDF(hashes.SHA256(), 32, salt=None, info=purpose).derive(secret)


def sign(client: int, other: int) -> int:
    """1 if `client` adds the mask that it shares with `other`, -1 if it subtracts it."""
    return 1 if client < other else -1


def add_mask(values: np.ndarray, seed: bytes, times: int) -> None:
    """Add the mask to `values` in place, or subtract it for `times` = -1."""
    (np.add if times > 0 else np.subtract)(values, mask_of(seed, len(values)), out=values)


def neighbours_of(clients: Sequence[int], rng: np.random.Generator) -> dict[int, list[int]]:
    """Neighbours of each client in a random regular graph: a circle in random order, joined to the nearest ones."""
    num = len(clients)
    wanted = max(FEWEST_NEIGHBOURS, PER_DOUBLING * math.ceil(math.log2(max(2, num))))
    reach = min((wanted + 1) // 2, num // 2)
    circle = [clients[at] for at in rng.permutation(num)]
    return {
        client: sorted({circle[(at + step) % num] for step in range(-reach, reach + 1)} - {client})
        for at, client in enumerate(circle)
    }


def threshold_of(neighbours: Sequence[int]) -> int:
    """Shares that reveal a secret: more than a third of the neighbours, so that 30 % of them may leave."""
    return len(neighbours) // 3 + 1


@dataclass(eq=False)
class SecureClient:
    """Client's side of one sum. `train` gives its update; keys are drawn anew for each sum."""

    client: int
    train: Callable[[Invitation], Update]
    sharing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    masking: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    own_seed: bytes = field(default_factory=lambda: os.urandom(32))
    keys: dict[int, PublicKeys] = field(default_factory=dict)
    shares: dict[int, bytes] = field(default_factory=dict)
    boxes: dict[int, ChaCha20Poly1305] = field(default_factory=dict)
    has_revealed: bool = False

    def answer(self, request: Payload) -> Payload:
        """The reply to each message of the protocol, which come in order."""
        if isinstance(request, KeyRequest):
            return PublicKeys(
                self.sharing.public_key().public_bytes_raw(), self.masking.public_key().public_bytes_raw()
            )
        if isinstance(request, ShareRequest):
            return self.share(request)
        if isinstance(request, MaskedInvitation):
            return self.masked(request)
        assert isinstance(request, UnmaskRequest)
        return self.reveal(request)

    def share(self, request: ShareRequest) -> EncryptedShares:
        self.keys = dict(request.keys)
        holders = [other + 1 for other in self.keys]
        own = shamir.split(int.from_bytes(self.own_seed, "big"), request.threshold, holders)
        key = shamir.split(int.from_bytes(self.masking.private_bytes_raw(), "big"), request.threshold, holders)
        return EncryptedShares(
            {
                other: self._box(other).encrypt(
                    _nonce(self.client),
                    own[other + 1].to_bytes(SHARE_BYTES, "big") + key[other + 1].to_bytes(SHARE_BYTES, "big"),
                    None,
                )
                for other in self.keys
            }
        )

    def masked(self, request: MaskedInvitation) -> MaskedUpdate:
        self.shares = dict(request.shares)
        values = to_fixed(self.train(request).terms)
        add_mask(values, self.own_seed, 1)
        for other in self.shares:
            seed = agree(self.masking, self.keys[other].masking, SHARE_MASKS)
            add_mask(values, seed, sign(self.client, other))
        return MaskedUpdate(values)

    def reveal(self, request: UnmaskRequest) -> RevealedShares:
        """Decrypt the shares that the server needs; at most once, and for a neighbour never both."""
        assert not self.has_revealed, "a second request could unmask an update"
        assert not set(request.answered) & set(request.left), "both secrets of a client would unmask its update"
        self.has_revealed = True
        opened = {
            other: self._box(other).decrypt(_nonce(other), self.shares[other], None)
            for other in (*request.answered, *request.left)
        }
        return RevealedShares(
            {other: int.from_bytes(opened[other][:SHARE_BYTES], "big") for other in request.answered},
            {other: int.from_bytes(opened[other][SHARE_BYTES:], "big") for other in request.left},
        )

    def _box(self, other: int) -> ChaCha20Poly1305:
        if other not in self.boxes:
            self.boxes[other] = ChaCha20Poly1305(agree(self.sharing, self.keys[other].sharing, SHARE_KEYS))
        return self.boxes[other]


def _nonce(sender: int) -> bytes:
    """The two directions of a pair share a key and differ in the sender."""
    return sender.to_bytes(12, "big")


def secure_sum(
    transport: Transport, clients: Sequence[int], invitation: Invitation, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Server's side: (sum of the terms of all clients that answered, how many did). Raises TooFewClientsError.

    `rng` draws the graph. Memory holds one masked update at a time, and the masks of one client.
    """
    keys: dict[int, PublicKeys] = dict(transport.ask(dict.fromkeys(clients, KeyRequest())))  # type: ignore[arg-type]
    _check_number(keys)
    graph = neighbours_of(sorted(keys), rng)
    wanted = {
        client: ShareRequest({other: keys[other] for other in graph[client]}, threshold_of(graph[client]))
        for client in graph
    }
    shares: dict[int, EncryptedShares] = dict(transport.ask(wanted))  # type: ignore[arg-type]
    invited = {
        client: MaskedInvitation(
            invitation.number,
            invitation.state,
            {other: shares[other].by_client[client] for other in graph[client] if other in shares},
        )
        for client in shares
    }
    total, answered = np.zeros(0, dtype=np.uint64), set[int]()
    for client, reply in transport.ask(invited):
        assert isinstance(reply, MaskedUpdate)
        total = total + reply.values if len(total) else reply.values.copy()
        answered.add(client)
    _check_number(answered)
    revealed = _reveal(transport, graph, set(shares), answered)
    for client in sorted(shares):
        secret = _secret(revealed, graph[client], client, client in answered)
        if client in answered:
            add_mask(total, secret, -1)
            continue
        private = X25519PrivateKey.from_private_bytes(secret)
        for other in graph[client]:
            if other in answered:
                add_mask(total, agree(private, keys[other].masking, SHARE_MASKS), -sign(other, client))
    return from_fixed(total), len(answered)


def _check_number(clients: Iterable[int]) -> None:
    if len(list(clients)) < MIN_CLIENTS:
        raise TooFewClientsError


def _reveal(
    transport: Transport, graph: Mapping[int, Sequence[int]], shared: set[int], answered: set[int]
) -> dict[int, RevealedShares]:
    requests = {
        client: UnmaskRequest(
            [other for other in graph[client] if other in answered],
            [other for other in graph[client] if other in shared - answered],
        )
        for client in sorted(answered)
    }
    return dict(transport.ask(requests))  # type: ignore[arg-type]


def _secret(
    revealed: Mapping[int, RevealedShares], neighbours: Sequence[int], client: int, has_answered: bool
) -> bytes:
    """Seed of the own mask of a client that answered, else its private mask key."""
    holders = [other for other in neighbours if other in revealed][: threshold_of(neighbours)]
    if len(holders) < threshold_of(neighbours):
        raise TooFewClientsError
    kinds = {other: revealed[other].own_masks if has_answered else revealed[other].mask_keys for other in holders}
    return shamir.combine({other + 1: kinds[other][client] for other in holders}).to_bytes(32, "big")
