"""Sign-flip test and Holm's correction, by numbers that a reader can check by hand."""

import numpy as np
import pytest
from scipy import stats

from recsys.evaluation.significance import compare, holm, sign_flip_p


def test_holm_multiplies_the_smallest_by_their_number_the_next_by_one_less_and_never_decreases():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([0.7, 0.8]) == [1, 1]
    assert holm([]) == []


def test_with_few_users_p_counts_all_sign_patterns():
    assert sign_flip_p(np.full(5, 0.1)) == 2 / 32  # all plus and all minus are as large
    assert sign_flip_p(np.array([3.0, 1.0, -1.0])) == 6 / 8  # |sum| >= 3: all but -3 +1 +1 and 3 -1 -1


def test_users_without_a_difference_change_nothing_and_no_difference_is_no_evidence():
    assert sign_flip_p(np.array([1.0, 0, 1, 0, 1])) == 2 / 8
    assert sign_flip_p(np.zeros(9)) == 1


def test_with_many_users_p_is_repeatable_and_near_that_of_the_t_test():
    change = np.random.default_rng(4).normal(0.1, 1, 400)
    assert sign_flip_p(change) == sign_flip_p(change.copy())
    assert sign_flip_p(change) == pytest.approx(stats.ttest_1samp(change, 0).pvalue, abs=0.01)


def test_a_rival_of_higher_mean_can_be_beaten_while_a_noisier_one_of_lower_mean_is_not():
    """20 users: .1 better than the steady rival each (p = 2 / 2 ** 20 by hand), .3 better than the noisy one on average."""
    values = np.full(20, 0.5)
    noisy = values - np.array([1.8, -1.2] * 10)
    found = compare(values, {"steady": values - 0.1, "noisy": noisy})
    assert found["noisy"].mean > found["steady"].mean > 0
    assert (found["steady"].is_significant, found["noisy"].is_significant) == (True, False)


def test_each_comparison_pays_for_the_others():
    """Six users all better: p = 2 / 64 = .031 alone, .062 of two."""
    values = np.ones(6)
    assert compare(values, {"a": np.zeros(6)})["a"].is_significant
    both = compare(values, {"a": np.zeros(6), "b": np.zeros(6)})["a"]
    assert (both.p, both.p_holm, both.is_significant) == (2 / 64, 4 / 64, False)


def test_the_targets_of_one_user_are_flipped_together():
    found = compare(np.ones(40), {"a": np.zeros(40)}, users=np.repeat([7, 8], 20))["a"]
    assert found.p == 2 / 4
