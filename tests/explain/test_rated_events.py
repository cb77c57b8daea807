"""Explanations of models that read ratings: an event is its item and its rating together."""

import numpy as np
import pytest
import torch

from recsys.explain import Situation, explain, methods_for
from recsys.explain.methods.attention import has_attention
from recsys.explain.methods.attribution import integrated_gradients, integrated_gradients_mean
from recsys.explain.methods.leave_one_out import leave_one_out
from recsys.explain.methods.shapley import shapley
from recsys.explain.quantity import values
from recsys.recommend.topk import recommend
from tests.worlds.ring_models import NUM_ITEMS, SEQUENCE_MODELS, build, candidates, rating_reader

pytestmark = pytest.mark.usefixtures("few_orders")
HISTORY = np.array([4, 9, 2, 7, 12, 5, 8, 3, 14])  # longer than the window of 6
RATINGS = np.array([1, 5, np.nan, 4, 2, 5, 1, 3, 2], dtype=np.float32)


def asked(model, history=HISTORY, ratings=RATINGS):
    return Situation.of(model, history, 20, candidates(), user=1, ratings=ratings)


def margin(model, history, ratings, others):
    scores = model.scores([history], [1], [ratings])[0].double()
    return float(scores[20] - scores[others].logsumexp(0))


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_what_is_explained_is_what_is_recommended(name):
    model = rating_reader(name)
    found = recommend(model, HISTORY, candidates(), user=1, k=NUM_ITEMS, ratings=RATINGS)
    situation = asked(model)
    suggested = next(one for one in found if one.item == 20)
    assert (suggested.rank, suggested.score) == (situation.rank, pytest.approx(situation.score, abs=1e-5))
    assert situation.score != pytest.approx(asked(model, ratings=None).score, abs=1e-4)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_an_event_is_removed_with_its_own_rating(name):
    model, others = rating_reader(name), [i for i in range(1, NUM_ITEMS + 1) if i not in (*HISTORY, 20)]
    whole = margin(model, HISTORY, RATINGS, others)
    contributions = leave_one_out(asked(model)).contributions
    assert [event.position for event in contributions] == [3, 4, 5, 6, 7, 8]
    for event in contributions:
        kept = np.arange(len(HISTORY)) != event.position
        without = margin(model, HISTORY[kept], RATINGS[kept], others)
        assert event.value == pytest.approx(whole - without, abs=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
@pytest.mark.parametrize(("length", "with_ages"), [(9, False), (9, True), (2, False), (0, True)])
@pytest.mark.parametrize("method", [integrated_gradients, integrated_gradients_mean, shapley])
def test_parts_add_up_to_the_score_with_ratings(name, length, with_ages, method):
    situation = asked(rating_reader(name, with_ages=with_ages), HISTORY[:length], RATINGS[:length])
    found = method(situation)
    change = found.value - found.baseline
    parts = sum(part.value for part in (*found.contributions, *found.features))
    assert parts == pytest.approx(change, abs=0.01 * max(abs(change), 0.01))
    assert found.value == pytest.approx(leave_one_out(situation).value, abs=1e-4)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_average_item_is_rated_nobody_knows_how(name):
    model = rating_reader(name)
    situation = asked(model)
    with torch.no_grad():
        unknown_D = model.rating_embedding.table.weight[0]
        event_D = model.item_embedding.weight[1:].mean(0) + unknown_D
        hidden = model.encode(event_D.expand(1, 6, 8), torch.ones(1, 6, dtype=torch.bool))
        expected = values(situation, model.project(hidden[:, -1]))
    assert integrated_gradients_mean(situation).baseline == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_every_method_sees_the_ratings(name):
    model = rating_reader(name)
    for method in methods_for(model):
        one, other = (explain(asked(model, ratings=ratings), method) for ratings in (RATINGS, np.flip(RATINGS).copy()))
        values = [[event.value for event in found.contributions] for found in (one, other)]
        assert not np.allclose(*values, atol=1e-6), method
        assert (one.attention != other.attention) == has_attention(model)


@pytest.mark.parametrize("name", ["ease", "markov", "item_knn", "popularity"])
def test_a_model_that_reads_none_is_asked_as_before(name):
    model = build(name)
    assert torch.equal(asked(model).scores_1N, asked(model, ratings=None).scores_1N)
