"""Sets of events without which, or with which alone, an item is in the top k: checked by asking the model anew."""

from itertools import combinations

import numpy as np
import pytest
import torch

from recsys.errors import RecsysError, SettingError
from recsys.explain import Situation
from recsys.explain.questions import counterfactual as searched
from recsys.explain.questions.counterfactual import (
    MAX_EVENTS,
    are_redundant,
    keep_only_counterfactuals,
    removal_counterfactuals,
)
from recsys.explain.rescoring import ranks_of, rescored, standings
from recsys.models.base import Recommender, Shape
from recsys.models.config import ModelConfig
from recsys.recommend.blend import Blend
from tests.worlds.ring_models import (
    EVENT_MODELS,
    NUM_ITEMS,
    NUM_USERS,
    SEQUENCE_MODELS,
    build,
    candidates,
    rating_reader,
    situation,
    trained,
)

K = 4
HISTORIES = [
    [4, 9, 2, 7, 12, 5, 8, 3, 14],  # longer than the window of 6
    [11, 12, 13],
    [30, 1, 2, 3],
    [6],
    [5, 9, 5, 17, 9],  # repeats
]


def models(name):
    """With a window of 6 and random weights, and where it learns by steps, with one of 20 after learning the ring."""
    return [build(name), *([trained(name)] if name in SEQUENCE_MODELS else [])]


def suggested(model, history, hide_seen=True, ratings=None, places=range(K)):
    """One situation for each item of the top K, or for those at some places of it."""
    past, who = np.array(history, dtype=np.int64), candidates(hide_seen)
    scores = model.scores([past], [1], [ratings])[0].numpy()
    allowed = np.flatnonzero(who.mask([past])[0])
    best = allowed[np.argsort(-scores[allowed], kind="stable")][:K]
    return [Situation.of(model, past, int(best[place]), who, user=1, ratings=ratings) for place in places]


def top_of(asked, kept):
    """The allowed items by what the model says of these positions alone, counted out by hand."""
    ratings = None if asked.ratings is None else asked.ratings[kept]
    scores = asked.model.scores([asked.history[kept]], [asked.user], [ratings])[0].numpy()
    return sorted(np.flatnonzero(asked.allowed_N), key=lambda item: (-scores[item], item))


def without(asked, positions):
    return [place for place in range(len(asked.history)) if place not in positions]


def check_removal(asked, found):
    whole = top_of(asked, without(asked, ()))
    for one in found:
        order = top_of(asked, without(asked, one.positions))
        assert order.index(asked.item) + 1 == one.rank
        assert one.does_it == (one.rank > K)
        assert one.entrants == tuple(item for item in order[:K] if item not in whole[:K])
        if not one.does_it:
            continue
        assert 1 <= len(one.positions) <= MAX_EVENTS
        for needed in one.positions:
            fewer = [place for place in one.positions if place != needed]
            assert asked.item in top_of(asked, without(asked, fewer))[:K], "an event too many"


def check_alone(asked, found):
    for one in found:
        order = top_of(asked, list(one.positions))
        assert order.index(asked.item) + 1 == one.rank
        assert one.does_it == (one.rank <= K)
        assert len(one.positions) <= MAX_EVENTS
        if one.does_it:
            for needed in one.positions:
                fewer = [place for place in one.positions if place != needed]
                assert asked.item not in top_of(asked, fewer)[:K], "an event too many"


FIRST_AND_LAST = (0, K - 1)


@pytest.mark.parametrize(
    ("name", "hide_seen", "histories"),
    [
        *((name, True, HISTORIES) for name in EVENT_MODELS),
        *((name, False, HISTORIES[::4]) for name in ("ease", "gru4rec", "sasrec")),
    ],
)
def test_what_is_shown_does_remove_the_item_and_holds_no_event_too_many(name, hide_seen, histories):
    done = 0
    for model in models(name):
        for asked in (one for past in histories for one in suggested(model, past, hide_seen, places=FIRST_AND_LAST)):
            found = removal_counterfactuals(asked, K)
            check_removal(asked, found)
            done += found[0].does_it
    assert done


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_what_is_shown_does_keep_the_item_by_itself(name):
    done = 0
    for model in models(name):
        for asked in (one for past in HISTORIES for one in suggested(model, past, places=FIRST_AND_LAST)):
            found = keep_only_counterfactuals(asked, K)
            check_alone(asked, found)
            done += found[0].does_it and bool(found[0].positions)
    assert done


@pytest.mark.parametrize("name", ["ease", "sasrec", "gru4rec", "caser"])
def test_no_smaller_set_is_there_where_all_can_be_tried(name):
    model = build(name)
    for asked in suggested(model, [4, 9, 2, 7, 12]):
        found, everything = removal_counterfactuals(asked, K), range(len(asked.history))
        sizes = [
            size
            for size in everything
            for removed in combinations(everything, size)
            if asked.item not in top_of(asked, without(asked, removed))[:K]
        ]
        assert [len(one.positions) for one in found if one.does_it] == [min(sizes)] * len(found) if sizes else True
        assert found[0].does_it == bool(sizes) or len(found[0].positions) == len(asked.history)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_ratings_go_with_their_events(name):
    model, ratings = rating_reader(name), np.array([1, 5, np.nan, 4, 2, 5, 1, 3, 2], dtype=np.float32)
    for asked in suggested(model, HISTORIES[0], ratings=ratings):
        check_removal(asked, removal_counterfactuals(asked, K))
        check_alone(asked, keep_only_counterfactuals(asked, K))


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_what_is_known_of_the_user_stays_as_it_is(name):
    model = build(name, with_ages=True)
    for asked in suggested(model, HISTORIES[0]):
        check_removal(asked, removal_counterfactuals(asked, K))
        check_alone(asked, keep_only_counterfactuals(asked, K))


