"""Shuffled histories and shuffled ties: what moves, and what stays."""

from dataclasses import replace

import numpy as np

from recsys.evaluation.shuffles import histories_only, is_tied, shuffle_histories, shuffle_ties
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of, rated

LOG = rated(log_of([1, 2, 3, 4, 5, 6], [6, 5], [4, 2, 1, 3, 5]), 1, 2, 3, 4, 5, 6, 6, 5, 4, 2, 1, 3, 5)
TIMED = replace(LOG, times=np.array([1, 1, 1, 2, 3, 3, 1, 1, 1, 1, 2, 2, 2]))
HISTORIES = histories_only(leave_one_out(TIMED).test)


def lists(targets):
    return [targets.history(row).tolist() for row in range(len(targets))]


def test_only_histories_stay_in_the_log():
    assert lists(HISTORIES) == [[1, 2, 3, 4, 5], [4, 2, 1, 3]]
    assert len(HISTORIES.log) == 9
    assert HISTORIES.items.tolist() == [6, 5]


def test_a_shuffled_history_holds_the_same_events_with_their_ratings_in_another_order():
    shuffled = shuffle_histories(HISTORIES, np.random.default_rng(1))
    assert lists(shuffled) != lists(HISTORIES)
    for row in range(2):
        assert sorted(shuffled.history(row)) == sorted(HISTORIES.history(row))
        assert shuffled.ratings(row).tolist() == shuffled.history(row).tolist()  # each item is rated by its number
    assert shuffled.items.tolist() == HISTORIES.items.tolist()


def test_the_same_seed_gives_the_same_shuffle():
    first, second, other = (lists(shuffle_histories(HISTORIES, np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert first == second != other


def test_only_events_at_one_time_change_places():
    seen = set()
    for seed in range(40):
        first, second = lists(shuffle_ties(HISTORIES, np.random.default_rng(seed)))
        assert sorted(first[:3]) == [1, 2, 3]
        assert first[3:] == [4, 5]
        assert sorted(second[:2]) == [2, 4] and sorted(second[2:]) == [1, 3]
        seen.add(tuple(first[:3]))
    assert len(seen) == 6  # every order of three occurs


def test_ties_are_between_events_of_one_user():
    assert is_tied(TIMED).tolist() == [0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1]


def test_an_empty_history_stays_empty():
    test = leave_one_out(TIMED).test
    assert lists(histories_only(replace(test, ends=test.log.offsets[test.users]))) == [[], []]
