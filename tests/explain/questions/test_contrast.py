"""Why the one and not the other: every method asked about two items."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.errors import RecsysError, SettingError
from recsys.explain import explain, methods_for
from tests.worlds.ring_models import EVENT_MODELS, PAIR_MODELS, build, situation

pytestmark = pytest.mark.usefixtures("few_orders")
HISTORY, ITEM, OTHER = [1, 2, 3, 5], 6, 15


@pytest.mark.parametrize("name", [*EVENT_MODELS, *PAIR_MODELS])
def test_the_value_is_the_difference_of_the_scores_that_are_recommended(name):
    model = build(name)
    scores = model.scores([np.array(HISTORY)], [1])[0]
    shown = explain(situation(model, HISTORY, ITEM, against=OTHER))
    assert shown.quantity.endswith("difference")
    assert shown.value == pytest.approx(float(scores[ITEM] - scores[OTHER]), abs=1e-5)


@pytest.mark.parametrize("name", [*EVENT_MODELS, *PAIR_MODELS])
def test_asked_the_other_way_round_every_part_changes_its_sign_and_what_adds_up_for_one_item_does_for_two(name):
    model = build(name)
    for method in methods_for(model):
        if method.startswith("attention"):
            continue
        one = explain(situation(model, HISTORY, ITEM, against=OTHER), method)
        if one.completeness_gap is not None:
            assert one.baseline is not None
            total = sum(part.value for part in (*one.contributions, *one.features))
            assert total == pytest.approx(one.value - one.baseline, abs=0.011), method
            assert one.completeness_gap < 0.05, method
        other = explain(situation(model, HISTORY, OTHER, against=ITEM), method)
        values = [part.value for part in one.contributions]
        assert np.ptp(values) > 0, method
        assert values == pytest.approx([-part.value for part in other.contributions], abs=2e-4), method


@pytest.mark.parametrize("method", ["attention", "attention_rollout"])
def test_attention_cannot_tell_two_items_apart(method):
    with pytest.raises(SettingError, match="cannot explain the difference"):
        explain(situation(build("sasrec"), HISTORY, ITEM, against=OTHER), method)


def test_an_item_is_not_compared_with_itself():
    with pytest.raises(RecsysError, match="compared with itself"):
        situation(build("markov"), HISTORY, ITEM, against=ITEM)
