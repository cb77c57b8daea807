"""The metrics of a run's lists, on a log small enough to work out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.evaluation.list_report import category_matrix, list_metrics
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of

LOG = log_of([1, 2, 3, 4], [1, 1, 4, 3], num_items=4)  # training events: 1, 2 of the first user and 1, 1 of the second
ITEMS = pd.DataFrame({"category": ["", "Crime", "Crime|Drama", "Drama", ""]})
LISTS = np.zeros((2, 10), dtype=np.int32)
LISTS[0, :2], LISTS[1, :1] = [4, 3], [2]


def test_each_metric_is_that_of_the_definition():
    found = list_metrics(LISTS, leave_one_out(LOG), ITEMS)
    assert found["coverage@10"] == 3 / 4
    assert found["gini@10"] == pytest.approx((-3 * 0 - 1 * 1 + 1 * 1 + 3 * 1) / (4 * 3))
    assert found["novelty@10"] == pytest.approx(1.0)  # nobody has 4 or 3, one of two users has 2
    assert found["serendipity@10"] == pytest.approx((1.0 / 2 + 0) / 2)  # 4 was a hit at rank 1, and has no event
    assert found["popularity_lift@10"] == pytest.approx((0 + 1) / (2 + 3) - 1)  # 1 has three events, 2 has one
    assert "diversity@10" not in found  # item 4 has no category, so no list has a pair
    ours = [1.0 / 4 + 1.0 / 2, 1.0 / 4]  # the first user's history: 1 is Crime, 2 is half of each
    first = ours[0] * np.log(ours[0] / (0.01 * ours[0])) + ours[1] * np.log(ours[1] / (0.99 + 0.01 * ours[1]))
    second = 1.0 * np.log(1.0 / (0.99 * 0.5 + 0.01 * 1.0))  # its history is Crime alone, its list half of each
    assert found["miscalibration@10"] == pytest.approx((first + second) / 2)


def test_without_categories_there_are_no_metrics_of_them():
    found = list_metrics(LISTS, leave_one_out(LOG), ITEMS[[]])
    assert set(found) == {"coverage@10", "gini@10", "novelty@10", "serendipity@10", "popularity_lift@10"}


def test_an_item_may_have_several_categories_or_none():
    assert category_matrix(ITEMS).tolist() == [
        [False, False],
        [True, False],
        [True, True],
        [False, True],
        [False, False],
    ]
    assert category_matrix(pd.DataFrame({"category": ["", ""]})) is None
