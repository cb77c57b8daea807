"""Linear models: the score is a sum of what each event adds."""

import numpy as np
import pytest

from recsys.errors import SettingError
from recsys.explain.methods.links import links
from recsys.models import MODELS
from recsys.models.base import LinearModel
from tests.worlds.ring_models import NUM_ITEMS, build, situation

LINEAR_MODELS = [name for name, model in MODELS.items() if issubclass(model, LinearModel)]
HISTORIES = [[4, 9, 2, 7, 12, 5, 8, 3, 14, 1, 6, 11], [4, 9, 4, 4, 9], [7], []]


def of(explanation):
    return [event.value for event in explanation.contributions]


def test_the_linear_models():
    assert LINEAR_MODELS == ["markov", "ease", "item_knn"]


@pytest.mark.parametrize("name", LINEAR_MODELS)
@pytest.mark.parametrize("history", HISTORIES)
def test_what_the_events_add_sums_to_the_score_of_every_item(name, history):
    model = build(name)
    scores = model.scores([np.array(history, dtype=np.int64)])[0]
    for item in range(1, NUM_ITEMS + 1):
        found = links(situation(model, history, item))
        assert sum(of(found)) == pytest.approx(float(scores[item]), abs=1e-6)
        assert (found.baseline, found.value) == (0, float(scores[item]))
        assert found.completeness_gap < 1e-4


@pytest.mark.parametrize("name", LINEAR_MODELS)
def test_they_sum_to_the_difference_of_two_items(name):
    model = build(name)
    scores = model.scores([np.array(HISTORIES[0])])[0]
    found = links(situation(model, HISTORIES[0], 20, against=15))
    assert sum(of(found)) == pytest.approx(float(scores[20] - scores[15]), abs=1e-6)


def test_an_item_that_counts_once_shares_its_link_equally_among_its_events():
    model = build("ease")
    of_4, of_9 = float(model.weights[4, 20]), float(model.weights[9, 20])
    assert of(links(situation(model, [4, 9, 4]))) == pytest.approx([of_4 / 2, of_9, of_4 / 2], abs=1e-9)


def test_an_item_that_is_no_neighbour_adds_nothing():
    model = build("item_knn", neighbours=2)
    added = of(links(situation(model, HISTORIES[0], 15)))
    near = [bool((model.items_Nk[past][model.links_Nk[past] > 0] == 15).any()) for past in HISTORIES[0]]
    assert [value > 0 for value in added] == near
    assert 0 < sum(near) < len(near)


def test_an_older_event_adds_less_in_the_chain_and_a_repeated_one_adds_again():
    model = build("markov")
    link = float(model.links[4, 20])
    decay = model.config.decay
    assert of(links(situation(model, [4, 9, 4]))) == pytest.approx(
        [link * decay**2, float(model.links[9, 20]) * decay, link], rel=1e-6
    )


@pytest.mark.parametrize("name", ["sasrec", "mlp", "popularity"])
def test_a_model_whose_score_is_no_such_sum_is_refused(name):
    with pytest.raises(SettingError, match="is no sum of links"):
        links(situation(build(name), HISTORIES[0]))
