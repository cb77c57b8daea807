"""Differences between groups and exposure, by numbers that a reader can check by hand."""

import numpy as np
import pytest
from scipy import stats

from recsys.evaluation.group_fairness import (
    NO_GROUP,
    Grouping,
    compare_groups,
    item_exposure,
    user_means,
    welch_permutation_p,
)


def grouping(*sizes, column="job", unknown=0):
    codes = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.full(unknown, NO_GROUP)])
    return Grouping(column, tuple(f"g{code}" for code in range(len(sizes))), codes)


def test_a_user_with_several_targets_counts_once():
    users, values = user_means(np.array([1.0, 0.0, 1.0, 0.2]), np.array([5, 5, 5, 2]))
    assert (users.tolist(), values.tolist()) == ([2, 5], [0.2, pytest.approx(2 / 3)])


def test_a_group_is_compared_with_all_other_users_of_known_value():
    values = np.concatenate([np.full(10, 0.3), np.full(10, 0.1), np.full(20, 0.4), np.full(7, 9.0)])
    (column,) = compare_groups(values, [grouping(10, 10, 20, unknown=7)])
    first = column.groups[0]
    assert (first.num_users, first.mean, first.rest) == (10, pytest.approx(0.3), pytest.approx(0.3))
    assert (column.gap, column.num_unknown) == (pytest.approx(0.3), 7)


def test_a_group_under_ten_users_is_listed_without_a_test():
    (column,) = compare_groups(np.arange(50) % 2 * 1.0, [grouping(9, 21, 20)])
    small, *others = column.groups
    assert (small.num_users, small.mean, small.p, small.p_holm) == (9, pytest.approx(4 / 9), None, None)
    assert all(group.p is not None for group in others)
    assert column.tested == tuple(others)


def test_the_two_groups_of_a_column_are_one_comparison():
    values = np.random.default_rng(1).random(60)
    (column,) = compare_groups(values, [grouping(30, 30)])
    first, second = column.groups
    assert first.p == second.p == first.p_holm == second.p_holm  # Holm counts one
    assert first.difference == pytest.approx(-second.difference)


def test_holm_covers_all_groups_of_all_columns():
    values = np.random.default_rng(2).random(90)
    columns = compare_groups(values, [grouping(45, 45), grouping(30, 30, 30)])
    smallest = min(group.p for column in columns for group in column.tested)
    adjusted = min(group.p_holm for column in columns for group in column.tested)
    assert adjusted == pytest.approx(min(1.0, 4 * smallest))


def test_p_is_near_that_of_welch_where_groups_are_large():
    rng = np.random.default_rng(3)
    values = np.round(np.concatenate([rng.normal(0.2, 1, 300), rng.normal(0, 2, 500)]), 1)
    is_member = np.arange(800) < 300
    expected = stats.ttest_ind(values[is_member], values[~is_member], equal_var=False).pvalue
    assert welch_permutation_p(values, is_member, rng) == pytest.approx(expected, abs=0.015)


def test_p_counts_the_permutations_that_separate_as_much():
    """Of the 6 ways to choose two of four users, two separate 1 1 from 0 0: p is about 1 / 3."""
    p = welch_permutation_p(np.array([1.0, 1, 0, 0]), np.array([True, True, False, False]), np.random.default_rng(4))
    assert p == pytest.approx(1 / 3, abs=0.02)


def test_users_with_equal_values_show_no_difference():
    assert welch_permutation_p(np.full(20, 0.5), np.arange(20) < 10, np.random.default_rng(5)) == 1


def test_the_same_values_give_the_same_figures():
    values = np.random.default_rng(6).random(80)
    assert compare_groups(values, [grouping(40, 40)]) == compare_groups(values, [grouping(40, 40)])


def test_the_first_place_counts_more_than_the_second():
    """Lists 1 2 and 1: discounts 1 and .631, so group a has 2 of 2.631."""
    groups = np.array([[0, 0], [1, 0], [0, 1]])
    a, b = item_exposure(np.array([[1, 2], [1, 0]]), np.array([1, 2]), groups, np.array([0, 1, 3]), ("a", "b"))
    discount = 1 / np.log2(3)
    assert (a.places, a.exposure) == (pytest.approx(2 / 3), pytest.approx(2 / (2 + discount)))
    assert (a.interactions, a.catalogue, a.ratio) == (0.25, 0.5, pytest.approx(4 * a.exposure))
    assert a.exposure_interval[0] <= a.exposure <= a.exposure_interval[1] == 1
    assert b.difference == pytest.approx(b.exposure - 0.75) == pytest.approx(-a.difference)


def test_a_group_without_interactions_has_no_ratio():
    groups = np.array([[0, 0], [1, 0], [0, 1]])
    _, new = item_exposure(np.array([[1, 2]] * 3), np.arange(3), groups, np.array([0, 4, 0]), ("old", "new"))
    assert (new.ratio, new.ratio_interval, new.difference) == (None, None, new.exposure)


def test_the_padding_of_short_lists_has_no_exposure():
    (only,) = item_exposure(np.array([[1, 0, 0]]), np.array([1]), np.array([[1], [1]]), np.array([5, 1]), ("all",))
    assert (only.exposure, only.interactions, only.num_items) == (1, 1, 1)
