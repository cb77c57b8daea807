import numpy as np
import pytest
import torch

from recsys.evaluation.metrics import MISS
from recsys.evaluation.protocol import describe, rank_of, ranks, ranks_and_lists, top_items
from recsys.models.base import FittedModel, Shape
from recsys.models.config import ModelConfig
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of

NO, NAN = float("-inf"), float("nan")


class Fixed(FittedModel):
    """Scores everybody alike: 10 for item 1, 20 for item 2 …, or as told."""

    def __init__(self, num_items, scores=None):
        super().__init__(Shape(1, num_items), ModelConfig())
        self.register_buffer("fixed", torch.tensor(scores or [10.0 * i for i in range(num_items + 1)]))

    def score(self, histories_BL, users_B, ratings_BL=None):
        return self.fixed.expand(len(histories_BL), -1)


class WhoIsAsked(Fixed):
    """Gives its best score to the item with the user's number."""

    def score(self, histories_BL, users_B, ratings_BL=None):
        return torch.nn.functional.one_hot(users_B, len(self.fixed)).float()


def rank(scores, target):
    return rank_of(torch.tensor([scores]), torch.tensor([target])).item()


def evaluated(log, model, name="test"):
    split = leave_one_out(log)
    return ranks(model.eval(), split.targets(name), Candidates.of(split)).tolist()


def test_the_rank_is_one_more_than_the_number_of_higher_scores():
    assert [rank([NO, 3.0, 1.0, 2.0], item) for item in (1, 2, 3)] == [1, 3, 2]


def test_a_tie_goes_to_the_lower_index():
    assert [rank([NO, 5.0, 5.0, 5.0], item) for item in (1, 2, 3)] == [1, 2, 3]


def test_what_is_masked_out_is_never_ahead():
    assert rank([NO, NO, NO, 1.0], 3) == 1


def test_a_target_that_is_masked_out_is_a_miss():
    assert rank([NO, NO, 2.0, 1.0], 1) == MISS


def test_a_target_whose_score_is_no_number_is_a_miss():
    assert rank([NO, 1.0, NAN, NAN], 2) == MISS


def test_a_batch_ranks_each_row_for_itself():
    scores = torch.tensor([[NO, 1.0, 2.0], [NO, 2.0, 1.0]])
    assert rank_of(scores, torch.tensor([1, 1])).tolist() == [2, 1]


# The first user's last event is 2; items 1 to 5 have a training event through the others.
OTHERS = ([3, 1], [4, 2], [5, 3])


def test_seen_items_do_not_stand_ahead_of_the_target():
    assert evaluated(log_of([5, 4, 2], *OTHERS), Fixed(5)) == [2]  # 3 is ahead, 4 and 5 were seen


def test_the_validation_target_is_seen_when_the_test_is_asked():
    log = log_of([5, 4, 2], *OTHERS)
    assert evaluated(log, Fixed(5), "validation") == [1]  # the 4 after a 5
    assert evaluated(log, Fixed(5), "test") == [2]


def test_seen_items_stand_ahead_where_the_log_holds_repeats():
    assert evaluated(log_of([5, 4, 2], *OTHERS, [1, 1]), Fixed(5)) == [4]  # 5, 4 and 3 are ahead


def test_a_target_that_nobody_touched_in_training_is_a_miss():
    assert evaluated(log_of([1, 2, 5], [3, 1], [4, 2]), Fixed(5)) == [MISS]


def test_an_item_that_nobody_touched_in_training_is_never_ahead():
    log = log_of([5, 4, 2], *OTHERS, num_items=9)
    assert evaluated(log, Fixed(9)) == [2]


def test_padding_is_never_ahead():
    assert evaluated(log_of([5, 4, 2], *OTHERS), Fixed(5, [99.0, 1.0, 2.0, 3.0, 4.0, 5.0])) == [2]


def test_ranks_come_in_the_order_of_the_targets_whatever_the_batches(monkeypatch):
    # targets 2, 3, 5 at ranks 2, 1 and 1 by hand; histories of different lengths are scored together or apart
    log = log_of([1, 5, 4, 2], [5, 4, 3], [1, 5], [2, 3, 4, 1, 5])
    together = evaluated(log, Fixed(5))
    assert together == [2, 1, 1]
    monkeypatch.setattr("recsys.evaluation.protocol.ROWS", 1)
    assert evaluated(log, Fixed(5)) == together


def test_each_target_is_asked_for_its_own_user():
    # user 2 is asked for item 2 and user 3 for item 3; their histories differ in length
    log = log_of([2, 3], [4, 1, 5, 2], [1, 4, 3], [5, 1])
    assert evaluated(log, WhoIsAsked(5)) == [1, 1]


