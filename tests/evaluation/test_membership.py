"""Membership inference: areas and rates by hand, intervals against DeLong's definition, fit of single events."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data.interactions import PAD
from recsys.evaluation.membership import auc, calibrated, fit_of, roc, true_positive_rate, user_means
from recsys.models.base import FittedModel, Shape
from recsys.models.config import ModelConfig
from recsys.sequences.split import targets_at
from tests.worlds.logs import log_of
from tests.worlds.small_models import build_model


def areas(*scores):
    return [np.array(group, dtype=np.float64) for group in scores]


def test_the_auc_is_the_share_of_pairs_in_the_right_order_and_a_tie_is_half():
    assert auc(*areas([3, 1], [2, 0]))[0] == 3 / 4
    assert auc(*areas([2, 1], [2, 0]))[0] == (0.5 + 1 + 0 + 1) / 4
    assert auc(*areas([5, 5], [5, 5]))[0] == 0.5


def delong(members, others):
    """The variance by its definition: every pair of users, structural components, sample covariances."""
    psi = np.array([[float(m > o) + 0.5 * (m == o) for o in others] for m in members])
    return psi.mean(1).var(ddof=1) / len(members) + psi.mean(0).var(ddof=1) / len(others)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=12), st.lists(st.integers(0, 6), min_size=2, max_size=12))
def test_the_interval_is_that_of_delong_cut_at_0_and_1(members, others):
    members, others = areas(members, others)
    area, (low, high) = auc(members, others)
    variance = delong(members, others)
    if variance > 1e-12:
        half = 1.959964 * math.sqrt(variance)
        assert (low, high) == pytest.approx((max(0, area - half), min(1, area + half)), abs=1e-6)


def test_a_perfect_separation_of_few_users_is_no_certainty():
    area, (low, high) = auc(*areas(range(10, 20), range(10)))
    assert (area, high) == (1.0, 1.0)
    assert low == pytest.approx(10 / (10 + 1.959964**2), abs=1e-6)  # Wilson's bound for 10 of 10


def test_about_95_of_100_intervals_hold_the_true_area():
    rng = np.random.default_rng(1)
    intervals = [auc(rng.normal(size=40), rng.normal(size=60))[1] for _ in range(400)]
    assert 0.92 < np.mean([low <= 0.5 <= high for low, high in intervals]) < 0.98


def test_the_curve_has_the_shares_at_each_threshold():
    curve = roc(*areas([3, 2, 2], [2, 1]))
    assert curve.thresholds.tolist() == [np.inf, 3, 2, 1]
    assert curve.false_positives.tolist() == [0, 0, 0.5, 1]
    assert curve.true_positives == pytest.approx([0, 1 / 3, 1, 1])


def test_the_true_positive_rate_stays_within_the_false_positives():
    curve = roc(*areas([9, 8, 7, 1], range(10)))  # non-members 0 to 9
    assert true_positive_rate(curve, 0.1) == 1 / 4  # at threshold 9: a member and a tenth of the others
    assert true_positive_rate(curve, 0.01) == 0
    assert true_positive_rate(curve, 0.3) == 3 / 4


class FixedScores(FittedModel):
    """Item i has the score i, whatever the history."""

    Config = ModelConfig

    def __init__(self):
        super().__init__(Shape(2, 4), ModelConfig())
        self.eval()

    def score(self, histories_BL, users_B, ratings_BL=None):
        return torch.arange(5.0).expand(len(histories_BL), 5)


def test_the_loss_is_minus_the_log_of_the_softmax_and_leaves_out_seen_items():
    log = log_of([4, 3], [1, 2], num_items=4)
    targets = targets_at(log, np.array([1, 2]))
    seen_hidden, all_items = (fit_of(FixedScores(), targets, hide_seen=hidden) for hidden in (True, False))
    total = sum(math.exp(item) for item in (1, 2, 3, 4))
    assert all_items.losses == pytest.approx([math.log(total) - 3, math.log(total) - 1])
    assert seen_hidden.losses[0] == pytest.approx(math.log(total - math.exp(4)) - 3)
    assert np.exp(all_items.log_ranks) == pytest.approx([2, 4])
    assert np.exp(seen_hidden.log_ranks) == pytest.approx([1, 4])


def test_a_target_that_occurs_in_its_history_stays_a_candidate():
    targets = targets_at(log_of([3, 3], [PAD + 1], num_items=4), np.array([1]))
    assert np.isfinite(fit_of(FixedScores(), targets, hide_seen=True).losses).all()


def test_tied_items_have_the_rank_halfway():
    class Flat(FixedScores):
        def score(self, histories_BL, users_B, ratings_BL=None):
            return torch.zeros(len(histories_BL), 5)

    targets = targets_at(log_of([3, 2], [1], num_items=4), np.array([1]))
    assert np.exp(fit_of(Flat(), targets, hide_seen=False).log_ranks) == pytest.approx([2.5])


def test_a_model_of_pairs_is_scored_once_per_user_with_the_same_result():
    log = log_of([1, 2, 3, 4], [4, 3, 2], [2, 1], num_items=5)
    model = build_model("mlp", Shape(3, 5)).eval()
    targets = targets_at(log, np.array([8, 1, 5, 3, 2]))
    losses = fit_of(model, targets, hide_seen=False).losses
    scores = model.scores([log.items[:0]] * 5, targets.users).double()
    expected = torch.logsumexp(scores[:, 1:], 1) - scores[torch.arange(5), torch.from_numpy(targets.items)]
    assert losses == pytest.approx(expected.numpy())


def test_the_score_of_a_user_is_the_mean_of_their_events():
    targets = targets_at(log_of([1, 2, 3], [4, 1], num_items=4), np.array([1, 2, 4]))
    assert user_means(targets, np.array([1.0, 3.0, 5.0]), np.array([2, 1])).tolist() == [5.0, 2.0]


def test_a_score_is_compared_with_models_that_knew_the_user_and_models_that_did_not():
    shadows = np.array([[4.0, 0.0], [2.0, 6.0]])
    is_in = np.array([[True, False], [False, True]])
    assert calibrated(np.array([4.0, 4.0]), shadows, is_in).tolist() == [1.0, 1.0]
