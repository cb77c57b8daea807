"""Shapley values against games and models whose values can be worked out by hand."""

from itertools import permutations

import numpy as np
import pytest
import torch

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import SettingError
from recsys.explain.methods.links import links
from recsys.explain.methods.shapley import MOST_ORDERS, SETS, num_orders, orders, shapley, shapley_values
from recsys.recommend.blend import Blend
from tests.worlds.ring_models import EVENT_MODELS, NUM_ITEMS, build, by_hand, candidates, situation

HISTORY = [4, 9, 2, 7, 12, 5, 8, 3, 14]  # longer than the window of 6
OTHERS = [i for i in range(1, NUM_ITEMS + 1) if i not in (*HISTORY, 20)]


def of(explanation):
    return [part.value for part in (*explanation.features, *explanation.contributions)]


def gloves(there_BP):
    """Two left gloves and one right one; a pair is worth 1."""
    return (there_BP[:, 2] & there_BP[:, :2].any(1)).astype(float)


def test_the_glove_game():
    np.testing.assert_allclose(shapley_values(gloves, 3), [1 / 6, 1 / 6, 4 / 6], atol=1e-6)


def test_where_players_only_add_up_each_gets_what_it_adds():
    weights = np.linspace(-1, 2, 12)
    np.testing.assert_allclose(shapley_values(lambda there_BP: there_BP @ weights, 12), weights, atol=1e-5)


def test_sampled_orders_come_close_to_all_of_them():
    rng = np.random.default_rng(1)
    worth = {tuple(row): rng.normal() for row in np.ndindex(*[2] * 7)}

    def game(there_BP):
        return np.array([worth[tuple(row)] for row in there_BP.astype(int)])

    exact = np.zeros(7)
    for order in permutations(range(7)):
        there = np.zeros(7, dtype=bool)
        for player in order:
            before = worth[tuple(there.astype(int))]
            there[player] = True
            exact[player] += (worth[tuple(there.astype(int))] - before) / 5040
    found = shapley_values(game, 7)
    assert found.sum() == pytest.approx(worth[(1,) * 7] - worth[(0,) * 7], abs=1e-5)
    assert np.abs(found - exact).max() < 5 * 1.5 / np.sqrt(MOST_ORDERS)  # what a player adds has a deviation of 1.4
    assert np.corrcoef(found, exact)[0, 1] > 0.9


def test_each_sampled_order_is_followed_by_its_reverse_and_few_players_come_in_every_order():
    sampled = list(orders(9, num_orders(9)))
    assert len(sampled) == MOST_ORDERS
    assert sampled[1::2] == [order[::-1] for order in sampled[::2]]
    assert sorted(orders(4, num_orders(4))) == sorted(map(list, permutations(range(4))))


def test_a_long_history_is_asked_about_in_fewer_orders():
    assert num_orders(200) * 200 <= SETS
    assert num_orders(100_000) > 0


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_few_events_get_what_every_order_gives_by_hand(name):
    model, past = build(name), [4, 9, 2]
    others = [i for i in range(1, NUM_ITEMS + 1) if i not in (*past, 20)]
    expected = np.zeros(3)
    for order in permutations(range(3)):
        for place, player in enumerate(order):
            before, after = (
                by_hand(model, [past[i] for i in sorted(order[:count])], 20, others) for count in (place, place + 1)
            )
            expected[player] += (after - before) / 6
    np.testing.assert_allclose(of(shapley(situation(model, past))), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["gru4rec", "sasrec"])
def test_no_older_event_comes_in(name):
    model = build(name)
    one, other = (of(shapley(situation(model, [old, *HISTORY], hide_seen=False))) for old in (21, 22))
    assert one == other


def test_of_a_linear_model_they_are_its_links():
    asked = situation(build("ease"), HISTORY)
    np.testing.assert_allclose(of(shapley(asked)), of(links(asked)), atol=1e-6)


@pytest.mark.parametrize("name", ["gru4rec", "sasrec"])
def test_who_asks_is_a_player(name):
    model = build(name, with_ages=True)
    for table in model.user_embedding.tables:
        table.weight.data *= 50
    found = shapley(situation(model, HISTORY))
    assert found.baseline == pytest.approx(by_hand(model, [], 20, OTHERS, user=UNKNOWN_USER), abs=1e-5)
    assert sum(of(found)) == pytest.approx(found.value - found.baseline, abs=1e-4)
    assert abs(found.features[0].value) > 1e-6
    stranger = shapley(situation(model, HISTORY, user=UNKNOWN_USER))
    assert stranger.features[0].value == pytest.approx(0, abs=1e-5)


def test_a_blend_keeps_the_user_and_shares_out_the_events():
    mixed = Blend([build("ease"), build("mlp")], [0.5, 0.5], candidates().scorable)
    found = shapley(situation(mixed, HISTORY))
    empty = mixed.scores([np.array([], dtype=np.int64)], [1])[0, 20]
    assert found.baseline == pytest.approx(float(empty), abs=1e-6)
    assert sum(of(found)) == pytest.approx(found.value - found.baseline, abs=1e-5)


def test_of_a_linear_network_of_fields_they_are_what_hiding_each_changes():
    model = build("mlp", num_blocks=0)
    found = shapley(situation(model, []))
    assert [part.feature for part in found.contributions] == ["user", "user.age", "item"]
    weight = model.dense[-1].weight.detach()[0].view(3, 8)
    known = model.embed_pairs(torch.tensor([1]), torch.tensor([20]))
    by_field = [(w @ (x - b)[0]).item() for w, x, b in zip(weight, known, model.baseline(), strict=True)]
    np.testing.assert_allclose(of(found), by_field, atol=1e-5)


def test_the_generator_that_all_share_is_left_alone():
    model = build("ease")
    before = torch.get_rng_state()
    one, other = (of(shapley(situation(model, HISTORY))) for _ in range(2))
    assert one == other
    assert torch.equal(torch.get_rng_state(), before)


def test_a_model_that_looks_at_nothing_is_refused():
    with pytest.raises(SettingError, match="everyone gets the same list"):
        shapley(situation(build("popularity"), HISTORY))
