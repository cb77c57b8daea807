"""Reasons from what an item is: they add up, are what a real second reading says, and leave the model as it was."""

import numpy as np
import pytest
import torch
from PIL import Image

from recsys.errors import SettingError
from recsys.explain import Situation
from recsys.explain.questions.content import PATCH, picture_map, token_values, why_no_content
from recsys.models.inputs.content_embedding import content_embedding
from recsys.models.inputs.features import shape_of
from recsys.models.inputs.item_content import SIDE
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import Trainer
from tests.worlds.ring_models import build, situation
from tests.worlds.small_models import build_model
from tests.worlds.tastes import NUM_ITEMS, tastes

COLUMNS = ("title", "category", "price", "picture")
RED, BARE = 4, NUM_ITEMS  # an item with everything, and the one with nothing to show


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes"))


def model_of(dataset, name, columns=COLUMNS):
    model = build_model(name, shape_of(dataset, columns), epochs=3, content=", ".join(columns))
    for _ in Trainer(model, leave_one_out(dataset.interactions), seed=1, device=torch.device("cpu")).run():
        pass
    return model


@pytest.fixture(scope="module")
def model(dataset):
    return model_of(dataset, "gru4rec")


def asked(model, item=RED, history=(8, 12, 3)):
    scorable = np.arange(NUM_ITEMS + 1) > 0
    return Situation.of(model, np.array(history, dtype=np.int64), item, Candidates(scorable, hide_seen=True))


def test_removing_a_word_is_what_the_tower_says_of_the_text_with_a_gap(dataset):
    model = model_of(dataset, "sasrec", ("title",))
    embedding = content_embedding(model)
    value = {one.token.text: one.value for one in token_values(asked(model), "removal")}["red"]
    words = embedding.content.vocabulary
    length = embedding.content.tokens_NT.shape[1]
    with torch.no_grad():
        texts = torch.zeros(2, length, dtype=torch.int64)
        texts[0, :3] = torch.from_numpy(words.encode(["A red thing"])[0])
        texts[1, [0, 2]] = torch.from_numpy(words.encode(["A thing"])[0])
        parts = embedding.projections["text"](embedding.towers["text"](texts))
        state = model.encode(model.embed(torch.tensor([[8, 12, 3]])), torch.ones(1, 3, dtype=torch.bool))[0, -1]
    whole, without = (parts @ state).tolist()
    assert value == pytest.approx(whole - without, abs=1e-5)


def test_a_word_adds_what_it_says_beyond_the_words_that_stand_in_its_place(model):
    """All titles read "A … thing", but for one that is bare: only the colour could be another."""
    embedding = content_embedding(model)
    _, red, thing = token_values(asked(model))
    codes = embedding.content.tokens_NT
    with torch.no_grad():
        state = model.encode(model.embed(torch.tensor([[8, 12, 3]])), torch.ones(1, 3, dtype=torch.bool))[0, -1]
        texts = embedding.projections["text"](embedding.towers["text"](codes)) @ state
    assert red.value == pytest.approx(float(texts[RED] - texts[1:BARE].mean()), abs=1e-5)
    assert thing.value == pytest.approx(0, abs=1e-6)  # it stands behind every "red"


def test_integrated_gradients_share_out_the_way_from_no_words(model):
    embedding = content_embedding(model)
    found = token_values(asked(model), "integrated_gradients")
    nothing = torch.zeros_like(embedding.content.tokens_NT[:1])
    with torch.no_grad():
        empty = embedding.projections["text"](embedding.towers["text"](nothing))[0]
        state = model.encode(model.embed(torch.tensor([[8, 12, 3]])), torch.ones(1, 3, dtype=torch.bool))[0, -1]
    rise = float((embedding.parts()["text"][RED] - empty) @ state)
    assert sum(one.value for one in found) == pytest.approx(rise, abs=0.05 * max(abs(rise), 0.01))


def test_the_word_that_a_taste_hangs_on_is_the_strongest(model):
    """Everybody likes one colour; after three items of a colour its word carries the text."""
    found = token_values(asked(model, item=8, history=(12, 16, 20)))
    assert [one.token.text for one in found] == ["a", "red", "thing"]
    assert [(one.token.start, one.token.end) for one in found] == [(0, 1), (2, 5), (6, 11)]
    assert max(found, key=lambda one: one.value).token.text == "red"


@pytest.mark.parametrize("method", ["occlusion", "grad_cam"])
def test_a_picture_has_a_value_at_every_place(model, method):
    found = picture_map(asked(model), method)
    assert found.shape == (SIDE, SIDE)
    assert np.isfinite(found).all()


def test_covering_what_is_all_one_colour_with_that_colour_changes_nothing(model):
    np.testing.assert_allclose(picture_map(asked(model)), 0, atol=1e-4)


def test_what_differs_from_the_border_is_found_where_it_is(tmp_path_factory, model):
    """A square in the lower right of an even ground: only patches that touch it change the score."""
    file = tmp_path_factory.mktemp("square") / "square.png"
    drawn = Image.new("RGB", (SIDE, SIDE), "white")
    drawn.paste((200, 30, 30), (40, 40, 56, 56))
    drawn.save(file)
    files = content_embedding(model).content.picture_files
    before, files[RED] = files[RED], file
    try:
        found = picture_map(asked(model))
    finally:
        files[RED] = before
    far = np.ones((SIDE, SIDE), dtype=bool)
    far[40 - PATCH : 56 + PATCH, 40 - PATCH : 56 + PATCH] = False
    assert np.abs(found[40:56, 40:56]).max() > 1e-3
    np.testing.assert_allclose(found[far], 0, atol=1e-5)


def test_an_item_with_nothing_to_show_has_no_map(model):
    assert picture_map(asked(model, item=BARE)) is None
    assert [one.token.text for one in token_values(asked(model, item=BARE))] == ["i", "40"]


def test_the_model_is_as_it_was(model):
    model.zero_grad()  # what its training left
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    scores = asked(model).scores_1N
    for method in ("replacement", "removal", "integrated_gradients"):
        token_values(asked(model), method)
    for method in ("occlusion", "grad_cam"):
        picture_map(asked(model), method)
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
    assert torch.equal(asked(model).scores_1N, scores)
    assert not any(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._backward_hooks for module in model.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


def test_models_that_cannot_be_asked_say_so(dataset):
    assert "only by who chose them" in why_no_content(build("ease"))
    assert "only by who chose them" in why_no_content(build("gru4rec"))
    mixed = build_model("mlp", shape_of(dataset, ("title",)), content="title").eval()
    assert "no sum of parts" in why_no_content(mixed)
    with pytest.raises(SettingError, match="Choose leave_one_out"):
        token_values(situation(build("gru4rec"), [4, 9]))


def test_a_part_that_the_run_has_not_seen_and_an_unknown_method_are_refused(dataset):
    model = build_model("gru4rec", shape_of(dataset, ("title",)), content="title").eval()
    with pytest.raises(SettingError, match="reads no picture of its items"):
        picture_map(asked(model))
    with pytest.raises(SettingError, match="Choose replacement or removal or integrated_gradients"):
        token_values(asked(model), "guess")
