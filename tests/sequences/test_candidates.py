import numpy as np
import torch

from recsys.data.interactions import PAD
from recsys.sequences.candidates import Candidates, mask_scores
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of

NOTHING = np.array([], dtype=np.int64)


def allowed(log, *histories, **how):
    mask = Candidates.of(leave_one_out(log)).mask([np.array(h, dtype=np.int64) for h in histories], **how)
    return [np.flatnonzero(row).tolist() for row in mask]


def test_seen_items_are_no_candidates():
    assert allowed(log_of([1, 2], [3, 4]), [1, 3], [4], []) == [[2, 4], [1, 2, 3], [1, 2, 3, 4]]


def test_seen_items_stay_candidates_where_the_log_holds_repeats():
    assert allowed(log_of([1, 2, 1, 3, 4], [2, 3]), [1, 2]) == [[1, 2, 3]]  # 4 is user 1's test target


def test_the_rule_of_the_log_can_be_overruled():
    plain, repeats = log_of([1, 2], [3, 4]), log_of([1, 1], [2, 3])
    assert allowed(plain, [1, 3], hide_seen=False) == [[1, 2, 3, 4]]
    assert allowed(repeats, [1, 3], hide_seen=True) == [[2]]


def test_an_item_without_a_training_event_is_no_candidate():
    assert allowed(log_of([1, 2, 3], [1, 2], num_items=5), []) == [[1, 2]]  # 3 is only a target, 4 and 5 nobody's


def test_padding_is_never_a_candidate():
    candidates = Candidates(np.ones(4, dtype=bool), hide_seen=False)
    assert not candidates.mask([NOTHING, np.array([1])])[:, PAD].any()


def test_a_mask_leaves_the_rule_for_the_next_history_as_it_was():
    candidates = Candidates.of(leave_one_out(log_of([1, 2], [3, 4])))
    first = candidates.mask([NOTHING])
    candidates.mask([np.array([1, 2, 3])])
    assert (candidates.mask([NOTHING]) == first).all()


def test_whatever_is_no_candidate_scores_minus_infinity():
    scores = torch.tensor([[9.0, 1.0, 2.0]])
    masked = mask_scores(scores, np.array([[False, True, False]]))
    assert masked.tolist() == [[float("-inf"), 1.0, float("-inf")]]
    assert scores.tolist() == [[9.0, 1.0, 2.0]]


def test_a_model_that_scores_items_by_what_they_are_has_the_whole_catalogue():
    split = leave_one_out(log_of([1, 2, 3], [1, 2], num_items=5))
    mask = Candidates.of(split, scores_cold=True).mask([NOTHING, np.array([4])])
    assert [np.flatnonzero(row).tolist() for row in mask] == [[1, 2, 3, 4, 5], [1, 2, 3, 5]]
