import numpy as np
import pytest
import torch

from recsys.errors import RecsysError
from recsys.explain import Situation, explain, methods_for
from recsys.explain.quantity import quantity_of, values
from recsys.models import MODELS
from recsys.recommend.topk import recommend
from recsys.sequences.candidates import Candidates
from tests.worlds.ring_models import EVENT_MODELS, NUM_ITEMS, build, by_hand, candidates, situation

pytestmark = pytest.mark.usefixtures("few_orders")
HISTORY = [4, 9, 2, 7, 12, 5, 8, 3, 14]
EXPLAINED = [(name, method) for name in MODELS for method in methods_for(build(name))]


@pytest.mark.parametrize(("name", "method"), EXPLAINED)
def test_every_method_explains_the_score_recommended_and_the_same_value(name, method):
    model = build(name)
    shown = recommend(model, np.array(HISTORY), candidates(), user=2, k=2)[-1]
    explanation = explain(situation(model, HISTORY, item=shown.item, user=2), method)
    assert explanation.score == pytest.approx(shown.score, rel=1e-5, abs=1e-5)
    assert explanation.rank == shown.rank == 2
    others = [i for i in range(1, NUM_ITEMS + 1) if i not in (*HISTORY, shown.item)]
    assert explanation.value == pytest.approx(by_hand(model, HISTORY, shown.item, others, user=2), abs=1e-5)


def test_an_item_without_training_events_is_refused_in_words():
    scorable = np.array([False, True, True, False])
    with pytest.raises(RecsysError, match="This item had no event in training"):
        Situation.of(build("markov"), np.array([1]), 3, Candidates(scorable, True))


def test_padding_is_no_item_to_explain():
    with pytest.raises(RecsysError, match="no score to explain"):
        situation(build("markov"), [1], item=0)


def test_a_history_of_the_whole_catalogue_leaves_nothing_to_compare_with():
    with pytest.raises(RecsysError, match="No other item is left"):
        situation(build("sasrec"), list(range(1, NUM_ITEMS + 1)), item=3)


@pytest.mark.parametrize("name", ["gru4rec", "mlp"])
def test_scores_of_a_diverged_model_are_refused_by_every_method_with_advice(name):
    model = build(name)
    with torch.no_grad():
        for weights in model.parameters():
            weights.fill_(float("nan"))
    for method in methods_for(model):
        with pytest.raises(RecsysError, match=r"diverged\. Train it again with a lower learning rate"):
            explain(situation(model, HISTORY), method)


def test_a_seen_item_is_marked_where_seen_items_are_masked():
    model = build("sasrec")
    marked = [explain(situation(model, HISTORY, item, hide_seen=hide)).is_seen for item, hide in
              [(9, True), (9, False), (20, True)]]  # fmt: skip
    assert marked == [True, False, False]


def test_a_seen_item_counts_as_itself_and_not_among_the_others():
    model = build("sasrec")
    explanation = explain(situation(model, HISTORY, item=9))
    others = [i for i in range(1, NUM_ITEMS + 1) if i not in HISTORY]
    assert explanation.value == pytest.approx(by_hand(model, HISTORY, 9, others), abs=1e-5)


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_the_window_holds_the_newest_events(name):
    asked = situation(build(name), HISTORY)
    window = build(name).window
    assert list(asked.window) == (HISTORY if window is None else HISTORY[-window:])


def test_a_margin_does_not_move_when_all_scores_rise():
    asked = situation(build("sasrec"), HISTORY)
    assert quantity_of(asked.model).name == "margin"
    scores = torch.linspace(-2, 2, NUM_ITEMS + 1)[None]
    torch.testing.assert_close(values(asked, scores), values(asked, scores + 3))
