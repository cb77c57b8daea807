import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.models.fitted.ease import EASE, MAX_ITEMS, EASEConfig
from tests.worlds.logs import log_of

LOG = log_of([1, 2], [1, 2, 3], [3, 4], [2, 4])
X = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 1]], dtype=float)


def fitted(log, l2=2.0):
    model = EASE(Shape(log.num_users, log.num_items), EASEConfig(l2=l2)).eval()
    model.fit(log)
    return model


def formula(x, l2):
    """B of Steck (2019), equation 8."""
    inverse = np.linalg.inv(x.T @ x + l2 * np.eye(x.shape[1]))
    return np.eye(x.shape[1]) - inverse / np.diag(inverse)


def test_the_weights_are_those_of_the_formula():
    np.testing.assert_allclose(fitted(LOG).weights[1:, 1:].numpy(), formula(X, 2.0), atol=1e-6)


def test_two_items_by_hand():
    # both users chose both items: G = [[3, 2], [2, 3]] with l2 = 1, P = [[3, -2], [-2, 3]] / 5, B = 2 / 3 across
    np.testing.assert_allclose(fitted(log_of([1, 2], [2, 1]), l2=1.0).weights[1:, 1:], [[0, 2 / 3], [2 / 3, 0]])


def test_an_item_says_nothing_about_itself():
    assert (fitted(LOG).weights.diagonal() == 0).all()


def test_a_score_is_the_sum_of_the_links_of_the_history():
    scores = fitted(LOG).scores([np.array([1, 3])])
    np.testing.assert_allclose(scores[0, 1:].numpy(), formula(X, 2.0)[[0, 2]].sum(0), atol=1e-6)


def test_touching_an_item_twice_counts_once():
    twice = log_of([1, 2, 1], [1, 2, 3, 3], [3, 4], [2, 4])
    assert torch.equal(fitted(twice).weights, fitted(LOG).weights)
    assert torch.equal(*fitted(LOG).scores([np.array([1, 3]), np.array([1, 3, 3, 1])]))


def test_padding_and_items_of_nobody_have_no_links():
    weights = fitted(log_of([1, 2], [2, 1], num_items=3)).weights
    for index in (0, 3):
        assert (weights[index] == 0).all()
        assert (weights[:, index] == 0).all()


def test_a_catalogue_too_large_for_its_table_is_refused_in_words():
    with pytest.raises(SettingError, match=r"20,001 items are too many.*at most 20,000"):
        EASE(Shape(2, MAX_ITEMS + 1), EASEConfig())


def test_a_log_of_many_items_has_the_weights_of_the_formula():
    rng = np.random.default_rng(0)
    x = rng.random((90, 600)) < 0.1  # several stretches of rows, more items than users
    log = log_of(*(np.flatnonzero(row) + 1 for row in x), num_items=600)
    np.testing.assert_allclose(fitted(log, 0.5).weights[1:, 1:], formula(x.astype(float), 0.5), atol=1e-6)


def test_a_table_that_cannot_be_inverted_is_refused_naming_l2():
    with pytest.raises(SettingError, match="Raise l2") as caught:
        fitted(log_of([1, 2, 3], [1, 2, 3], [1, 2, 3]), 1e-300)
    assert caught.value.column == "l2"
