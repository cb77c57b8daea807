"""Items held out of training entirely: which, what is asked of them, and what stays as it was."""

import numpy as np
import pytest

from recsys.sequences import split as splitting
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of, without_a_rule

LOG = log_of([1, 2, 3, 4, 5], [5, 1], [2, 3, 1, 4], [4], num_items=8)  # nobody touched 6, 7 and 8


def asked(targets):
    """[(user, history, target), …] as plain lists."""
    return [(int(targets.users[r]), targets.history(r).tolist(), int(targets.items[r])) for r in range(len(targets))]


def holding_out(monkeypatch, *items):
    monkeypatch.setattr(splitting, "_draw_cold_items", lambda log, share, rng: np.array(items))
    return leave_one_out(LOG, 0.5)


def test_without_a_share_nothing_is_held_out_and_every_part_is_as_before():
    plain = leave_one_out(LOG)
    assert len(plain.cold) == len(plain.cold_items) == 0
    assert plain.train.items.tolist() == [1, 2, 3, 5, 1, 2, 3, 4]
    assert asked(plain.validation) == [(1, [1, 2, 3], 4), (3, [2, 3], 1)]
    assert asked(plain.test) == [(1, [1, 2, 3, 4], 5), (3, [2, 3, 1], 4)]


def test_no_event_of_a_held_out_item_is_trained_on(monkeypatch):
    split = holding_out(monkeypatch, 1, 4)
    assert split.train.items.tolist() == [2, 3, 5, 2, 3]
    assert split.train.num_items == 8


def test_each_of_their_events_is_a_cold_target_after_what_the_user_did_before(monkeypatch):
    split = holding_out(monkeypatch, 1, 4)
    assert asked(split.cold) == [
        (1, [], 1), (1, [1, 2, 3], 4), (2, [5], 1), (3, [2, 3], 1), (3, [2, 3, 1], 4), (4, [], 4),
    ]  # fmt: skip


def test_no_choice_is_made_on_a_held_out_item_and_the_test_keeps_it(monkeypatch):
    split = holding_out(monkeypatch, 4)
    assert asked(split.validation) == [(3, [2, 3], 1)]  # user 1's was item 4
    assert asked(split.test) == asked(leave_one_out(LOG).test)


def test_the_share_is_one_of_the_items_that_somebody_touched():
    for share, num in ((0.2, 1), (0.4, 2), (0.5, 2), (0.01, 1)):
        split = leave_one_out(LOG, share)
        assert len(split.cold_items) == num
        assert split.cold_items.tolist() == sorted(split.cold_items)
        assert set(split.cold_items) <= {1, 2, 3, 4, 5}
        assert set(split.cold.items) == set(split.cold_items)


def test_the_same_seed_holds_out_the_same_items_and_a_larger_share_these_and_more():
    log = without_a_rule(num_users=50)
    few, again, more = (leave_one_out(log, share).cold_items for share in (0.1, 0.1, 0.3))
    assert few.tolist() == again.tolist()
    assert set(few) < set(more)
    assert leave_one_out(log, 0.3, seed=1).cold_items.tolist() != more.tolist()


def test_of_very_many_cold_events_a_sample_is_asked_for_in_the_order_of_the_log(monkeypatch):
    log = without_a_rule(num_users=50)
    whole = leave_one_out(log, 0.3)
    monkeypatch.setattr(splitting, "MAX_COLD_TARGETS", 20)
    some, again = leave_one_out(log, 0.3), leave_one_out(log, 0.3)
    assert len(whole.cold) > len(some.cold) == 20
    assert (np.diff(some.cold.ends) > 0).all()
    assert set(some.cold.ends) < set(whole.cold.ends)
    assert some.cold.ends.tolist() == again.cold.ends.tolist()
    assert some.train.items.tolist() == whole.train.items.tolist()


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_every_event_is_trained_on_or_asked_for(share):
    split = leave_one_out(without_a_rule(num_users=50), share)
    told = np.concatenate([split.validation.ends, split.test.ends, split.cold.ends])
    assert len(split.train) + len(np.unique(told)) == len(split.log)
