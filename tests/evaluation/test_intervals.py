import numpy as np
import pytest

from recsys.evaluation import intervals as intervals_module
from recsys.evaluation.intervals import SEED, bootstrap, bootstrap_auc, bootstrap_ratios, bootstrap_shares, intervals
from recsys.evaluation.labels import auc
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


def test_over_events_a_user_brings_all_of_theirs_along():
    """Ten users with the same value ten times over are ten observations, not a hundred."""
    means = np.random.default_rng(2).random(40)
    users = np.repeat(np.arange(40) * 3, 10)
    assert bootstrap(np.repeat(means, 10), users=users) == pytest.approx(bootstrap(means))


@pytest.mark.parametrize("cells", [1, 400 * 7, 10**6])
def test_the_size_of_a_block_changes_no_draw(monkeypatch, cells):
    rng = np.random.default_rng(SEED)
    drawn = [VALUES[rng.integers(0, 400, 400)].mean() for _ in range(1000)]
    monkeypatch.setattr(intervals_module, "CELLS", cells)
    assert bootstrap(VALUES) == pytest.approx((np.quantile(drawn, 0.025), np.quantile(drawn, 0.975)), abs=1e-12)


def auc_case(seed=0, rounding=1):
    rng = np.random.default_rng(seed)
    labels = rng.random(600) < 0.4
    return rng.integers(5, 90, 600), labels, np.round(rng.normal(0.5 * labels, 1), rounding)


def test_the_interval_of_the_auc_is_that_of_drawing_users_and_all_of_their_events():
    users, labels, scores = auc_case()
    names = np.unique(users)
    rows = {user: np.flatnonzero(users == user) for user in names}
    rng, found = np.random.default_rng(SEED), []
    for _ in range(100):
        drawn = np.concatenate([rows[names[place]] for place in rng.integers(0, len(names), len(names))])
        found.append(auc(labels[drawn], scores[drawn]))
    told = bootstrap_auc(users, labels, scores, draws=100)
    assert told == pytest.approx((np.quantile(found, 0.025), np.quantile(found, 0.975)), abs=1e-12)


def test_the_interval_contains_the_auc():
    users, labels, scores = auc_case()
    low, high = bootstrap_auc(users, labels, scores)
    assert 0.5 < low < auc(labels, scores) < high < 0.8


def test_with_one_label_the_auc_has_no_interval():
    users, labels, scores = auc_case()
    assert bootstrap_auc(users, np.ones_like(labels), scores) is None


def test_very_many_events_are_drawn_fewer_times(monkeypatch):
    users, labels, scores = auc_case()
    monkeypatch.setattr(intervals_module, "WORK", 600 * 250)
    assert bootstrap_auc(users, labels, scores) == bootstrap_auc(users, labels, scores, draws=250)
    monkeypatch.setattr(intervals_module, "WORK", 600)
    assert bootstrap_auc(users, labels, scores) == bootstrap_auc(users, labels, scores, draws=200)


def test_the_interval_of_a_ratio_of_sums_is_that_of_the_mean_where_all_denominators_are_one():
    values = np.random.default_rng(2).random((40, 1))
    low, high = bootstrap_ratios(values, np.ones((40, 1)))
    assert (low[0], high[0]) == pytest.approx(bootstrap(values[:, 0]))


def test_a_resample_without_the_denominator_is_skipped():
    """Only one of three users has the input: every resample with them has the ratio 2 / 4."""
    low, high = bootstrap_ratios(np.array([[2.0], [0], [0]]), np.array([[4.0], [0], [0]]))
    assert (low[0], high[0]) == (0.5, 0.5)


def test_shares_of_a_user_with_several_rows_are_drawn_together():
    low, high = bootstrap_shares(np.array([[1.0, 0], [0, 1]]), users=np.array([7, 7]))
    assert (low.tolist(), high.tolist()) == ([0.5, 0.5], [0.5, 0.5])
