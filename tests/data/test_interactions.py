"""The ratings beside a history."""

import numpy as np

from tests.worlds.logs import log_of, rated

LOG = rated(log_of([1, 2, 3], [3, 1, 3]), 5, 4, 1, 2, 3, 4)


def test_the_ratings_of_a_user_stand_beside_the_history():
    assert LOG.ratings_of(1).tolist() == [5, 4, 1]
    assert LOG.ratings_of(2).tolist() == [2, 3, 4]
    assert LOG.ratings_at(1, 3).tolist() == [4, 1]


def test_a_rating_goes_with_user_and_item_wherever_it_stands_the_newest_one_counts_and_others_are_unknown():
    found = LOG.ratings_by(2, np.array([1, 3, 2]))
    assert found.dtype == np.float32
    assert found.tolist()[:2] == [3, 4]
    assert np.isnan(found[2])
    assert np.isnan(LOG.ratings_by(0, np.array([1, 2]))).all()
    assert len(LOG.ratings_by(1, np.array([], dtype=np.int64))) == 0


def test_a_log_without_ratings_has_none_anywhere():
    log = log_of([1, 2, 3], [3, 1])
    assert log.ratings_of(1) is log.ratings_at(0, 2) is log.ratings_by(1, np.array([1])) is None
