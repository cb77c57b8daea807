import numpy as np
import pytest

from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.metrics import MISS
from recsys.evaluation.segments import (
    ITEM_SEGMENTS,
    USER_SEGMENTS,
    by_segment,
    item_segments,
    segment,
    user_segments,
)


def names(counts):
    """The segment of each item, for the training events of items 1, 2, …"""
    return [ITEM_SEGMENTS[place] for place in item_segments(np.array([0, *counts]))[1:]]


def test_items_are_hot_warm_rare_or_cold_by_their_training_events():
    assert names([9, 50, 6, 5, 1, 0]) == ["warm", "hot", "warm", "rare", "rare", "cold"]


def test_hot_is_a_fifth_of_the_items_with_an_event_and_ties_go_to_the_lower_index():
    assert names([7] * 10 + [0] * 90) == ["hot"] * 2 + ["warm"] * 8 + ["cold"] * 90


def test_an_item_with_few_events_is_rare_however_few_the_others_have():
    assert names([5, 2, 1, 1, 1]) == ["rare"] * 5


@pytest.mark.parametrize(
    ("events", "name"),
    [
        (0, "0"),
        (1, "1"),
        (2, "2-5"),
        (5, "2-5"),
        (6, "6-20"),
        (20, "6-20"),
        (21, "more than 20"),
        (999, "more than 20"),
    ],
)
def test_users_go_by_their_training_events(events, name):
    assert USER_SEGMENTS[user_segments(np.array([events]))[0]] == name


def test_each_target_counts_in_its_own_segment():
    ranks, places = np.array([1, 3, 11, MISS, 2]), np.array([0, 0, 0, 1, 3])
    hot, warm, rare, cold = by_segment(ranks, places, ITEM_SEGMENTS)
    assert [one.num_targets for one in (hot, warm, rare, cold)] == [3, 1, 0, 1]
    assert hot.metrics == pytest.approx({"hr@10": 2 / 3, "ndcg@10": (1 + 1 / 2) / 3})
    assert warm.metrics == {"hr@10": 0, "ndcg@10": 0}
    assert rare.metrics == rare.intervals == {}
    assert cold.metrics == pytest.approx({"hr@10": 1, "ndcg@10": 1 / np.log2(3)})


def test_the_mean_lies_in_its_interval_and_one_user_alone_has_none():
    found = segment("some", np.random.default_rng(0).integers(1, 40, 200))
    for metric, (low, high) in found.intervals.items():
        assert low < found.metrics[metric] < high
    assert segment("one", np.array([1])).intervals == {}
    assert segment("one user, twice", np.array([1, 30]), users=np.array([4, 4])).intervals == {}


def test_the_targets_of_a_user_are_drawn_together():
    values = np.repeat(np.random.default_rng(0).random(100), 9)  # nine times the same: no more is known than by one
    users = np.repeat(np.arange(100), 9)
    assert bootstrap(values, users=users) == pytest.approx(bootstrap(values[::9]))
    low, high = bootstrap(values)
    assert high - low == pytest.approx(np.diff(bootstrap(values, users=users))[0] / 3, rel=0.15)


def test_a_user_with_more_targets_counts_more():
    low, high = bootstrap(np.array([1.0, 1.0, 1.0, 0.0]), users=np.array([7, 7, 7, 9]), draws=2000)
    assert (low, high) == (0, 1)
    values, users = np.array([1.0, 1.0, 1.0, 0.0] * 50), np.repeat(np.arange(100), [3, 1] * 50)
    low, high = bootstrap(values, users=users)
    assert low < 0.75 < high
    assert high - low < 0.25
