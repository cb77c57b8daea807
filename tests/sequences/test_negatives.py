import numpy as np

from recsys.sequences.negatives import NegativeSampler
from tests.worlds.logs import log_of


def draw(log, users, num, seed=0):
    return NegativeSampler(log).draw(np.array(users), num, np.random.default_rng(seed))


def test_a_touched_item_is_never_drawn_while_many_others_are_left():
    drawn, ok = draw(log_of([1, 2], [3], list(range(4, 101))), [1, 2], 500)
    assert ok.all()  # nine draws in a row would have to fall on 2 items of 100
    assert not set(drawn[0]) & {1, 2}
    assert not set(drawn[1]) & {3}


def test_an_item_that_could_not_be_avoided_is_marked():
    drawn, ok = draw(log_of([1, 2, 3], [1]), [1, 2], 50)
    assert not ok[0].any()  # user 1 touched everything
    assert ok[1].all()
    assert set(drawn[1]) <= {2, 3}


def test_the_mark_tells_touched_from_untouched():
    log = log_of([1, 2, 3, 4, 5, 6, 7, 8, 9], [10])
    drawn, ok = draw(log, [1], 2000)  # one free item in ten: eight redraws do not always find it
    assert (ok == (drawn == 10)).all()
    assert 0 < ok.mean() < 1


def test_an_item_without_a_training_event_is_never_drawn():
    drawn, _ = draw(log_of([1], [2], [5], num_items=9), [1], 500)
    assert set(drawn[0]) == {2, 5}


def test_untouched_items_are_drawn_equally_often():
    drawn, _ = draw(log_of([1], [2, 2, 2, 2, 2, 2], [3], [4]), [1], 30_000)
    assert np.allclose(np.bincount(drawn[0])[2:] / 30_000, 1 / 3, atol=0.01)  # popularity has no say


def test_the_same_seed_draws_the_same():
    log = log_of([1, 2], [3, 4], [5, 6])
    assert (draw(log, [1, 2, 3], 20, seed=4)[0] == draw(log, [1, 2, 3], 20, seed=4)[0]).all()
