import numpy as np
import pytest
import torch

from recsys.data.interactions import UNKNOWN_USER
from recsys.models.base import Shape
from recsys.models.inputs.fields import field_label
from recsys.models.inputs.traits import Feature
from recsys.models.networks.mlp import HIDDEN_USERS, MLP, MLPConfig
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import Trainer
from tests.worlds.small_models import build_model

AGE = Feature("age", np.array([0, 1, 2, 1]), ("unknown", "young", "old"))
KIND = Feature("category", np.array([0, 1, 1, 0]), ("unknown", "book"))
SHAPE = Shape(3, 3, user_features=(AGE,), item_features=(KIND,))


def test_users_fields_come_first():
    assert build_model("mlp", SHAPE).fields == ("user", "user.age", "item", "item.category")


def test_a_trait_is_looked_up_by_its_code():
    model = build_model("mlp", SHAPE)
    user, age, item, kind = model.embed_pairs(torch.tensor([2, 3]), torch.tensor([1, 3]))
    tables = [embedding.weight for embedding in model.embeddings]
    assert torch.equal(user, tables[0][[2, 3]])
    assert torch.equal(age, tables[1][[2, 1]])  # old, young
    assert torch.equal(item, tables[2][[1, 3]])
    assert torch.equal(kind, tables[3][[1, 0]])  # a book, unknown


def test_an_unknown_user_has_no_known_trait():
    model = build_model("mlp", SHAPE)
    assert torch.equal(
        model.embed_pairs(torch.tensor([UNKNOWN_USER]), torch.tensor([1]))[1], model.embeddings[1].weight[:1]
    )


def test_a_score_is_the_logit_of_its_pair():
    model = build_model("mlp", SHAPE).eval()
    scores = model.scores([np.array([1]), np.array([1])], [2, UNKNOWN_USER])
    for row, user in enumerate((2, UNKNOWN_USER)):
        pairs = model.embed_pairs(torch.full((4,), user), torch.arange(4))
        torch.testing.assert_close(scores[row], model.logit(pairs), atol=1e-6, rtol=1e-5)


def test_the_history_has_no_say_but_the_user_has():
    model = build_model("mlp", SHAPE).eval()
    one, other, stranger = model.scores([np.array([1]), np.array([2, 3]), np.array([1])], [1, 1, 2])
    assert torch.equal(one, other)
    assert not torch.equal(one, stranger)


def test_scoring_in_parts_changes_no_score(monkeypatch):
    model = build_model("mlp", SHAPE).eval()
    whole = model.scores([np.array([1])] * 3, [1, 2, 3])
    monkeypatch.setattr("recsys.models.networks.mlp.PAIRS", 1)
    torch.testing.assert_close(model.scores([np.array([1])] * 3, [1, 2, 3]), whole)


def test_about_a_tenth_of_the_users_is_hidden_while_training():
    model = build_model("mlp", SHAPE, dropout=0.0)
    users, items = torch.full((20_000,), 2), torch.ones(20_000, dtype=torch.int64)
    torch.manual_seed(0)
    hidden = model.train()(users, items) != model.eval()(users[:1], items[:1])
    assert hidden.float().mean().item() == pytest.approx(HIDDEN_USERS, abs=0.01)


def test_the_row_of_the_unknown_user_is_trained(cycle):
    ages = Feature("age", np.where(np.arange(61) > 0, 1 + np.arange(61) % 2, 0), ("unknown", "young", "old"))
    model = build_model("mlp", Shape(60, 30, user_features=(ages,)), epochs=1)
    before = [model.embeddings[field].weight[UNKNOWN_USER].clone() for field in (0, 1)]
    for _ in Trainer(model, leave_one_out(cycle), seed=1, device=torch.device("cpu")).run():
        pass
    for field in (0, 1):  # the user, and the age that nobody in this log lacks
        assert not torch.allclose(model.embeddings[field].weight[UNKNOWN_USER], before[field], atol=1e-3)


def test_the_article_preset_has_the_articles_numbers():
    config = MLPConfig.from_settings("article")
    assert (config.embedding_dim, config.epochs, config.batch_size) == (16, 10, 32)


def test_the_article_network_is_one_dense_layer_after_the_embeddings():
    model = MLP(Shape(3, 3), MLPConfig.from_settings("article"))
    layers = [layer for layer in model.dense if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in layers] == [(32, 1)]


def test_the_baseline_reads_no_row_that_training_never_reached():
    kinds = Feature("category", np.array([0, 1, 2, 1]), ("unknown", "book", "film"))  # every item has one
    model = build_model("mlp", Shape(3, 3, item_features=(kinds,)))
    with torch.no_grad():
        model.embeddings[2].weight[0] = 1e6
    assert model.baseline()[2].abs().max() < 1e3


def test_a_column_may_have_the_name_of_any_other_input():
    def named(name):
        return Feature(name, AGE.codes, AGE.values)

    users = tuple(map(named, ("user", "item", "category", "age")))
    fields = build_model("mlp", Shape(3, 3, user_features=users, item_features=(KIND,))).fields
    assert [field_label(field, fields) for field in fields] == [
        "user", "user (user)", "item (user)", "category (user)", "age", "item", "category (item)",
    ]  # fmt: skip
