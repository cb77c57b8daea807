"""Labels and scores: by hand, and against scikit-learn as oracle on random cases with ties."""

import warnings

import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from recsys.evaluation import labels as ours

CASES = [(seed, rounding) for seed in range(6) for rounding in (1, 2, 8)]  # rounded scores are tied


def random_case(seed, rounding=8, size=400, num_users=25):
    rng = np.random.default_rng(seed)
    labels = rng.random(size) < rng.uniform(0.1, 0.9)
    scores = np.round(np.clip(rng.normal(0.45 + 0.1 * labels, 0.2), 0, 1), rounding)
    return rng.integers(0, num_users, size), labels, scores


@pytest.mark.parametrize(("seed", "rounding"), CASES)
def test_accuracy_and_log_loss_agree_with_scikit_learn(seed, rounding):
    _, labels, p = random_case(seed, rounding)
    assert ours.accuracy(labels, p) == pytest.approx(oracle.accuracy_score(labels, p >= 0.5), abs=1e-15)
    assert ours.log_loss(labels, p) == pytest.approx(oracle.log_loss(labels, p), rel=1e-9)


@pytest.mark.parametrize(("seed", "rounding"), CASES)
def test_auc_agrees_with_scikit_learn_with_ties_and_without(seed, rounding):
    _, labels, scores = random_case(seed, rounding)
    assert ours.auc(labels, scores) == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-12)
    assert ours.auc(labels, -7 * scores) == pytest.approx(1 - oracle.roc_auc_score(labels, scores), abs=1e-12)


@pytest.mark.parametrize(("seed", "rounding"), CASES)
def test_auc_per_user_is_the_auc_of_each_users_events(seed, rounding):
    users, labels, scores = random_case(seed, rounding, size=150)
    found = ours.auc_per_user(users, labels, scores)
    assert len(found) == users.max() + 1
    for user, value in enumerate(found):
        own = users == user
        if len(set(labels[own])) == 2:
            assert value == pytest.approx(oracle.roc_auc_score(labels[own], scores[own]), abs=1e-12)
        else:
            assert np.isnan(value)


@pytest.mark.parametrize("bins", [4, 10])
@pytest.mark.parametrize(("seed", "rounding"), CASES)
def test_the_calibration_curve_agrees_with_scikit_learn(seed, rounding, bins):
    _, labels, p = random_case(seed, rounding)
    observed, predicted = calibration_curve(labels, p, n_bins=bins, strategy="quantile")
    curve = ours.calibration(labels, p, bins)
    np.testing.assert_allclose([one.observed for one in curve], observed, atol=1e-12)
    np.testing.assert_allclose([one.predicted for one in curve], predicted, atol=1e-12)
    assert sum(one.count for one in curve) == len(labels)


def test_bins_hold_equal_counts_where_nothing_is_tied():
    _, labels, p = random_case(1, size=400)
    p = np.argsort(p).argsort() / 400
    assert {one.count for one in ours.calibration(labels, p)} == {40}


@pytest.mark.parametrize("label", [True, False])
def test_with_one_label_there_is_no_auc_and_a_reason(label):
    labels, scores = np.full(12, label), np.linspace(0, 1, 12)
    assert ours.auc(labels, scores) is None
    assert f'All 12 events have the label "{"yes" if label else "no"}"' in ours.why_no_auc(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(oracle.roc_auc_score(labels, scores))
    assert ours.log_loss(labels, scores) == pytest.approx(oracle.log_loss(labels, scores, labels=[False, True]))
    assert ours.base_rate(labels) == 1


def test_with_both_labels_nothing_stands_against_an_auc():
    assert ours.why_no_auc(np.array([True, False])) is None


def test_scores_that_are_all_alike_tell_nothing_apart():
    assert ours.auc(np.array([True, False, False]), np.zeros(3)) == 0.5


def test_the_base_rate_is_that_of_the_commoner_label():
    labels = np.array([True, False, False, False])
    assert (ours.base_rate(labels), ours.majority_label(labels)) == (0.75, False)
    assert (ours.base_rate(~labels), ours.majority_label(~labels)) == (0.75, True)


def test_the_calibration_error_by_hand():
    """Two bins of two: .25 said where .5 are yes, .75 said where 1 are."""
    labels, p = np.array([True, False, True, True]), np.array([0.2, 0.3, 0.7, 0.8])
    curve = ours.calibration(labels, p, bins=2)
    assert [(round(one.predicted, 9), one.observed, one.count) for one in curve] == [(0.25, 0.5, 2), (0.75, 1, 2)]
    assert ours.calibration_error(curve) == pytest.approx(0.25)


def test_ctr_at_k_by_hand():
    """User 3 is shown four items, user 8 one: of the two best of user 3 one was clicked, of user 8's one none."""
    users = np.array([3, 8, 3, 3, 3])
    items = np.array([1, 1, 2, 3, 4])
    scores = np.array([0.1, 0.9, 0.8, 0.5, 0.2])
    clicked = np.array([True, False, False, True, False])
    assert ours.ctr_at_k(users, items, scores, clicked, 1).tolist() == [0, 0]
    assert ours.ctr_at_k(users, items, scores, clicked, 2).tolist() == [0.5, 0]
    assert ours.ctr_at_k(users, items, scores, clicked, 10).tolist() == [0.5, 0]


def test_ctr_at_k_takes_the_lower_item_where_scores_are_tied():
    clicked = np.array([False, True])
    assert ours.ctr_at_k(np.array([1, 1]), np.array([7, 4]), np.zeros(2), clicked, 1).tolist() == [1]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("k", [1, 3, 50])
def test_ctr_at_k_is_a_count_user_by_user(seed, k):
    users, clicked, scores = random_case(seed)
    items = np.arange(len(users))
    counted = []
    for user in np.unique(users):
        shown = sorted((-scores[i], i) for i in np.flatnonzero(users == user))[:k]
        counted.append(sum(clicked[i] for _, i in shown) / len(shown))
    np.testing.assert_allclose(ours.ctr_at_k(users, items, scores, clicked, k), counted)
