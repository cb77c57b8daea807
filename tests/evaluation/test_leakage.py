"""Leakage of leave-one-out: training events after a test event, and items from the future."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.evaluation.leakage import Leakage, leakage
from recsys.sequences.split import leave_one_out
from recsys.sequences.time_split import time_split
from tests.worlds.logs import log_of

# u1 is active on the days 1 to 4, u2 on 5 to 8: the item 9 first occurs in training on day 6
EARLY_AND_LATE = replace(log_of([1, 2, 3, 9], [1, 9, 2, 3]), times=np.arange(1, 9))


def test_training_events_after_each_test_event_are_counted():
    found = leakage(leave_one_out(EARLY_AND_LATE))  # trained on: days 1 2 5 6; tested: days 4 and 8
    assert found.later == found.later_median == pytest.approx(0.25)


def test_a_held_out_item_that_first_occurs_later_is_from_the_future():
    assert leakage(leave_one_out(EARLY_AND_LATE)).future_items == 0.5


def test_users_active_at_the_same_times_leak_nothing():
    log = replace(log_of([1, 2, 3, 1], [2, 3, 1, 2]), times=np.array([1, 2, 3, 4] * 2))
    found = leakage(leave_one_out(log))
    assert (found.later, found.future_items, found.period, found.overlap) == (0, 0, 0, 0)
    assert found.level == "little"


def test_a_time_split_leaks_nothing():
    assert leakage(time_split(EARLY_AND_LATE, cut=7)).later == 0


def test_without_times_there_is_nothing_to_measure():
    assert leakage(leave_one_out(replace(EARLY_AND_LATE, times=None))) is None


@pytest.mark.parametrize(
    ("later", "future", "level"),
    [(0.04, 0.004, "little"), (0.05, 0, "some"), (0, 0.005, "some"), (0.25, 0, "strong"), (0, 0.05, "strong")],
)
def test_the_level_follows_the_worse_of_the_two(later, future, level):
    assert Leakage(later, later, future, 0.5, 0.5).level == level
