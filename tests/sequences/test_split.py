import numpy as np
import pandas as pd
import pytest

from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of


def asked(targets):
    """[(user, history, target), …] as plain lists."""
    return [(int(targets.users[r]), targets.history(r).tolist(), int(targets.items[r])) for r in range(len(targets))]


def test_the_last_event_is_for_test_and_the_one_before_for_validation():
    split = leave_one_out(log_of([1, 2, 3, 4], [4, 2, 1]))
    assert [split.train.history(user).tolist() for user in (1, 2)] == [[1, 2], [4]]
    assert asked(split.validation) == [(1, [1, 2], 3), (2, [4], 2)]
    assert asked(split.test) == [(1, [1, 2, 3], 4), (2, [4, 2], 1)]


def test_users_with_fewer_than_three_events_train_and_are_not_evaluated():
    split = leave_one_out(log_of([1], [2, 3], [1, 2, 3]))
    assert [split.train.history(user).tolist() for user in (1, 2, 3)] == [[1], [2, 3], [1]]
    assert split.validation.users.tolist() == split.test.users.tolist() == [3]


def test_a_log_in_which_nobody_has_three_events_is_all_for_training():
    log = log_of([1, 2], [2, 1])
    split = leave_one_out(log)
    assert len(split.train) == len(log)
    assert len(split.validation) == len(split.test) == 0


def test_time_orders_the_events_and_file_order_settles_ties():
    rows = pd.DataFrame(
        [("a", "late", 9), ("a", "tied first", 5), ("a", "tied second", 5), ("a", "early", 1), ("b", "late", 1)],
        columns=[USER, ITEM, TIME],
    )
    split = leave_one_out(Interactions.from_frame(rows))
    names = split.log.item_ids
    assert names[split.train.history(1)].tolist() == ["early", "tied first"]
    assert names[split.validation.items].tolist() == ["tied second"]
    assert names[split.test.items].tolist() == ["late"]


def test_the_split_keeps_the_indices_of_the_whole_log():
    split = leave_one_out(log_of([1, 2, 9], [3, 4, 5]))
    assert split.train.num_items == split.log.num_items == 9
    assert split.train.item_counts[9] == 0


def test_every_event_has_exactly_one_part():
    log = log_of([1, 2, 3, 4, 5], [2], [3, 1], [5, 4, 3])
    split = leave_one_out(log)
    parts = np.concatenate([split.train.items, split.validation.items, split.test.items])
    assert sorted(parts) == sorted(log.items)


@pytest.mark.parametrize("name", ["validation", "test"])
def test_taking_rows_keeps_user_target_and_history_together(name):
    targets = leave_one_out(log_of([1, 2, 3], [4, 5, 6], [7, 8, 9])).targets(name)
    assert asked(targets.take(np.array([2, 0]))) == [asked(targets)[2], asked(targets)[0]]
