import numpy as np
import pytest

from recsys.evaluation.protocol import ranks
from recsys.models.base import Shape
from recsys.models.fitted.popularity import Popularity, PopularityConfig
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of


def fitted(log):
    model = Popularity(Shape(log.num_users, log.num_items), PopularityConfig()).eval()
    model.fit(log)
    return model


def test_a_score_is_the_share_of_the_training_events():
    scores = fitted(log_of([1, 2], [1], [1, 3])).scores([np.array([2])])
    assert scores[0].tolist() == pytest.approx([0, 3 / 5, 1 / 5, 1 / 5])


def test_everybody_gets_the_same_scores():
    scores = fitted(log_of([1, 2], [1], [1, 3])).scores([np.array([1]), np.array([2, 3])], [1, 2])
    assert scores[0].tolist() == scores[1].tolist()


def test_equally_popular_items_rank_by_their_index():
    # trained on 4, 3, 2, 1, once each: user 1 has seen 4 and 2, so 1 comes before 3
    split = leave_one_out(log_of([4, 2, 3], [3], [2], [1]))
    model = fitted(split.train)
    assert split.train.item_counts.tolist() == [0, 1, 1, 1, 1]
    assert ranks(model, split.test, Candidates.of(split)).tolist() == [2]
