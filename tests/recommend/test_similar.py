import numpy as np
import pytest
import torch

from recsys.models import MODELS
from recsys.recommend.similar import similar_items
from recsys.sequences.candidates import Candidates
from tests.worlds.ring_models import GRADIENT_MODELS, NUM_ITEMS, build, candidates


@pytest.mark.parametrize("name", MODELS)
def test_an_item_is_not_similar_to_itself(name):
    assert 5 not in [r.item for r in similar_items(build(name), 5, candidates(), k=NUM_ITEMS)]


@pytest.mark.parametrize("name", GRADIENT_MODELS)
def test_the_nearest_embedding_is_the_most_similar(name):
    model = build(name)
    table = model.embeddings[model.fields.index("item")] if name == "mlp" else model.item_embedding
    with torch.no_grad():
        table.weight[9] = 3 * table.weight[5]
    found = similar_items(model, 5, candidates(), k=3)
    assert found[0].item == 9
    assert found[0].score == pytest.approx(1, abs=1e-5)


def test_a_chain_finds_what_follows():
    assert similar_items(build("markov"), 5, candidates(), k=3)[0].item == 6


def test_a_chain_leaves_out_items_that_it_links_in_no_way():
    found = similar_items(build("markov"), 5, candidates(), k=NUM_ITEMS)
    assert 0 < len(found) < NUM_ITEMS - 1
    assert all(r.score > 0 for r in found)


def test_popularity_says_nothing():
    assert similar_items(build("popularity"), 5, candidates()) == []


def test_an_item_without_a_training_event_has_no_neighbours():
    scorable = np.array([False, *[item != 5 for item in range(1, NUM_ITEMS + 1)]])
    assert similar_items(build("sasrec"), 5, Candidates(scorable, True)) == []
