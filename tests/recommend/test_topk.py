import numpy as np
import pytest
import torch

from recsys.models import MODELS
from recsys.recommend.topk import Recommendation, rank_for, recommend, recommend_all, top_k
from tests.worlds.ring_models import NUM_ITEMS, build, candidates, log

NOTHING = np.array([], dtype=np.int64)


def items_of(scores, allowed, k):
    return [r.item for r in top_k(torch.tensor(scores), np.array(allowed, dtype=bool), k)]


def test_higher_scores_come_first():
    assert top_k(torch.tensor([9.0, 1.0, 3.0, 2.0]), np.array([False, True, True, True]), 2) == [
        Recommendation(item=2, score=3.0, rank=1),
        Recommendation(item=3, score=2.0, rank=2),
    ]


def test_ties_go_to_the_lower_item_index_also_at_the_last_place():
    assert items_of([0.0, 1.0, 5.0, 1.0, 1.0], [0, 1, 1, 1, 1], 3) == [2, 1, 3]


def test_an_item_that_is_not_allowed_never_comes_up():
    assert items_of([9.0, 9.0, 1.0, 2.0], [0, 0, 1, 1], 10) == [3, 2]


def test_with_nothing_allowed_the_list_is_empty():
    assert items_of([9.0, 9.0], [0, 0], 10) == []


def test_many_ties_keep_the_order_that_a_full_sort_gives():
    rng = np.random.default_rng(0)
    scores, allowed = rng.integers(0, 20, 500).astype(np.float32), rng.random(500) < 0.7
    full = [i for i in np.lexsort((np.arange(500), -scores)) if allowed[i]]
    for k in (1, 7, 100, 499, 500):
        assert items_of(scores, allowed, k) == full[:k]


@pytest.mark.parametrize("name", MODELS)
def test_ranks_inside_a_filter_count_from_one(name):
    model, history = build(name), np.array([1, 2, 3])
    within = np.zeros(NUM_ITEMS + 1, dtype=bool)
    within[[0, 3, 10, 20, 30]] = True
    found = recommend(model, history, candidates(), user=1, within=within)
    assert sorted(r.item for r in found) == [10, 20, 30]  # PAD is no item, 3 was seen
    assert [r.rank for r in found] == [1, 2, 3]


@pytest.mark.parametrize("name", MODELS)
def test_the_rank_of_an_item_is_its_place_in_the_list(name):
    model, history = build(name), np.array([1, 2, 3])
    for found in recommend(model, history, candidates(), user=2, k=NUM_ITEMS):
        assert rank_for(model, history, found.item, candidates(), user=2) == found.rank


def test_a_seen_item_has_no_rank_unless_asked_for():
    model, history = build("markov"), np.array([1, 2, 3])
    assert rank_for(model, history, 2, candidates()) is None
    assert rank_for(model, history, 2, candidates(), hide_seen=False) is not None


def test_seen_items_come_back_where_the_log_holds_repeats():
    model = build("popularity")
    assert len(recommend(model, np.array([1, 2]), candidates(hide_seen=False), k=NUM_ITEMS)) == NUM_ITEMS
    assert len(recommend(model, np.array([1, 2]), candidates(hide_seen=True), k=NUM_ITEMS)) == NUM_ITEMS - 2


@pytest.mark.parametrize("name", MODELS)
def test_an_empty_history_still_gets_suggestions(name):
    found = recommend(build(name), NOTHING, candidates(), k=5)
    assert len(found) == 5
    assert np.isfinite([r.score for r in found]).all()


@pytest.mark.parametrize("name", MODELS)
def test_the_export_holds_what_each_user_is_shown(name, monkeypatch):
    monkeypatch.setattr("recsys.recommend.topk.CELLS", 3 * (NUM_ITEMS + 1))  # three users at a time
    model, interactions = build(name), log()
    exported = dict(recommend_all(model, interactions, candidates(), k=4))
    assert list(exported) == [1, 2, 3, 4]
    for user, found in exported.items():
        alone = recommend(model, interactions.history(user), candidates(), user=user, k=4)
        assert [r.item for r in found] == [r.item for r in alone]


def test_the_lists_of_some_users_are_those_of_all(monkeypatch):
    monkeypatch.setattr("recsys.recommend.topk.CELLS", 2 * (NUM_ITEMS + 1))
    model, interactions = build("markov"), log()
    everybody = dict(recommend_all(model, interactions, candidates(), k=4))
    some = dict(recommend_all(model, interactions, candidates(), k=4, among=[4, 1, 3]))
    assert some == {user: everybody[user] for user in (4, 1, 3)}
