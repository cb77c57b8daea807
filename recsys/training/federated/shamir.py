"""Secret sharing by polynomials over a prime field: Shamir (1979), "How to share a secret"."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

PRIME = 2**521 - 1  # a Mersenne prime above any 256-bit secret
SHARE_BYTES = 66


def split(secret: int, threshold: int, holders: Iterable[int]) -> dict[int, int]:
    """One share per holder, a positive number; any `threshold` of them give the secret, fewer give nothing."""
    coefficients = [secret, *(secrets.randbelow(PRIME) for _ in range(threshold - 1))]
    shares = {}
    for holder in holders:
        value = 0
        for coefficient in reversed(coefficients):
            value = (value * holder + coefficient) % PRIME
        shares[holder] = value
    return shares


def combine(shares: Mapping[int, int]) -> int:
    """The secret of at least `threshold` shares by holder: Lagrange interpolation at 0."""
    secret = 0
    for holder, share in shares.items():
        numerator = denominator = 1
        for other in shares:
            if other != holder:
                numerator = numerator * other % PRIME
                denominator = denominator * (other - holder) % PRIME
        secret = (secret + share * numerator * pow(denominator, -1, PRIME)) % PRIME
    return secret
