"""Which history goes with an impression."""

from dataclasses import replace

import numpy as np
import pandas as pd

from recsys.data.interactions import Interactions
from recsys.sequences.impression_targets import ends_before, impression_targets
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import dataset_of, log_of

LOG = log_of([1, 2, 3, 4], [3, 1, 2])
TIMES = np.array([10, 20, 20, 30, 5, 20, 40])


def targets_of(log: Interactions, **columns: list[int]):
    shown = pd.DataFrame({name: np.array(values, dtype=np.int64) for name, values in columns.items()})
    return impression_targets(replace(dataset_of(log), impressions=shown), leave_one_out(log))


def test_the_history_is_what_happened_before_the_impression():
    """An event at the very second of the impression may be its consequence: it does not count."""
    log = replace(LOG, times=TIMES)
    found = targets_of(log, user_id=[2, 1, 1, 1], item_id=[4, 3, 3, 3], time=[6, 99, 20, 0])
    assert [found.history(row).tolist() for row in range(4)] == [[3], [1, 2, 3, 4], [1], []]
    assert found.users.tolist() == [2, 1, 1, 1]


def test_without_times_the_history_is_the_training_events():
    found = targets_of(LOG, user_id=[1, 2], item_id=[4, 4])
    assert [found.history(row).tolist() for row in range(2)] == [[1, 2], [3]]
    found = targets_of(LOG, user_id=[1, 2], item_id=[4, 4], time=[1, 1])  # the log has none
    assert [found.history(row).tolist() for row in range(2)] == [[1, 2], [3]]


def test_ends_are_those_of_a_count_one_by_one():
    rng = np.random.default_rng(5)
    log = log_of(*(list(rng.integers(1, 9, size)) for size in rng.integers(1, 12, 30)))
    times = np.concatenate([np.sort(rng.integers(0, 20, n)) for n in np.diff(log.offsets)[1:]])
    users, when = rng.integers(1, 31, 200), rng.integers(-1, 22, 200)
    counted = [log.offsets[u] + (times[log.offsets[u] : log.offsets[u + 1]] < t).sum() for u, t in zip(users, when, strict=True)]  # fmt: skip
    assert ends_before(log, times, users, when).tolist() == counted
