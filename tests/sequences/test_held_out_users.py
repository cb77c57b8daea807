"""Users held out entirely: who, what is left of the others, and what a held-out user would have trained on."""

import numpy as np
import pandas as pd
import pytest

from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.sequences.held_out_users import as_trained, draw_held_out_users
from recsys.training.config import TrainingOptions
from tests.worlds.logs import log_of, without_a_rule

BOTH = [{"split_by": "leave_one_out"}, {"split_by": "time"}]


def timed_log(num_users=20, seed=0):
    rng = np.random.default_rng(seed)
    rows = [(str(u), str(rng.integers(12)), int(rng.integers(100))) for u in range(num_users) for _ in range(8)]
    return Interactions.from_frame(pd.DataFrame(rows, columns=[USER, ITEM, TIME]))


def test_the_share_is_one_of_the_users_and_a_larger_share_has_the_same_and_more():
    log = without_a_rule(num_users=50)
    few, many = (draw_held_out_users(log, share) for share in (0.1, 0.4))
    assert (len(few), len(many)) == (5, 20)
    assert set(few) < set(many) <= set(range(1, 51))
    assert many.tolist() == sorted(many)
    assert len(draw_held_out_users(log, 0.001)) == 1
    assert len(draw_held_out_users(log, 0)) == 0


@pytest.mark.parametrize("options", BOTH, ids=str)
def test_no_part_of_the_split_has_an_event_of_a_held_out_user(options):
    log = timed_log()
    split = TrainingOptions(held_out_users=0.3, **options).split(log)
    assert len(split.held_out_users) == 6
    parts = [split.log, split.train, split.positives, split.validation, split.test, split.cold]
    parts += [split.time_cut.before, split.time_cut.cold_users] if split.time_cut else []
    assert not np.isin(np.concatenate([part.users for part in parts]), split.held_out_users).any()
    assert (split.log.num_users, split.log.num_items) == (log.num_users, log.num_items)


@pytest.mark.parametrize("options", BOTH, ids=str)
def test_the_split_of_the_others_is_that_of_a_log_without_the_held_out_users(options):
    log = timed_log()
    split = TrainingOptions(held_out_users=0.3, **options).split(log)
    alone = TrainingOptions(**options).split(log.keep(~np.isin(log.users, split.held_out_users)))
    assert np.array_equal(split.train.items, alone.train.items)
    assert np.array_equal(split.test.ends, alone.test.ends)
    assert split.time_cut is None or split.time_cut.time == alone.time_cut.time


@pytest.mark.parametrize("options", [*BOTH, {"cold_share": 0.3}], ids=str)
def test_the_rule_of_the_split_gives_the_others_their_training_events(options):
    log = timed_log()
    split = TrainingOptions(held_out_users=0.3, **options).split(log)
    events = as_trained(log, split)
    members = events.keep(~np.isin(events.users, split.held_out_users))
    assert np.array_equal(members.users, split.train.users)
    assert np.array_equal(members.items, split.train.items)


def test_a_held_out_user_would_have_trained_on_all_but_the_last_two_events(monkeypatch):
    log = log_of([1, 2, 3, 4], [4, 3, 2, 1], [2, 4])
    monkeypatch.setattr("recsys.training.config.draw_held_out_users", lambda log, share: np.array([2, 3]))
    split = TrainingOptions(held_out_users=0.5).split(log)
    assert split.train.items.tolist() == [1, 2]
    assert as_trained(log, split).items.tolist() == [1, 2, 4, 3, 2, 4]  # a short history is trained on as a whole


def test_repeats_of_a_held_out_user_do_not_change_what_is_hidden(monkeypatch):
    monkeypatch.setattr(
        "recsys.training.config.draw_held_out_users", lambda log, share: np.array([2][: int(share > 0)])
    )
    log = log_of([1, 2, 3], [1, 1, 2])
    assert not TrainingOptions().split(log).hide_seen
    assert TrainingOptions(held_out_users=0.5).split(log).hide_seen
