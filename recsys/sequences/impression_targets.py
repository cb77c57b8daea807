"""Impressions as targets, each with the user's history at the time of the impression."""

from __future__ import annotations

import numpy as np

from recsys.data.dataset import Dataset
from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.sequences.split import Split, Targets


def impression_targets(dataset: Dataset, split: Split) -> Targets:
    """One target per impression of `dataset`, in their order.

    The history is the user's events before the impression, or the user's training events if impressions or interactions
    have no time.
    """
    impressions, log = dataset.impressions, dataset.interactions
    assert impressions is not None
    users, items = impressions[USER].to_numpy(), impressions[ITEM].to_numpy()
    if TIME not in impressions or log.times is None:
        return Targets(split.train, users, items, split.train.offsets[users + 1])
    return Targets(log, users, items, ends_before(log, log.times, users, impressions[TIME].to_numpy()))


def ends_before(log: Interactions, log_times: np.ndarray, users: np.ndarray, times: np.ndarray) -> np.ndarray:
    """[num_rows] position in the interactions where the events of each of `users` before `times` end.

    An event at exactly that time is excluded.
    """
    is_event = np.repeat([False, True], [len(users), len(log)])
    all_users, all_times = np.concatenate([users, log.users]), np.concatenate([times, log_times])
    order = np.lexsort((is_event, all_times, all_users))
    ends = np.empty(len(order), dtype=np.int64)
    ends[order] = is_event[order].cumsum()
    return ends[: len(users)]
