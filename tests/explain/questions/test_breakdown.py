"""One recommendation, one budget: sources add up, and each is what leaving it out in every order says."""

from __future__ import annotations

import itertools
from unittest.mock import patch

import numpy as np
import pytest
import torch

from recsys.data.interactions import UNKNOWN_USER
from recsys.explain import Situation
from recsys.explain.questions.breakdown import compute_breakdown, exact_shapley
from recsys.models.inputs.content_embedding import ContentEmbedding, content_embedding
from recsys.models.inputs.features import shape_of
from recsys.recommend.blend import Blend
from recsys.sequences.candidates import Candidates
from tests.worlds import tastes as shop
from tests.worlds.ring_models import BLIND_MODELS, EVENT_MODELS, NUM_ITEMS, PAIR_MODELS, build, by_hand, situation
from tests.worlds.small_models import build_model

HISTORY, ITEM, OTHER = [1, 2, 3, 5], 6, 15
COLUMNS = ("title", "category", "price", "picture")


def parts(found):
    return {source.name: source.value for source in found.sources}


def test_two_players_share_what_they_do_together():
    alone = np.array([[0.0, 1.0], [3.0, 10.0]])  # 6 more than 1 + 3
    assert exact_shapley(alone) == [6.0, 4.0]


def test_one_player_gets_all_and_none_gets_nothing():
    assert exact_shapley(np.array([2.0, 5.0])) == [3.0]
    assert exact_shapley(np.array(7.0)) == []


@pytest.mark.parametrize("against", [None, OTHER])
@pytest.mark.parametrize("name", [*EVENT_MODELS, *PAIR_MODELS, *BLIND_MODELS])
def test_sources_add_up_to_the_explained_quantity(name, against):
    found = compute_breakdown(situation(build(name), HISTORY, ITEM, against=against))
    assert abs(found.residual) < 1e-6
    assert found.start + sum(parts(found).values()) == pytest.approx(found.value, abs=1e-5)


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_without_its_history_the_item_has_its_popularity_left(name):
    model, others = build(name), [item for item in range(1, NUM_ITEMS + 1) if item not in (*HISTORY, ITEM)]
    found = compute_breakdown(situation(model, HISTORY, ITEM))
    empty, whole = (by_hand(model, history, ITEM, others) for history in ([], HISTORY))
    assert found.start + parts(found)["popularity"] == pytest.approx(empty, abs=1e-4)
    assert parts(found)["events"] == pytest.approx(whole - empty, abs=1e-4)


@pytest.mark.parametrize("name", ["sasrec", "gru4rec", "caser"])
def test_who_asks_and_what_was_done_share_what_they_do_together(name):
    model = build(name, with_ages=True)
    others = [item for item in range(1, NUM_ITEMS + 1) if item not in (*HISTORY, ITEM)]
    found = parts(compute_breakdown(situation(model, HISTORY, ITEM, user=2)))
    table = [[by_hand(model, h, ITEM, others, user) for h in ([], HISTORY)] for user in (UNKNOWN_USER, 2)]
    first, second = table[1][0] - table[0][0], table[1][1] - table[0][1]
    assert found["user"] == pytest.approx((first + second) / 2, abs=1e-4)
    assert abs(found["user"]) > 1e-4


def test_a_blend_is_split_into_popularity_and_events():
    models = [build("markov"), build("ease")]
    scorable = np.arange(NUM_ITEMS + 1) > 0
    found = parts(compute_breakdown(situation(Blend(models, [0.5, 0.5], scorable), HISTORY, ITEM)))
    assert list(found) == ["popularity", "events"]
    assert found["events"] != 0


def test_the_fields_of_a_pair_model_get_their_mean_gain_over_all_orders():
    model = build("mlp")
    here = model.embed_pairs(torch.tensor([1]), torch.tensor([ITEM]))
    absent = model.baseline()

    def logit(there):
        return float(
            model.logit([h if f in there else a for f, (h, a) in enumerate(zip(here, absent, strict=True))])[0]
        )

    fields = range(len(model.fields))
    orders = list(itertools.permutations(fields))
    expected = dict.fromkeys(model.fields, 0.0)
    for order in orders:
        for place, field in enumerate(order):
            gain = logit(set(order[: place + 1])) - logit(set(order[:place]))
            expected[model.fields[field]] += gain / len(orders)
    found = parts(compute_breakdown(situation(model, HISTORY, ITEM)))
    assert found.pop("popularity") == pytest.approx(logit(set()), abs=1e-5)
    assert found == pytest.approx(expected, abs=1e-5)


def test_many_columns_of_users_are_one_source():
    with patch("recsys.explain.questions.breakdown.MAX_SOURCES", 2):
        found = compute_breakdown(situation(build("mlp"), HISTORY, ITEM))
    assert "user features" in parts(found) and "user.age" not in parts(found)
    assert abs(found.residual) < 1e-6


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return shop.tastes(tmp_path_factory.mktemp("tastes"))


def seeing(dataset, name):
    model = build_model(name, shape_of(dataset, COLUMNS), content=", ".join(COLUMNS)).eval()
    embedding = content_embedding(model)
    embedding.has_events[1:] = True
    for tower in embedding.towers:
        embedding.get_buffer(f"{tower}_vectors")[1:] = torch.randn(shop.NUM_ITEMS, 64)
    return model


def shop_situation(model, against=None):
    scorable = np.arange(shop.NUM_ITEMS + 1) > 0
    history = np.array([8, 12, 3])
    return Situation.of(model, history, 4, Candidates(scorable, hide_seen=True), against=against)


@pytest.mark.parametrize("against", [None, 7])
def test_what_an_item_is_gets_its_mean_gain_over_all_orders(dataset, against):
    model = seeing(dataset, "sasrec")
    asked = shop_situation(model, against)
    embedding = content_embedding(model)
    others = [item for item in range(1, shop.NUM_ITEMS + 1) if item not in (4, 8, 12, 3)]
    products = {}
    for has_events in (False, True):
        history = torch.tensor([[8, 12, 3]]) if has_events else torch.zeros(1, 1, dtype=torch.int64)
        with torch.no_grad():
            state = model.encode(*model.inputs(history))[0, -1]
            products[has_events] = {name: (part @ state).numpy() for name, part in embedding.parts().items()}

    def quantity(there):
        scores = products["events" in there]
        compared = others if against is None else [against]
        own = sum(s[4] if part in there else s[compared].mean() for part, s in scores.items())
        whole = sum(scores.values())
        return own - (np.log(np.exp(whole[others]).sum()) if against is None else whole[against])

    players = ["events", *embedding.part_names]
    orders = list(itertools.permutations(players))
    expected = dict.fromkeys(players, 0.0)
    for order in orders:
        for place, player in enumerate(order):
            expected[player] += (quantity(order[: place + 1]) - quantity(order[:place])) / len(orders)
    found = parts(compute_breakdown(asked))
    assert found.pop("popularity") + compute_breakdown(asked).start == pytest.approx(quantity(()), abs=1e-4)
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_pair_model_that_sees_content_tells_its_parts(dataset):
    model = seeing(dataset, "mlp")
    found = compute_breakdown(shop_situation(model))
    assert {"item.text", "item.picture", "item.category", "item.price", "item.id"} <= set(parts(found))
    assert found.start + sum(parts(found).values()) == pytest.approx(found.value, abs=1e-5)
    assert any(isinstance(module, ContentEmbedding) for module in model.modules())
