import numpy as np
import pytest

from recsys.evaluation.intervals import bootstrap, intervals
from recsys.evaluation.metrics import METRICS, MISS, means

VALUES = np.random.default_rng(0).random(400)
RANKS = np.random.default_rng(1).integers(1, 60, 300)


def test_the_interval_contains_the_mean():
    low, high = bootstrap(VALUES)
    assert low < VALUES.mean() < high


def test_the_interval_is_as_wide_as_the_normal_one():
    low, high = bootstrap(VALUES)
    assert high - low == pytest.approx(2 * 1.96 * VALUES.std() / np.sqrt(400), rel=0.1)


def test_the_same_values_give_the_same_interval():
    assert bootstrap(VALUES) == bootstrap(VALUES.copy())


def test_another_seed_gives_another_interval():
    assert bootstrap(VALUES) != bootstrap(VALUES, seed=1)


def test_more_certainty_is_wider():
    low, high = bootstrap(VALUES, level=0.95)
    lower, higher = bootstrap(VALUES, level=0.99)
    assert lower < low < high < higher


def test_users_who_are_all_alike_leave_no_doubt():
    assert bootstrap(np.full(50, 0.25)) == pytest.approx((0.25, 0.25))


def test_every_metric_has_an_interval_around_its_mean():
    found, centre = intervals(RANKS, (5, 10)), means(RANKS, (5, 10))
    assert set(found) == {f"{metric}@{k}" for metric in METRICS for k in (5, 10)}
    assert all(low <= centre[name] <= high for name, (low, high) in found.items())


def test_metrics_that_are_equal_have_equal_intervals():
    found = intervals(RANKS)
    assert found["hr@10"] == found["recall@10"]
    assert found["precision@10"] == pytest.approx(tuple(np.array(found["hr@10"]) / 10))


def test_where_all_are_missed_the_interval_is_zero():
    assert intervals(np.full(20, MISS), (10,))["ndcg@10"] == (0, 0)
