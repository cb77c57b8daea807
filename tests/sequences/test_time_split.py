"""The global time split: what is before the cut, who is asked for what, and what is cold."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import SettingError
from recsys.sequences.time_split import default_cut, iso, parse_cut, time_split
from tests.worlds.logs import log_of, rated


def at(log, *times):
    return replace(log, times=np.array(times, dtype=np.int64))


# u1: 1 2 3 4 at 1 2 5 8; u2: 2 5 at 3 9; u3: 6 1 at 8 9; u4: 3 2 at 4 6
LOG = at(log_of([1, 2, 3, 4], [2, 5], [6, 1], [3, 2]), 1, 2, 5, 8, 3, 9, 8, 9, 4, 6)


def asked(targets):
    """[(user, history, target), …] as plain lists."""
    return [(int(targets.users[r]), targets.history(r).tolist(), int(targets.items[r])) for r in range(len(targets))]


def test_the_first_event_from_the_cut_on_is_the_target_and_the_history_ends_at_the_cut():
    assert asked(time_split(LOG, cut=5).test) == [(1, [1, 2], 3), (2, [2], 5), (4, [3], 2)]


def test_a_user_without_an_event_before_the_cut_is_cold_and_apart():
    split = time_split(LOG, cut=5)
    assert asked(split.time_cut.cold_users) == [(3, [], 6)]
    assert split.evaluated_users.tolist() == [1, 2, 4]


def test_validation_lies_between_its_own_cut_and_the_cut_and_training_before_both():
    split = time_split(LOG, cut=8, share=0.4)  # times before 8: 1 2 3 4 5 6, of which three are held out
    assert split.time_cut.validation == 4
    assert split.train.times.tolist() == [1, 2, 3]
    assert asked(split.validation) == [(1, [1, 2], 3)]  # u4 is new in that time
    assert split.time_cut.before.times.max() == 6


def test_events_at_the_time_of_the_cut_lie_after_it_all_of_them():
    log = at(log_of([1, 2, 3], [2, 3, 1], [3, 1]), 1, 2, 7, 3, 7, 7, 4, 7)
    split = time_split(log, cut=7)
    assert (split.time_cut.before.times < 7).all()
    assert asked(split.test) == [(1, [1, 2], 3), (2, [2], 3), (3, [3], 1)]  # of u2's two events the first in file order


def test_the_default_cut_leaves_a_tenth_of_the_events_after_it_or_more_where_times_are_tied():
    assert default_cut(np.arange(100)) == 90
    assert default_cut(np.array([1, 1, 1, 2, 2, 2, 3, 3, 9, 9])) == 9
    assert time_split(LOG).time_cut.time == 9


def test_nothing_after_the_cut_moves_the_validation_cut():
    later = replace(LOG, times=np.where(LOG.times >= 8, LOG.times + 1000, LOG.times))
    assert time_split(LOG, cut=8).time_cut.validation == time_split(later, cut=8).time_cut.validation


def test_a_first_event_that_is_not_liked_is_no_target():
    log = rated(LOG, *[5, 5, 1, 5], *[5, 5], *[5, 5], *[5, 5])
    split = time_split(log, cut=5, liked_from=4)
    assert asked(split.test) == [(2, [2], 5), (4, [3], 2)]
    assert len(split.train) == 3


def test_repeats_after_the_cut_do_not_decide_whether_seen_items_are_masked():
    log = at(log_of([1, 2, 1], [2, 1, 3]), 1, 2, 9, 1, 3, 9)
    assert log.has_repeats
    assert time_split(log, cut=9).hide_seen


def test_with_a_cut_after_all_events_there_is_no_target():
    split = time_split(LOG, cut=100)
    assert len(split.test) == len(split.time_cut.cold_users) == 0
    assert len(split.time_cut.before) == len(LOG)


def test_interactions_without_times_are_refused():
    with pytest.raises(SettingError, match="needs the time of each event") as caught:
        time_split(log_of([1, 2, 3], [2, 3]))
    assert caught.value.column == "split_by"


def test_a_cut_that_leaves_nothing_to_train_on_is_refused_with_the_range_of_times():
    with pytest.raises(SettingError, match="1970-01-01T00:00:01 to 1970-01-01T00:00:09") as caught:
        time_split(LOG, cut=1)
    assert caught.value.column == "cut"
    with pytest.raises(SettingError, match="No event is left to train on"):
        time_split(at(log_of([1, 2, 3], [2, 3]), 5, 5, 5, 5, 5))


def test_a_cut_is_written_as_a_date_and_read_back():
    assert iso(975_628_800) == "2000-12-01"
    assert iso(975_628_801) == "2000-12-01T00:00:01"
    for text in ("2000-12-01", "2000-12-01T00:00:00", "2000-12-01T01:00:00+01:00", "975628800"):
        assert parse_cut(text) == 975_628_800
    with pytest.raises(ValueError, match="'soon' is no time"):
        parse_cut("soon")
