"""Impressions -> targets: what was shown to a user, with the history that the user had when it was shown."""

from __future__ import annotations

import numpy as np

from recsys.data.dataset import Dataset
from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.sequences.split import Split, Targets


def impression_targets(dataset: Dataset, split: Split) -> Targets:
    """A target for each impression of `dataset`, in their order. The history is what the user's log holds before the
    time of the impression, or the user's training events where impressions or the log have no time."""
    shown, log = dataset.impressions, dataset.interactions
    assert shown is not None
    users, items = shown[USER].to_numpy(), shown[ITEM].to_numpy()
    if TIME not in shown or log.times is None:
        return Targets(split.train, users, items, split.train.offsets[users + 1])
    return Targets(log, users, items, ends_before(log, log.times, users, shown[TIME].to_numpy()))


def ends_before(log: Interactions, log_times: np.ndarray, users: np.ndarray, times: np.ndarray) -> np.ndarray:
    """[num_rows] where in the log the events of each of `users` before `times` end; an event at that time is not one."""
    is_event = np.repeat([False, True], [len(users), len(log)])
    whose, when = np.concatenate([users, log.users]), np.concatenate([times, log_times])
    order = np.lexsort((is_event, when, whose))
    ends = np.empty(len(order), dtype=np.int64)
    ends[order] = is_event[order].cumsum()
    return ends[: len(users)]
