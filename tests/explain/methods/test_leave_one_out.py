from dataclasses import replace

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.evaluation.protocol import rank_of
from recsys.explain.methods.leave_one_out import leave_one_out, with_ranks
from recsys.explain.quantity import margin_in
from recsys.explain.questions.breakdown import compute_breakdown
from recsys.explain.scored_history import ScoredHistory
from recsys.recommend.blend import Blend
from tests.worlds.ring_models import (
    EVENT_MODELS,
    NUM_ITEMS,
    SEQUENCE_MODELS,
    build,
    by_hand,
    candidates,
    situation,
    trained,
)

HISTORY = [4, 9, 2, 7, 12, 5, 8, 3, 14]  # longer than the window of 6
OTHERS = [i for i in range(1, NUM_ITEMS + 1) if i not in (*HISTORY, 20)]


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_a_removal_is_what_the_model_says_of_the_shortened_history(name):
    model = build(name)
    explanation = leave_one_out(situation(model, HISTORY))
    whole = by_hand(model, HISTORY, 20, OTHERS)
    assert explanation.value == pytest.approx(whole, abs=1e-5)
    for event in explanation.contributions:
        without = HISTORY[: event.position] + HISTORY[event.position + 1 :]
        assert event.item == HISTORY[event.position]
        assert event.value == pytest.approx(whole - by_hand(model, without, 20, OTHERS), abs=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_an_older_event_comes_into_the_window(name):
    model, window = build(name), HISTORY[3:]
    old, other = (leave_one_out(situation(model, [item, *window], hide_seen=False)) for item in (1, 11))
    assert old.value == other.value  # the seventh event is not read while the others are there
    assert old.contributions[0].value != pytest.approx(other.contributions[0].value, abs=1e-6)


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_a_removed_item_does_not_come_back_as_a_candidate(name):
    model = build(name)
    asked = situation(model, HISTORY)
    for event in leave_one_out(asked).contributions:
        without = HISTORY[: event.position] + HISTORY[event.position + 1 :]
        scores = model.scores([np.array(without)], [1])[0].numpy()
        ahead = [i for i in OTHERS if scores[i] > scores[20] or (scores[i] == scores[20] and i < 20)]
        assert event.rank_without == 1 + len(ahead)


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_the_baseline_is_the_empty_history_and_finite(name):
    model = build(name)
    explanation = leave_one_out(situation(model, HISTORY))
    assert np.isfinite(explanation.baseline)
    assert explanation.baseline == pytest.approx(by_hand(model, [], 20, OTHERS), abs=1e-5)


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_an_empty_history_has_no_contributions_and_a_finite_value(name):
    explanation = leave_one_out(situation(build(name), []))
    assert explanation.contributions == []
    assert explanation.value == explanation.baseline
    assert np.isfinite(explanation.value)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_on_a_ring_the_newest_event_outweighs_the_oldest(name):
    explanation = leave_one_out(situation(trained(name), [20, 21, 22, 23, 24], item=25, hide_seen=False))
    oldest, newest = explanation.contributions[0], explanation.contributions[-1]
    assert explanation.rank == 1
    assert newest.value > 2 * abs(oldest.value)
    assert newest.rank_without > 1


def test_one_of_two_events_with_the_same_item_can_go():
    explanation = leave_one_out(situation(build("ease"), [4, 9, 4]))
    assert [event.value for event in explanation.contributions][::2] == [0, 0]  # EASE only asks whether


def test_popularity_is_refused_in_words():
    with pytest.raises(SettingError, match="looks at no past events: everyone gets the same list"):
        leave_one_out(situation(build("popularity"), HISTORY))


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_the_rank_is_the_one_that_evaluation_counts(name):
    model = build(name)
    asked = situation(model, HISTORY)
    scores = model.scores([np.array(HISTORY)]).clone()
    scores[~np.broadcast_to(candidates().mask([np.array(HISTORY)]), scores.shape)] = float("-inf")
    assert asked.rank == rank_of(scores, torch.tensor([20]))[0]


@pytest.mark.parametrize("name", EVENT_MODELS)
@pytest.mark.parametrize("history", [HISTORY, []])
def test_one_pass_over_the_history_serves_every_item(name, history, monkeypatch):
    """The scores that are kept say the same as those of each item by itself."""
    model = build(name)
    scored = ScoredHistory(model, np.array(history, dtype=np.int64))
    shown = [leave_one_out(replace(situation(model, history, item), scored=scored)) for item in (20, 25)]
    monkeypatch.setattr("recsys.explain.scored_history.KEPT", 0)
    for item, kept in zip((20, 25), shown, strict=True):
        expected = leave_one_out(situation(model, history, item))
        assert [part.rank_without for part in kept.contributions] == [p.rank_without for p in expected.contributions]
        assert [part.value for part in kept.contributions] == pytest.approx(
            [part.value for part in expected.contributions], abs=1e-5
        )


def test_ten_items_of_a_history_cost_one_pass(monkeypatch):
    model, histories = build("gru4rec"), []
    whole = type(model).scores
    monkeypatch.setattr(
        type(model), "scores", lambda self, rows, *rest: histories.extend(rows) or whole(self, rows, *rest)
    )
    scored = ScoredHistory(model, np.array(HISTORY))
    for item in (20, 25, 30):
        asked = replace(situation(model, HISTORY, item), scored=scored)
        leave_one_out(asked)
        compute_breakdown(asked)
    assert len(histories) == 2 + scored.num_window, "the history, the empty one, and one without each event"


@pytest.mark.parametrize("parts", [("ease", "item_knn"), ("markov", "gru4rec")])
def test_of_a_blend_they_are_kept_to_the_last_digit(parts, monkeypatch):
    mixed = Blend([build(name) for name in parts], [0.7, 0.3], candidates().scorable)
    kept = leave_one_out(situation(mixed, [4, 9, 4, 9, 4], 20))
    monkeypatch.setattr("recsys.explain.scored_history.KEPT", 0)
    assert kept == leave_one_out(situation(mixed, [4, 9, 4, 9, 4], 20))


def test_of_a_huge_catalogue_values_and_ranks_come_from_one_pass(monkeypatch):
    monkeypatch.setattr("recsys.explain.scored_history.KEPT", 0)
    model, histories = build("gru4rec"), []
    whole = type(model).scores
    monkeypatch.setattr(
        type(model), "scores", lambda self, rows, *rest: histories.extend(rows) or whole(self, rows, *rest)
    )
    asked = situation(model, HISTORY, 20)
    leave_one_out(asked)
    assert len(histories) == 2 + asked.num_window, "the history, the empty one, and one without each event"


def test_removals_of_a_huge_catalogue_are_not_kept(monkeypatch):
    monkeypatch.setattr("recsys.explain.scored_history.KEPT", 50)
    assert ScoredHistory(build("markov"), np.array([1, 2])).without_each_LN is None


@pytest.mark.parametrize("name", ["ease", "gru4rec"])
def test_ranks_of_the_strongest_events_alone_are_those_of_all(name):
    asked = situation(build(name), HISTORY)
    everything, few = leave_one_out(asked), with_ranks(asked, leave_one_out(asked, with_ranks=False), 2)
    strongest = sorted(everything.contributions, key=lambda event: -event.value)[:2]
    ranks = {event.position: event.rank_without for event in few.contributions if event.rank_without is not None}
    assert ranks == {event.position: event.rank_without for event in strongest}


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_the_items_of_a_list_share_the_sum_over_all_candidates(name):
    model = build(name)
    scored = ScoredHistory(model, np.array(HISTORY), 1)
    for item in (20, 21):
        others = [i for i in range(1, NUM_ITEMS + 1) if i not in (*HISTORY, item)]
        whole = by_hand(model, HISTORY, item, others)
        for event in leave_one_out(
            replace(situation(model, HISTORY, item=item), scored=scored), with_ranks=False
        ).contributions:
            without = HISTORY[: event.position] + HISTORY[event.position + 1 :]
            assert event.value == pytest.approx(whole - by_hand(model, without, item, others), abs=1e-5)


@pytest.mark.parametrize("gap", [0.0, 12.0, 40.0])  # e^-12 of the probability is left to others, and e^-40
def test_a_margin_keeps_its_digits_however_sure_the_model_is(gap):
    scores_BN = torch.tensor([[gap, 0.0, -1.0]], dtype=torch.float64)
    margin = margin_in(scores_BN[:, 0], scores_BN.logsumexp(1))
    exact = gap - np.log1p(np.exp(-1.0))
    assert margin is None if gap == 40 else float(margin) == pytest.approx(exact, rel=1e-8)
