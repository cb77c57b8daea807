"""Messages of a secure sum (secure_sum.py), in their order. P: number of values of an update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.training.federated.shamir import SHARE_BYTES
from recsys.training.federated.transport import Invitation


@dataclass(frozen=True)
class KeyRequest:
    """First message of a round: request for `PublicKeys`."""

    num_bytes: int = 8


@dataclass(frozen=True)
class PublicKeys:
    """X25519 public keys of a client for this round: of its encrypted shares and of its masks."""

    sharing: bytes
    masking: bytes

    num_bytes = 64


@dataclass(frozen=True)
class ShareRequest:
    """Keys of the neighbours; `threshold` of them must be able to reveal a secret. Request for `EncryptedShares`."""

    keys: Mapping[int, PublicKeys]
    threshold: int

    @property
    def num_bytes(self) -> int:
        return 8 + sum(8 + keys.num_bytes for keys in self.keys.values())


@dataclass(frozen=True)
class EncryptedShares:
    """Shares of a client's secrets, encrypted for each neighbour."""

    by_client: Mapping[int, bytes]

    @property
    def num_bytes(self) -> int:
        return sum(8 + len(share) for share in self.by_client.values())


@dataclass(frozen=True, eq=False)
class MaskedInvitation(Invitation):
    """Like `Invitation`, with the shares from the neighbours that still take part. Request for a `MaskedUpdate`."""

    shares: Mapping[int, bytes]

    @property
    def num_bytes(self) -> int:
        return self.state.nbytes + 8 + sum(8 + len(share) for share in self.shares.values())


@dataclass(frozen=True, eq=False)
class MaskedUpdate:
    """Fixed-point terms of an update plus all its masks, [P] uint64."""

    values: np.ndarray

    @property
    def num_bytes(self) -> int:
        return self.values.nbytes


@dataclass(frozen=True)
class UnmaskRequest:
    """Which neighbours answered and which left. Request for `RevealedShares`."""

    answered: Sequence[int]
    left: Sequence[int]

    @property
    def num_bytes(self) -> int:
        return 8 * (len(self.answered) + len(self.left))


@dataclass(frozen=True)
class RevealedShares:
    """Shares of the own masks of neighbours that answered, and of the mask keys of those that left."""

    own_masks: Mapping[int, int]
    mask_keys: Mapping[int, int]

    @property
    def num_bytes(self) -> int:
        return (8 + SHARE_BYTES) * (len(self.own_masks) + len(self.mask_keys))
