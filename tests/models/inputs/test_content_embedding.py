"""Item vectors made of content: what is their own, what is known of whom, and the contract of models that use them."""

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from recsys.data.interactions import PAD
from recsys.models import MODELS
from recsys.models.base import SequenceModel
from recsys.models.inputs import content_embedding as items
from recsys.models.inputs.content_embedding import ContentEmbedding, content_embedding, price_numbers
from recsys.models.inputs.features import shape_of
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import Trainer
from tests.worlds.small_models import SEQUENCE_MODELS, build_model
from tests.worlds.tastes import NUM_ITEMS, tastes

COLUMNS = "title, category, price, picture"
HISTORIES = [np.array(h, dtype=np.int64) for h in ([1, 5, 9], [4], [], list(range(1, 31)))]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes"))


def train(dataset, name, **settings):
    model = build_model(name, shape_of(dataset, settings["content"].split(", ")), epochs=2, **settings)
    split = leave_one_out(dataset.interactions, cold_share=0.2)
    for _ in Trainer(model, split, seed=1, device=torch.device("cpu")).run():
        pass
    return model, split


@pytest.fixture(scope="module", params=[*SEQUENCE_MODELS, "mlp"])
def trained(request, dataset):
    return train(dataset, request.param, content="title, category, price")


def test_every_item_can_be_scored_and_the_place_of_padding_is_zero(trained):
    model, _ = trained
    assert model.scores_cold
    assert torch.isfinite(model.scores(HISTORIES)).all()
    assert not content_embedding(model).weight[PAD].any()


def test_an_item_without_an_event_in_training_has_nothing_of_its_own(trained):
    model, split = trained
    own = content_embedding(model).parts()["id"]
    assert len(split.cold_items)
    assert not own[split.cold_items].any()
    assert own[np.flatnonzero(split.train.item_counts)].any(dim=1).all()


def test_what_is_its_own_is_no_longer_than_what_the_content_says(trained):
    parts = content_embedding(trained[0]).parts()
    said = torch.stack([part for name, part in parts.items() if name != "id"]).sum(0)
    assert (parts["id"].norm(dim=1) <= said.norm(dim=1) + 1e-5).all()


def test_the_parts_add_up_to_the_vector(trained):
    embedding = content_embedding(trained[0])
    assert tuple(embedding.parts()) == embedding.part_names == ("text", "category", "price", "id")
    torch.testing.assert_close(torch.stack(list(embedding.parts().values())).sum(0), embedding.weight)


def test_config_and_weights_bring_a_model_with_content_back(trained, dataset):
    model, _ = trained
    weights = load(save({key: tensor.contiguous() for key, tensor in model.state_dict().items()}))
    shape = shape_of(dataset, ("title", "category", "price"))
    again = MODELS[model.name](shape, type(model.config)(**model.config.model_dump()))
    again.load_state_dict(weights)
    assert torch.equal(again.eval().scores(HISTORIES), model.scores(HISTORIES))


def test_ids_are_hidden_in_training_and_only_there(dataset):
    model, _ = train(dataset, "gru4rec", content="category", id_dropout=0.5)
    embedding = content_embedding(model)
    assert torch.equal(embedding.weight, embedding.weight)
    has_events = embedding.has_events
    embedding.train()
    with torch.no_grad():
        shown = torch.stack([embedding.parts()["id"].any(dim=1) for _ in range(200)]).float().mean(0)
    assert ((shown[has_events] - 0.5).abs() < 0.2).all()


def test_the_table_is_made_once_while_scoring_and_again_when_a_weight_changes(dataset, monkeypatch):
    model = build_model("gru4rec", shape_of(dataset, ("category",)), content="category", epochs=1).eval()
    embedding, made = content_embedding(model), []
    parts = ContentEmbedding.parts
    monkeypatch.setattr(ContentEmbedding, "parts", lambda self: made.append(1) or parts(self))
    history = [np.array([1, 2])]
    before = model.scores(history)
    model.scores(history)
    assert len(made) == 1
    optimizer = torch.optim.Adam(embedding.parameters(), lr=0.1, fused=True)
    embedding.weight.sum().backward()
    made.clear()
    model.train()
    optimizer.step()
    assert not torch.equal(model.eval().scores(history), before)
    embedding.set_item_counts(np.full(NUM_ITEMS + 1, 50))
    model.scores(history)
    assert len(made) == 2


def test_a_step_embeds_and_scores_with_one_table(dataset):
    model = build_model("gru4rec", shape_of(dataset, ("category",)), content="category", id_dropout=0.5).train()
    model.item_embedding.set_item_counts(np.full(NUM_ITEMS + 1, 50))
    with model.one_table():
        assert model.item_embedding.weight is model.item_embedding.weight
    assert not torch.equal(model.item_embedding.weight, model.item_embedding.weight)  # hidden at random, each time anew


def test_items_not_learnt_from_get_no_slope_as_wrong_answers(dataset):
    """Else a model learns of new items above all that nobody wants them."""
    model = build_model("gru4rec", shape_of(dataset, ("category",)), content="category", id_dropout=0.0)
    assert isinstance(model, SequenceModel)
    split = leave_one_out(dataset.interactions, cold_share=0.2)
    trainer = Trainer(model, split, seed=1, device=torch.device("cpu"))
    loss, _ = trainer.steps.loss(trainer.steps.largest(), torch.device("cpu"))
    loss.backward()
    slope = content_embedding(model).own.weight.grad
    assert not slope[split.cold_items].any()
    assert slope[np.flatnonzero(split.train.item_counts)].any()


@pytest.mark.parametrize("columns", ["title", "picture"])
def test_new_items_are_ranked_by_what_they_show(dataset, columns):
    """Everyone likes one colour: held-out items of that colour come before those of the other three."""
    model = build_model("gru4rec", shape_of(dataset, (columns,)), content=columns, epochs=25)
    split = leave_one_out(dataset.interactions, cold_share=0.2)
    for _ in Trainer(model, split, seed=1, device=torch.device("cpu")).run():
        pass
    users = np.arange(1, 41)
    histories = [split.train.history(user) for user in users]
    scores = model.scores(histories)[:, split.cold_items].numpy()
    liked = split.cold_items % 4 == users[:, None] % 4
    seen = split.cold_items != NUM_ITEMS  # that one shows nothing
    right = [s[mine & seen].min() > s[~mine & seen].max() for s, mine in zip(scores, liked, strict=True)]
    assert np.mean(right) > 0.8


def test_prices_are_standardised_logarithms_with_a_mark_where_known():
    found = price_numbers(np.array([np.nan, 1, 10, 100, 0, -3, np.inf]))
    assert found[:, 1].tolist() == [0, 1, 1, 1, 0, 0, 0]
    np.testing.assert_allclose(found[1:4, 0], np.array([-1, 0, 1]) * np.sqrt(1.5), rtol=1e-5)
    assert not found[[0, 4, 5, 6]].any()


def test_rare_items_have_no_part_of_their_own(dataset, monkeypatch):
    counts = leave_one_out(dataset.interactions, cold_share=0.2).train.item_counts
    few = int(np.median(counts[counts > 0]))
    monkeypatch.setattr(items, "MIN_EVENTS", few)
    embedding = content_embedding(train(dataset, "gru4rec", content="category")[0])
    assert ((counts > 0) & (counts < few)).any(), "else this shows nothing"
    assert np.array_equal(embedding.parts()["id"].any(dim=1).numpy(), counts >= few)
