"""Whether an explanation holds: curves and areas by hand, planted causes, luck, and what cannot be judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.explain import EventContribution, Explanation, FeatureContribution, Situation, explain, methods_for
from recsys.explain.questions.faithfulness import (
    Faithfulness,
    contributions_of,
    faithfulness,
    reference_of,
    strongest_first,
    verdict,
)
from recsys.models.base import Recommender, Shape
from recsys.models.config import ModelConfig
from tests.worlds.ring_models import (
    BLIND_MODELS,
    GRADIENT_MODELS,
    NUM_ITEMS,
    NUM_USERS,
    build,
    candidates,
    situation,
    trained,
)

pytestmark = pytest.mark.usefixtures("few_orders")
ITEM = 30


class Additive(Recommender):
    """The score of the last item is the sum of what each event of the history is worth; that of all others is 0."""

    name, title, family, summary, Config = "additive", "Additive", "baseline", "Adds up.", ModelConfig

    def __init__(self, worth: dict[int, float]) -> None:
        super().__init__(Shape(NUM_USERS, NUM_ITEMS), ModelConfig())
        self.worth_N = torch.zeros(NUM_ITEMS + 1, dtype=torch.float64)
        for item, value in worth.items():
            self.worth_N[item] = value

    def score(self, histories_BL, users_B, ratings_BL=None):  # type: ignore[no-untyped-def]
        scores_BN = torch.zeros(len(histories_BL), NUM_ITEMS + 1, dtype=torch.float64)
        scores_BN[:, ITEM] = self.worth_N[histories_BL].sum(1)
        return scores_BN


def asked(worth: dict[int, float]) -> Situation:
    return Situation.of(Additive(worth).eval(), np.array(list(worth)), ITEM, candidates())


def told(one: Situation, contributions: list[float] | np.ndarray, **more) -> Explanation:  # type: ignore[no-untyped-def]
    exact = explain(one)
    parts = [EventContribution(int(one.history[p]), p, float(v)) for p, v in enumerate(contributions)]
    return replace(exact, method="told", contributions=parts, **more)


def judge(one: Situation, explanation: Explanation) -> Faithfulness:
    return faithfulness(one, explanation, explain(one), reference_of(one))


def test_the_curves_of_four_additive_events_are_partial_sums_and_the_areas_those_by_hand():
    one = asked({1: 1.0, 2: 4.0, 3: 3.0, 4: 2.0})
    found = judge(one, explain(one))
    np.testing.assert_allclose(found.deletion_S, [10, 6, 3, 1, 0])  # 4, 3, 2, 1 removed
    np.testing.assert_allclose(found.insertion_S, [0, 4, 7, 9, 10])
    # trapezoids of width 1/4: (0/2 + 1 + 3 + 6 + 10/2) / 4 = 3.75, and (0/2 + 4 + 7 + 9 + 10/2) / 4 = 6.25; the unit is 10
    assert found.reference.unit == pytest.approx(10)
    assert (found.deletion, found.insertion) == (pytest.approx(0.375), pytest.approx(0.625))
    assert found.random == pytest.approx(0.5)  # over all 24 orders
    assert (found.deletion_beaten, found.insertion_beaten, found.verdict) == (1, 1, "holds")


def test_what_speaks_against_the_item_is_taken_away_last():
    one = asked({1: -2.0, 2: 1.0, 3: 3.0, 4: 0.5})
    found = judge(one, explain(one))
    np.testing.assert_allclose(found.deletion_S, [2.5, -0.5, -1.5, -2, 0])
    np.testing.assert_allclose(found.insertion_S, [0, 3, 4, 4.5, 2.5])


def test_curves_have_ten_steps_between_the_whole_window_and_the_empty_history():
    one = asked({item: float(item) for item in range(1, 26)})
    found = judge(one, explain(one))
    assert found.reference.kept_S.tolist() == [0, 2, 5, 8, 10, 12, 15, 18, 20, 22, 25]
    assert found.reference.curves_RS.shape == (20, 11)
    assert (found.deletion_S[0], found.deletion_S[-1]) == (found.reference.whole, found.reference.empty) == (325, 0)


def test_a_planted_single_cause_holds_and_naming_another_does_not():
    one = asked({item: 5.0 if item == 7 else 0.0 for item in range(1, 16)})
    assert judge(one, explain(one)).verdict == "holds"
    other = [1.0 if item == 3 else 0.0 if item != 7 else -1.0 for item in range(1, 16)]
    assert judge(one, told(one, other)).verdict == "does not hold"


def test_random_contributions_hold_about_as_often_as_two_of_twenty_one_random_orders_would():
    rng = np.random.default_rng(5)
    one = asked(dict(zip(range(1, 21), rng.normal(size=20).tolist(), strict=True)))
    exact, reference = explain(one), reference_of(one)
    held = [faithfulness(one, told(one, rng.normal(size=20)), exact, reference).verdict == "holds" for _ in range(300)]
    assert 0.02 < np.mean(held) < 0.2  # 2/21 = .095 on average over references; this one is fixed


def test_an_explanation_with_a_large_gap_is_weak_though_both_areas_are_good():
    one = asked({item: float(item) for item in range(1, 11)})
    exact = explain(one)
    assert judge(one, replace(exact, completeness_gap=0.049)).verdict == "holds"
    assert judge(one, replace(exact, completeness_gap=0.05)).verdict == "weak"


@pytest.mark.parametrize(
    ("deletion", "insertion", "gap", "parts", "orders", "matters", "expected"),
    [
        (1.0, 1.0, None, 9, 20, True, "holds"),
        (0.95, 0.95, 0.0, 9, 20, True, "holds"),
        (0.9, 1.0, None, 9, 20, True, "weak"),
        (0.949, 1.0, None, 5, 120, True, "weak"),
        (1.0, 1.0, 0.05, 9, 20, True, "weak"),
        (1.0, 0.9, 0.01, 9, 20, True, "weak"),
        (1.0, 1.0, 0.06, 9, 20, True, "weak"),
        (0.9, 1.0, 0.06, 9, 20, True, "does not hold"),
        (0.9, 0.9, None, 9, 20, True, "does not hold"),
        (0.0, 0.0, 0.5, 9, 20, True, "does not hold"),
        (1.0, 1.0, 0.0, 9, 20, False, "does not hold"),
        (1.0, 1.0, 0.0, 4, 24, True, "holds"),
        (1.0, 1.0, 0.0, 3, 6, True, "cannot be judged"),
        (0.0, 0.0, 0.0, 1, 1, True, "cannot be judged"),
        (1.0, 1.0, 0.0, 1, 1, False, "does not hold"),
        (1.0, 1.0, None, 0, 1, False, "cannot be judged"),
    ],
)
def test_the_verdict_follows_its_rule(deletion, insertion, gap, parts, orders, matters, expected):
    assert verdict(deletion, insertion, gap, num_parts=parts, num_orders=orders, matters=matters) == expected


@pytest.mark.parametrize(("length", "orders"), [(0, 1), (1, 1), (2, 2), (3, 6), (4, 24), (5, 120), (6, 20)])
def test_of_a_short_history_every_order_is_tried_and_up_to_three_events_cannot_be_judged(length, orders):
    one = asked({item: 2.0**item for item in range(1, length + 1)})
    found = judge(one, explain(one))
    assert len(found.reference.curves_RS) == orders
    assert found.verdict == ("cannot be judged" if length <= 3 else "holds")


def test_a_past_that_changes_nothing_explains_nothing():
    one = asked(dict.fromkeys(range(1, 9), 0.0))
    found = judge(one, told(one, range(8)))
    assert (found.verdict, found.matters) == ("does not hold", False)


def test_equal_contributions_stand_in_a_shuffled_order_that_is_always_the_same():
    order = strongest_first(np.zeros(12))
    assert sorted(order) == list(range(12))
    assert order.tolist() != sorted(order) and order.tolist() != sorted(order, reverse=True)
    np.testing.assert_array_equal(order, strongest_first(np.zeros(12)))
    assert strongest_first(np.array([0, 3, 0, 7.0]))[:2].tolist() == [3, 1]


def test_the_same_question_has_the_same_answer():
    one = situation(trained("sasrec"), list(range(1, 13)), item=13)
    first, second = (judge(one, explain(one, "attention")) for _ in range(2))
    np.testing.assert_array_equal(first.reference.curves_RS, second.reference.curves_RS)
    assert first.insertion == second.insertion


def test_only_the_events_that_the_model_reads_take_part():
    model = build("gru4rec", max_length=6)
    long, short = (situation(model, list(range(first, 13)), item=20, hide_seen=False) for first in (1, 7))
    found = reference_of(long)
    assert found.num_parts == 6
    assert found.whole == pytest.approx(explain(long).value, abs=1e-5)
    assert (found.empty, found.whole) == pytest.approx((reference_of(short).empty, reference_of(short).whole), abs=1e-5)


def test_leave_one_out_is_not_compared_with_itself_and_others_are():
    one = situation(trained("gru4rec"), list(range(1, 13)), item=13)
    assert judge(one, explain(one, "leave_one_out")).spearman is None
    assert -1 <= (judge(one, explain(one, "gradient_x_input")).spearman or 2) <= 1


def test_a_method_judged_second_asks_about_twenty_histories_at_most(monkeypatch):
    one = situation(trained("gru4rec"), list(range(1, 16)), item=16)
    exact, other, reference = explain(one), explain(one, "gradient_x_input"), reference_of(one)
    asked_for: list[int] = []
    scores = Recommender.scores
    monkeypatch.setattr(Recommender, "scores", lambda *a, **k: (asked_for.append(len(a[1])), scores(*a, **k))[1])
    faithfulness(one, other, exact, reference)
    assert 0 < sum(asked_for) <= 20


def test_a_trained_network_is_explained_better_than_by_chance():
    one = situation(trained("sasrec"), list(range(1, 13)), item=13)
    found = judge(one, explain(one, "integrated_gradients"))
    assert found.deletion < found.random < found.insertion


def test_fields_of_a_dense_network_are_judged_in_all_orders():
    one = situation(build("mlp"), [1, 2, 3], item=20)
    found = judge(one, explain(one))
    fields = explain(one).contributions
    assert found.reference.num_parts == len(fields)
    assert all(isinstance(part, FeatureContribution) for part in fields)
    assert found.reference.whole == pytest.approx(explain(one).value, abs=1e-5)
    assert found.reference.empty == pytest.approx(explain(one).baseline, abs=1e-5)


@pytest.mark.parametrize("name", BLIND_MODELS)
def test_what_reads_nothing_cannot_be_judged(name):
    with pytest.raises(SettingError, match="reads no past events"):
        reference_of(situation(build(name), [1, 2, 3]))


@pytest.mark.parametrize("name", GRADIENT_MODELS)
def test_every_method_of_a_network_can_be_judged_also_between_two_items(name):
    for against in (None, 25):
        one = situation(build(name), [1, 2, 3, 4, 5, 6], item=20, against=against)
        exact, reference = explain(one), reference_of(one)
        for method in methods_for(one.model):
            if against is None or not method.startswith("attention"):
                found = faithfulness(one, explain(one, method), exact, reference)
                assert np.isfinite([found.deletion, found.insertion]).all()
        assert contributions_of(one, exact).shape == (reference.num_parts,)
