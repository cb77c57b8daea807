"""A model that knows one user differently: the others, and the model itself, stay as they were."""

import numpy as np
import pytest
import torch

from recsys.explain.locks import lock_of
from recsys.models.persona import persona_twin
from recsys.recommend.blend import Blend
from tests.worlds.ring_models import NUM_ITEMS, SEQUENCE_MODELS, build

HISTORY = np.array([1, 2, 3, 5])
YOUNG, OLD = 1, 2  # users 1 and 2 of the toy: codes 1 and 2 of "age"


def scores(model, user):
    return model.scores([HISTORY], [user])


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_somebody_else_is_scored_as_one_who_is_so(name):
    model = build(name, with_ages=True)
    before = scores(model, YOUNG)
    twin = persona_twin(model, YOUNG, {"age": 2})
    assert torch.equal(scores(twin, YOUNG), scores(model, OLD))
    assert not torch.equal(before, scores(model, OLD))
    assert torch.equal(scores(model, YOUNG), before)


def test_a_dense_network_keeps_the_user_and_changes_the_trait():
    model = build("mlp")
    with torch.no_grad():
        model.embeddings[0].weight[OLD] = model.embeddings[0].weight[YOUNG]
    assert torch.equal(scores(persona_twin(model, YOUNG, {"age": 2}), YOUNG), scores(model, OLD))


def test_the_parts_of_a_blend_are_changed_and_its_own_are_not():
    parts = [build("gru4rec", with_ages=True), build("markov")]
    blend = Blend(parts, [0.5, 0.5], np.arange(NUM_ITEMS + 1) > 0)
    twin = persona_twin(blend, YOUNG, {"age": 2})
    assert torch.equal(scores(twin, YOUNG), scores(blend, OLD))
    assert blend.models == parts


def test_what_the_model_does_not_know_changes_nothing():
    for name in ("gru4rec", "ease"):
        model = build(name)
        assert torch.equal(scores(persona_twin(model, YOUNG, {"age": 2, "zip": 7}), YOUNG), scores(model, YOUNG))


def test_weights_and_lock_are_shared():
    model = build("sasrec", with_ages=True)
    twin = persona_twin(persona_twin(model, YOUNG, {"age": 2}), OLD, {"age": 1})
    assert lock_of(twin) is lock_of(model)
    assert all(one is other for one, other in zip(twin.parameters(), model.parameters(), strict=True))
    assert not twin.training
