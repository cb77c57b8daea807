"""Stable orders of whole numbers, several times as fast as numpy's `argsort` and `lexsort`."""

from __future__ import annotations

import numpy as np

from recsys.data.threads import WORKERS, in_threads

FEW = 100_000  # numbers that are not worth threads


def sort_in_threads(numbers: np.ndarray) -> None:
    """Sort in place. Parting numbers at their quantiles takes a tenth of the time of sorting them."""
    if len(numbers) < FEW or WORKERS == 1:
        numbers.sort()
        return
    cuts = [len(numbers) * part // WORKERS for part in range(1, WORKERS)]
    numbers.partition(cuts)
    list(in_threads(np.ndarray.sort, np.split(numbers, cuts)))


def stable_order(keys: np.ndarray) -> np.ndarray:
    """[num_keys] positions of whole numbers in ascending order, equal ones as they stand; what `argsort` gives.

    A key and its position are packed into one number, since numpy sorts plain numbers with vector instructions.
    """
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    lowest, position_bits = int(keys.min()), len(keys).bit_length()
    if (int(keys.max()) - lowest).bit_length() + position_bits > 63:
        return np.argsort(keys, kind="stable")
    packed = keys - lowest
    packed <<= position_bits
    packed |= np.arange(len(keys))
    sort_in_threads(packed)
    packed &= (1 << position_bits) - 1
    return packed


def event_order(users: np.ndarray, times: np.ndarray | None) -> np.ndarray:
    """[num_events] positions of the events by user, then time, then position. Both int64."""
    if times is None or (times[1:] >= times[:-1]).all():
        return stable_order(users)
    by_time = stable_order(times)
    return by_time[stable_order(users[by_time])]
