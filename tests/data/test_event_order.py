"""The order of events against numpy's."""

import numpy as np
import pytest

from recsys.data.event_order import FEW, event_order, sort_in_threads, stable_order


@pytest.mark.parametrize("span", [1, 50, 2**40, 2**62])  # the last two do not leave room for the positions
def test_whole_numbers_are_ordered_as_argsort_orders_them(span):
    keys = np.random.default_rng(span % 97).integers(-span, span, 1000)
    keys[500:600] = keys[:100]
    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@pytest.mark.parametrize("is_sorted", [True, False])
def test_events_are_ordered_by_user_then_time_then_position(is_sorted):
    rng = np.random.default_rng(0)
    users, times = rng.integers(1, 30, 1000), rng.integers(0, 100, 1000)
    times = np.sort(times) if is_sorted else times
    assert event_order(users, times).tolist() == np.lexsort((times, users)).tolist()
    assert event_order(users, None).tolist() == np.argsort(users, kind="stable").tolist()


def test_many_numbers_are_sorted_in_parts():
    numbers = np.random.default_rng(0).integers(-(10**6), 10**6, FEW)
    expected = np.sort(numbers)
    sort_in_threads(numbers)
    assert np.array_equal(numbers, expected)