def test_a_blend_is_asked_as_a_whole():
    blend = Blend([build("ease"), build("sasrec")], [0.4, 0.6], candidates().scorable)
    for history in HISTORIES:
        for asked in suggested(blend, history):
            check_removal(asked, removal_counterfactuals(asked, K))
            check_alone(asked, keep_only_counterfactuals(asked, K))


def test_both_events_of_one_item_go_together_where_one_of_them_does_nothing():
    model = build("ease")  # it asks only whether there was one
    asked = next(one for one in suggested(model, [20, 20]) if removal_counterfactuals(one, K)[0].does_it)
    assert [one.positions for one in removal_counterfactuals(asked, K)] == [(0, 1)]


class Counting(Recommender):
    """Item 20 scores `by_count[n]` where n of the items 1 and 2 are in the history; item 5 scores 1, all others 0."""

    name, title, family, summary, Config = "counting", "Counting", "baseline", "Counts.", ModelConfig

    def __init__(self, by_count: list[float]) -> None:
        super().__init__(Shape(NUM_USERS, NUM_ITEMS), ModelConfig())
        self.by_count = torch.tensor(by_count)

    def score(self, histories_BL, users_B, ratings_BL=None):
        scores_BN = torch.zeros(len(histories_BL), NUM_ITEMS + 1)
        scores_BN[:, 5] = 1.0
        scores_BN[:, 20] = self.by_count[sum((histories_BL == item).any(1).long() for item in (1, 2))]
        return scores_BN


@pytest.mark.parametrize(("by_count", "is_redundant"), [([0.0, 3.0, 3.0], True), ([0.0, 1.6, 3.0], False)])
def test_two_events_stand_in_for_each_other_where_one_does_as_much_as_both(by_count, is_redundant):
    asked = situation(Counting(by_count).eval(), [1, 2, 3])
    (found,) = removal_counterfactuals(asked, k=1)
    assert (found.positions, found.does_it) == ((0, 1), True)
    assert are_redundant(asked, found) == is_redundant


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_an_empty_history_has_nothing_to_take_away_and_needs_nothing(name):
    asked = suggested(build(name), [])[0]
    assert [(one.positions, one.does_it, one.rank) for one in removal_counterfactuals(asked, K)] == [((), False, 1)]
    assert [(one.positions, one.does_it, one.rank) for one in keep_only_counterfactuals(asked, K)] == [((), True, 1)]


def test_where_none_is_found_the_nearest_is_told(monkeypatch):
    monkeypatch.setattr(searched, "MAX_EVENTS", 1)
    model, told = build("sasrec"), []
    for history in HISTORIES:
        for asked in suggested(model, history):
            (nearest, *more), every = removal_counterfactuals(asked, K), range(len(history))
            if not nearest.does_it:
                ranks = [top_of(asked, without(asked, [place])).index(asked.item) + 1 for place in every]
                told.append(nearest.rank == max([asked.rank, *ranks]) and not more)
    assert told
    assert all(told)


def test_the_budget_bounds_what_the_model_is_asked(monkeypatch):
    asked_about = []
    monkeypatch.setattr(searched, "MAX_CALLS", 7)
    monkeypatch.setattr(
        searched, "standings", lambda s, kept, k: asked_about.append(len(kept)) or standings(s, kept, k)
    )
    for asked in suggested(build("gru4rec"), HISTORIES[0]):
        asked_about.clear()
        check_removal(asked, removal_counterfactuals(asked, K))
        assert sum(asked_about) <= 7


def test_the_gap_is_that_to_the_kth_best_other_candidate():
    asked = situation(build("sasrec"), HISTORIES[0])
    kept = [np.arange(9), np.arange(3), np.array([], dtype=np.int64)]
    result = standings(asked, kept, K)
    for row, positions in enumerate(kept):
        scores = asked.model.scores([asked.history[positions]], [1])[0].numpy()
        others = sorted(scores[i] for i in np.flatnonzero(asked.allowed_N) if i != 20)
        assert result.gaps_B[row] == pytest.approx(scores[20] - others[-K], abs=1e-5)
    assert result.ranks_B.tolist() == ranks_of(asked, kept).tolist()
    assert result.values_B.tolist() == rescored(asked, kept).tolist()


def test_who_asks_no_sensible_question_is_told_why():
    low = situation(
        build("ease"), [4, 9], item=next(i for i in range(10, 30) if situation(build("ease"), [4, 9], i).rank > K)
    )
    with pytest.raises(RecsysError, match="not in the top 4: there is nothing to remove it from"):
        removal_counterfactuals(low, K)
    with pytest.raises(RecsysError, match="Every candidate fits in the top 28"):
        keep_only_counterfactuals(situation(build("ease"), [4, 9]), NUM_ITEMS - 2)
    with pytest.raises(SettingError, match="looks at no past events"):
        removal_counterfactuals(situation(build("popularity"), [4, 9]), K)
    with pytest.raises(SettingError, match="Choose the method ablation instead"):
        keep_only_counterfactuals(situation(build("mlp"), [4, 9]), K)
