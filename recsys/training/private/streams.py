"""Secret random streams for sampling and noise: ChaCha20 under a key of the run.

Whoever can repeat the draws can remove the noise, so they never come from the seed of a run. The stream of an epoch
depends on the key and the epoch only: a run resumed with its key has the bits of an undisturbed one. Noise is rounded to
the precision of the weights; attacks on floating-point noise (Mironov 2012) are not covered.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import numpy as np

KEY_BYTES = 32


def new_key() -> bytes:
    """A key from the operating system."""
    return os.urandom(KEY_BYTES)


class SecretStream:
    """Random numbers of one epoch, a function of `key` and `epoch`."""

    def __init__(self, key: bytes, epoch: int) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

        assert len(key) == KEY_BYTES
        key_of_epoch = hmac.digest(key, b"epoch %d" % epoch, hashlib.sha256)
        self._stream = Cipher(algorithms.ChaCha20(key_of_epoch, bytes(16)), mode=None).encryptor()

    def integers(self, num: int) -> np.ndarray:
        """[num] uint64, uniform."""
        return np.frombuffer(self._stream.update(bytes(8 * num)), dtype=np.uint64)

    def uniform(self, num: int) -> np.ndarray:
        """[num] float64, uniform in [0, 1)."""
        return (self.integers(num) >> np.uint64(11)) * 2.0**-53

    def normal(self, num: int) -> np.ndarray:
        """[num] float64, standard normal, by the Box-Muller transform."""
        half = -(-num // 2)
        radii = np.sqrt(-2 * np.log1p(-self.uniform(half)))
        angles = 2 * np.pi * self.uniform(half)
        return np.concatenate([radii * np.cos(angles), radii * np.sin(angles)])[:num]
