"""Users held out of a run: none of their events is trained on, validated on or tested.

They are the non-members of a membership inference attack (evaluation/membership.py). The catalogue, the tables of items
and users and all indices stay as they are. Both splits then work on the events of the other users alone, so no cut in
time, cold-start item or rule about repeats depends on a held-out user.
"""

from __future__ import annotations

import numpy as np

from recsys.data.interactions import Interactions
from recsys.sequences.split import MIN_EVENTS_TO_EVALUATE, Split

HELD_OUT_SEED = (
    20_261_130  # do not change: runs on the same dataset hold out the same users, and stored runs depend on it
)


def draw_held_out_users(log: Interactions, share: float, seed: int = HELD_OUT_SEED) -> np.ndarray:
    """Sorted indices of `share` (0 to 0.5) of the users, at least one if above 0. A larger share draws the same and more."""
    assert 0 <= share <= 0.5, "checked where it was requested"
    if not share:
        return np.empty(0, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(log.num_users) + 1
    return np.sort(order[: max(1, round(share * log.num_users))])


def without_users(log: Interactions, users: np.ndarray) -> Interactions:
    """The events of all users but these, with the same ids and indices."""
    return log.keep(~np.isin(log.users, users)) if len(users) else log


def as_trained(log: Interactions, split: Split) -> Interactions:
    """The events of all users of `log` that the rule of `split` trains on, those of its held-out users included.

    For the users of the split these are its training events. For a held-out user they are those that would have been.
    """
    if split.time_cut is not None:
        assert log.times is not None
        return log.keep(log.times < split.time_cut.validation)
    lengths = np.diff(log.offsets)
    num_held_out = np.where(lengths >= MIN_EVENTS_TO_EVALUATE, 2, 0)[log.users]
    from_end = log.offsets[log.users + 1] - np.arange(len(log))  # 1 for the last event of a user
    return log.keep((from_end > num_held_out) & ~np.isin(log.items, split.cold_items))
