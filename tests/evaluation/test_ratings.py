"""What is measured is asked with the ratings of the very events that are read."""

import numpy as np
import torch

from recsys.evaluation.protocol import ranks
from recsys.evaluation.scores import target_scores
from recsys.models.base import FittedModel, Shape
from recsys.models.config import ModelConfig
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of, rated

LOG = rated(log_of([1, 2, 3, 4, 5], [6, 7, 8], [5, 8, 1, 2, 6]), *(5, 3, 4, 2, 1), *(1, 2, 3), *(2, 2, 5, 4, 3))


class Told(FittedModel):
    """Notes the events and ratings that it is asked with, and scores each item by the sum of the ratings times it."""

    reads_ratings = True

    def __init__(self):
        super().__init__(Shape(3, 8), ModelConfig())
        self.asked = set()

    def score(self, histories_BL, users_B, ratings_BL=None):
        for items, given, user in zip(histories_BL.tolist(), ratings_BL.tolist(), users_B.tolist(), strict=True):
            pairs = [(item, rating) for item, rating in zip(items, given, strict=True) if item]
            assert all(np.isnan(rating) for item, rating in zip(items, given, strict=True) if not item)
            self.asked.add((user, *pairs))
        return ratings_BL.nansum(1, keepdim=True) * torch.arange(9.0)


def asked(targets, **how):
    model = Told().eval()
    ranks(model, targets, Candidates(np.arange(9) > 0, hide_seen=True), **how)
    return model.asked


def test_each_history_comes_with_its_own_ratings_and_never_with_that_of_the_target():
    split = leave_one_out(LOG)
    assert asked(split.validation) == {
        (1, (1, 5), (2, 3), (3, 4)),
        (2, (6, 1)),
        (3, (5, 2), (8, 2), (1, 5)),
    }
    assert asked(split.test) == {
        (1, (1, 5), (2, 3), (3, 4), (4, 2)),
        (2, (6, 1), (7, 2)),
        (3, (5, 2), (8, 2), (1, 5), (2, 4)),
    }


def test_what_is_liked_chooses_the_targets_and_leaves_the_ratings_that_are_read():
    split = leave_one_out(LOG, liked_from=3)
    assert asked(split.test) == {(2, (6, 1), (7, 2)), (3, (5, 2), (8, 2), (1, 5), (2, 4))}


def test_a_history_cut_to_its_newest_events_keeps_theirs():
    assert asked(leave_one_out(LOG).test, newest=2) == {
        (1, (3, 4), (4, 2)),
        (2, (6, 1), (7, 2)),
        (3, (1, 5), (2, 4)),
    }
    assert asked(leave_one_out(LOG).test, newest=0) == {(1,), (2,), (3,)}


def test_targets_are_scored_with_them_too():
    test = leave_one_out(LOG).test
    assert target_scores(Told().eval(), test).tolist() == [14 * 5, 3 * 8, 13 * 6]
