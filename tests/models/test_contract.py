"""What every model promises, and every sequence model besides."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models import MODELS
from recsys.models.base import SequenceModel, Shape
from recsys.sequences.candidates import Candidates
from tests.logs import build, cycle, noise, split_of, trained

ALL = sorted(MODELS)
SEQUENCE = [name for name in ALL if issubclass(MODELS[name], SequenceModel)]
HISTORY = np.array([3, 5, 1])


@pytest.mark.parametrize("name", ALL)
def test_scores_are_finite_and_one_for_each_item_even_for_an_empty_history(name: str) -> None:
    model = trained(name, split_of(cycle()), epochs=1)
    scores = model.scores([HISTORY, np.array([], dtype=np.int64)])
    assert scores.shape == (2, 13)
    assert torch.isfinite(scores).all()


@pytest.mark.parametrize("name", ALL)
def test_config_and_weights_bring_a_model_back(name: str) -> None:
    model = trained(name, split_of(cycle()), epochs=1)
    weights = load(save({key: tensor.contiguous() for key, tensor in model.state_dict().items()}))
    again = MODELS[name](Shape(model.num_users, model.num_items), type(model.config)(**model.config.model_dump()))
    again.load_state_dict(weights)
    assert torch.equal(again.eval().scores([HISTORY], [4]), model.scores([HISTORY], [4]))


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_gives_the_same_bits(name: str) -> None:
    first, second = (trained(name, split_of(cycle()), epochs=2).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_setting_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingError, match="colour"):
        MODELS[name].Config.from_settings(settings={"colour": 3})


def test_a_setting_out_of_bounds_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="dropout"):
        MODELS["sasrec"].Config.from_settings(settings={"dropout": 1.5})


@pytest.mark.parametrize("name", ALL)
def test_every_preset_is_a_valid_config(name: str) -> None:
    for preset in ("quick", "balanced", "thorough", *MODELS[name].Config.presets):
        MODELS[name].Config.from_settings(preset)


def test_the_article_preset_has_the_articles_numbers() -> None:
    config = MODELS["mlp"].Config.from_settings("article").model_dump()
    assert (config["embedding_dim"], config["epochs"], config["batch_size"]) == (16, 10, 32)


@pytest.mark.parametrize("name", SEQUENCE)
def test_more_padding_never_changes_a_score(name: str) -> None:
    model = build(name, cycle()).eval()
    short, padded = torch.tensor([[3, 5]]), torch.tensor([[0, 0, 0, 3, 5]])
    torch.testing.assert_close(model(short)[:, -1], model(padded)[:, -1])


@pytest.mark.parametrize("name", SEQUENCE)
def test_a_later_item_never_changes_an_earlier_score(name: str) -> None:
    model = build(name, cycle()).eval()
    first, second = model(torch.tensor([[3, 5, 1]])), model(torch.tensor([[3, 5, 7]]))
    torch.testing.assert_close(first[:, :2], second[:, :2])


@pytest.mark.parametrize("name", SEQUENCE)
def test_the_embedding_of_padding_is_zero_after_training(name: str) -> None:
    model = trained(name, split_of(cycle()), epochs=2)
    assert isinstance(model, SequenceModel)
    assert (model.item_embedding.weight[PAD] == 0).all()


@pytest.mark.parametrize("name", SEQUENCE)
def test_the_rest_of_a_batch_changes_no_score(name: str) -> None:
    model = build(name, cycle()).eval()
    together = model.scores([HISTORY, np.arange(1, 9)])
    torch.testing.assert_close(together[0], model.scores([HISTORY])[0])


@pytest.mark.parametrize("name", SEQUENCE)
def test_a_cycle_is_learnt_and_noise_is_not(name: str) -> None:
    found = {}
    for kind, log in (("cycle", cycle()), ("noise", noise())):
        split = split_of(log)
        model = trained(name, split)
        found[kind] = means(ranks(model, split.test, Candidates.of(split)), (1,))["hr@1"]
    assert found["cycle"] > 0.9
    assert found["noise"] < 0.5


def test_attention_weights_sum_to_one_and_collecting_them_changes_no_score() -> None:
    model = build("sasrec", cycle()).eval()
    assert isinstance(model, SequenceModel)
    items = torch.tensor([[0, 3, 5, 1]])
    layers: list[torch.Tensor] = []
    x, real = model.embed(items), items != PAD
    torch.testing.assert_close(model.encode(x, real, layers)[:, -1], model.encode(x, real)[:, -1])
    assert len(layers) == 2
    torch.testing.assert_close(layers[0][0, :, -1].sum(-1), torch.ones(layers[0].shape[1]))
    assert (layers[0][0, :, -1, 0] == 0).all()


def test_ease_is_the_closed_form() -> None:
    split = split_of(cycle(num_users=8, num_items=5, length=4))
    model = build("ease", split.log, l2=2.0)
    model.fit(split.train)  # type: ignore[operator]
    x = np.zeros((split.log.num_users + 1, split.log.num_items + 1))
    x[split.train.users, split.train.items] = 1
    inverse = np.linalg.inv(x.T @ x + 2.0 * np.eye(x.shape[1]))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(model.weights[1:, 1:], expected[1:, 1:], atol=1e-6)


def test_caser_equals_its_filters_written_out_by_hand() -> None:
    model = build("caser", cycle()).eval()
    items = torch.tensor([[2, 4, 6, 8, 1, 3]])
    x = model.embed(items) * model.scale  # type: ignore[operator]
    window = x[0, -model.filter_window :]  # type: ignore[misc]
    expected = []
    for height, filters in enumerate(model.horizontal, start=1):  # type: ignore[arg-type]
        places = [window[i : i + height] for i in range(len(window) - height + 1)]
        hits = torch.stack([torch.einsum("hd,fdh->f", place, filters.weight) + filters.bias for place in places])
        expected.append(hits.relu().max(0).values)
    vertical = torch.einsum("kd,vk->vd", window, model.vertical.weight[:, 0]).flatten()  # type: ignore[union-attr, index]
    features = model.filtered(x)[0, -1]  # type: ignore[operator]
    torch.testing.assert_close(features, torch.cat([*expected, vertical]))
