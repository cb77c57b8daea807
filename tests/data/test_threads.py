"""Results of threads come in order, and values are taken as they are needed."""

import time

import pytest

from recsys.data.threads import WORKERS, in_threads


def test_results_keep_the_order_of_the_values():
    def slow_first(value: int) -> int:
        time.sleep(0.02 if value == 0 else 0)
        return 10 * value

    assert list(in_threads(slow_first, range(5))) == [0, 10, 20, 30, 40]


def test_no_more_values_are_taken_than_workers_can_hold():
    taken = []
    results = in_threads(str, (taken.append(value) or value for value in range(100)))
    assert next(results) == "0"
    assert len(taken) == WORKERS + 1


def test_the_first_error_is_raised():
    with pytest.raises(ValueError, match="1"):
        list(in_threads(lambda value: int("x" * value + "1") if value else 0, range(3)))