def test_progress_is_told_up_to_the_last_target(monkeypatch):
    monkeypatch.setattr("recsys.evaluation.protocol.ROWS", 2)
    split = leave_one_out(log_of([1, 2, 3], [2, 3, 1], [3, 1, 2]))
    told = []
    ranks(Fixed(3).eval(), split.test, Candidates.of(split), told.append)
    assert told == [2, 3]


@pytest.mark.parametrize(("hide_seen", "words"), [(True, "seen items masked"), (False, "holds repeats")])
def test_the_protocol_is_named_in_words(hide_seen, words):
    candidates = Candidates(np.ones(3, dtype=bool), hide_seen)
    assert words in describe(candidates, "test")
    assert "last event but one" in describe(candidates, "validation")


class AfterLast(Fixed):
    """Gives its best score to the item after the newest of the history; to item 1 after nothing."""

    def score(self, histories_BL, users_B, ratings_BL=None):
        return torch.nn.functional.one_hot(histories_BL[:, -1] + 1, len(self.fixed)).float()


def test_a_shortened_history_is_read_and_the_whole_one_stays_seen():
    # asked for 4 after 1, 2, 3: nothing is read, so 1 would be recommended, and is seen; 4 is the first of the others
    split = leave_one_out(log_of([1, 2, 3, 4], [4, 5], num_items=6))
    model, candidates = AfterLast(6).eval(), Candidates.of(split, scores_cold=True)
    assert ranks(model, split.test, candidates, newest=0).tolist() == [1]
    assert ranks(Fixed(6).eval(), split.test, candidates, newest=0).tolist() == [3]
    split = leave_one_out(log_of([1, 2, 3, 6], [4, 5]))
    assert ranks(model, split.test, candidates, newest=1).tolist() == [3]
    assert ranks(model, split.test, candidates, newest=9).tolist() == ranks(model, split.test, candidates).tolist()


def test_a_model_can_be_asked_for_other_users_than_the_targets_own():
    split = leave_one_out(log_of([2, 3], [4, 1, 5, 2], [1, 4, 3], [5, 1]))
    candidates = Candidates.of(split)
    assert ranks(WhoIsAsked(5).eval(), split.test, candidates, users=np.array([3, 2])).tolist() == [2, 2]


def test_the_protocol_says_how_many_items_were_held_out():
    candidates = Candidates(np.ones(3, dtype=bool), True)
    assert "held out" not in describe(candidates, "test")
    assert describe(candidates, "test", 7).endswith("7 items held out of training")
    assert "(last event of each user, test, only where rated 4 or more)" in describe(candidates, "test", 0, 4.0)


@pytest.mark.parametrize("k", [1, 3, 9])
def test_the_top_items_are_those_of_a_stable_sort(k):
    generator = torch.Generator().manual_seed(k)
    scores = torch.randint(0, 4, (200, 8), generator=generator).float()  # with many ties
    scores[torch.rand(scores.shape, generator=generator) < 0.3] = NO
    for row, items in zip(scores, top_items(scores, k), strict=True):
        finite = [i for i in range(8) if row[i] > NO]
        best = sorted(finite, key=lambda i: (-row[i].item(), i))[:k]
        assert items.tolist() == best + [0] * (min(k, 8) - len(best))


@pytest.mark.parametrize("values", [4, 3000, 10**6])  # many ties, some, hardly any
def test_the_top_items_of_a_large_catalogue_are_those_of_a_stable_sort(values):
    generator = torch.Generator().manual_seed(values)
    scores = torch.randint(0, values, (50, 2571), generator=generator).float()
    scores[torch.rand(scores.shape, generator=generator) < 0.3] = NO
    scores[0, 20:] = NO  # a list with fewer items than places
    ordered = scores.sort(dim=1, descending=True, stable=True)
    wanted = torch.where(ordered.values > NO, ordered.indices, 0)
    for k in (1, 10, 100):
        assert torch.equal(top_items(scores, k), wanted[:, :k])


def test_the_lists_of_the_ranks_hold_the_target_at_its_rank():
    log = log_of([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [2, 4, 1, 5, 3], num_items=6)
    split, model = leave_one_out(log), Fixed(6).eval()
    candidates = Candidates.of(split)
    test_ranks, lists = ranks_and_lists(model, split.test, candidates, 3)
    assert test_ranks.tolist() == ranks(model, split.test, candidates).tolist()
    assert [row[rank - 1] for row, rank in zip(lists, test_ranks, strict=True)] == split.test.items.tolist()
    assert lists.tolist() == [[5, 0, 0], [1, 0, 0], [3, 0, 0]]  # nobody has item 6, the others are seen
