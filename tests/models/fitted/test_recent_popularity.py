from dataclasses import replace

import numpy as np

from recsys.models.base import Shape
from recsys.models.fitted.recent_popularity import RecentPopularity, RecentPopularityConfig
from tests.worlds.logs import log_of


def fitted(log, **settings):
    model = RecentPopularity(Shape(log.num_users, log.num_items), RecentPopularityConfig(**settings)).eval()
    model.fit(log)
    return model


def timed(log, *times):
    return replace(log, times=np.array(times, dtype=np.int64))


def test_an_event_counts_half_once_a_half_life_of_the_log_came_after_it():
    log = timed(log_of([1, 2], [3, 4]), 10, 20, 15, 30)  # in order of time: 1, 3, 2, 4, a quarter of the log apart
    weights = np.array([2**-3, 2**-1, 2**-2, 1])  # of items 1, 2, 3, 4
    np.testing.assert_allclose(fitted(log, half_life=0.25).counts[1:], weights / weights.sum())


def test_what_most_people_chose_lately_comes_before_what_more_chose_long_ago():
    log = timed(log_of([1, 3], [1, 3], [1, 2]), 1, 8, 2, 9, 3, 7)
    scores = fitted(log, half_life=0.2).scores([np.array([2])])[0]
    assert log.item_counts[1] > log.item_counts[3]
    assert scores[3] > scores[1]


def test_a_burst_or_one_wrong_date_decides_nothing():
    log = log_of([1, 2], [3, 4])
    orderly, odd = timed(log, 1, 2, 3, 4), timed(log, -(10**9), 7, 8, 10**12)
    assert fitted(orderly).counts.tolist() == fitted(odd).counts.tolist()


def test_events_of_the_same_moment_are_of_the_same_age():
    counts = fitted(timed(log_of([1, 2], [3, 4]), 5, 5, 5, 9)).counts
    assert counts[1] == counts[2] == counts[3] < counts[4]


def test_without_times_the_place_in_a_persons_own_history_is_the_age():
    counts = fitted(log_of([1, 2], [3, 4, 5, 6]), half_life=0.5).counts
    weights = 2.0 ** np.array([-1, 0, -1.5, -1, -0.5, 0])
    np.testing.assert_allclose(counts[1:], weights / weights.sum(), rtol=1e-6)


def test_a_long_half_life_is_plain_popularity():
    log = log_of([1, 2], [1, 3], [2, 1])
    np.testing.assert_allclose(fitted(log, half_life=10).counts, log.item_counts / len(log), atol=0.02)
