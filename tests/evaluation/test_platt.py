import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from recsys.evaluation.platt import Scale, fit_scale, sigmoid


def drawn(slope, bias, size=4000, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(5, 3, size)
    return scores, rng.random(size) < sigmoid(slope * scores + bias)


@pytest.mark.parametrize(("slope", "bias"), [(1.0, -5.0), (-0.4, 1.0), (0.0, 2.0), (3.0, -20.0)])
def test_the_fit_is_the_logistic_regression_of_scikit_learn(slope, bias):
    scores, labels = drawn(slope, bias)
    oracle = LogisticRegression(C=1e12, tol=1e-12, max_iter=10_000).fit(scores[:, None], labels)
    found = fit_scale(scores, labels)
    assert found.slope == pytest.approx(oracle.coef_[0, 0], rel=1e-4, abs=1e-5)
    assert found.bias == pytest.approx(oracle.intercept_[0], rel=1e-4, abs=1e-4)


def test_the_scale_that_the_labels_were_drawn_by_is_found_again():
    found = fit_scale(*drawn(0.7, -3.0, size=100_000))
    assert (found.slope, found.bias) == (pytest.approx(0.7, abs=0.02), pytest.approx(-3.0, abs=0.1))


def test_the_unit_of_the_scores_does_not_change_the_probabilities():
    scores, labels = drawn(1.0, -5.0)
    wide = 1e6 * scores - 1e7
    np.testing.assert_allclose(
        fit_scale(wide, labels).probabilities(wide), fit_scale(scores, labels).probabilities(scores), atol=1e-6
    )


def test_scores_that_are_all_alike_give_the_share_of_yes():
    found = fit_scale(np.full(8, 3.5), np.arange(8) < 2)
    assert found.slope == 0
    assert found.probabilities(np.array([3.5])) == pytest.approx(0.25)


@pytest.mark.parametrize("label", [True, False])
def test_one_label_alone_gives_no_scale(label):
    assert fit_scale(np.arange(5.0), np.full(5, label)) is None


def test_labels_that_the_score_tells_apart_give_a_steep_finite_slope():
    scores = np.arange(10.0)
    found = fit_scale(scores, scores > 4.5)
    assert np.isfinite([found.slope, found.bias]).all()
    assert ((found.probabilities(scores) > 0.5) == (scores > 4.5)).all()


def test_a_scale_does_not_overflow():
    assert Scale(1e6, 0).probabilities(np.array([-1.0, 1.0])).tolist() == [0, 1]
