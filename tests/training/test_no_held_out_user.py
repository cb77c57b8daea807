"""Whatever held-out users did gives the same bits of every model, its features, its towers and its map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from recsys.data.interactions import Interactions
from recsys.models import MODELS
from recsys.models.base import FittedModel, Recommender
from recsys.models.inputs.features import shape_of
from recsys.recommend.maps import item_points
from recsys.sequences.candidates import Candidates
from recsys.training.config import TrainingOptions
from recsys.training.trainer import Trainer, fit
from tests.training.test_nothing_later import ITEMS, assert_same_bits, dataset_of, frame_of
from tests.worlds.small_models import build_model

LOG = Interactions.from_frame(frame_of(), [str(i) for i in range(ITEMS)])
SPLITS = ("leave_one_out", "time")


def changed(share: float, seed: int) -> Interactions:
    """The log in which every item, rating and time of the held-out users is another."""
    assert LOG.times is not None and LOG.ratings is not None
    users = TrainingOptions(held_out_users=share).split(LOG).held_out_users
    rng, is_out = np.random.default_rng(seed), np.isin(LOG.users, users)
    assert is_out.any()
    times = np.where(is_out, np.arange(len(LOG)), LOG.times)
    items = np.where(is_out, rng.integers(1, LOG.num_items + 1, len(LOG)), LOG.items)
    ratings = np.where(is_out, rng.uniform(1, 50, len(LOG)), LOG.ratings).astype(np.float32)
    return replace(LOG, items=items, ratings=ratings, times=times)


def trained(name: str, log: Interactions, options: TrainingOptions, **inputs: str) -> Recommender:
    """A model trained as a run with these options is."""
    dataset, is_fitted = dataset_of(log), issubclass(MODELS[name], FittedModel)
    config = build_model(name, shape_of(dataset), **inputs).config
    view = options.training_view(dataset)
    shape = shape_of(view, config.content_columns, config.user_columns, ratings="ratings" in inputs)
    model = build_model(name, shape, **({} if is_fitted else {"epochs": 2, **inputs}))
    if isinstance(model, FittedModel):
        fit(model, options.split(log))
        return model
    for _ in Trainer(model, options.split(log), seed=1, device=torch.device("cpu")).run():
        pass
    return model


@pytest.mark.parametrize("split_by", SPLITS)
@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("gru4rec", {"ratings": "on", "user_features": "age"}),
        ("sasrec", {"content": "title, category"}),
        ("mlp", {"user_features": "age, gender"}),
        ("popularity", {}),
        ("recent_popularity", {}),
        ("ease", {}),
    ],
)
def test_the_weights_are_the_same_whatever_held_out_users_did(name: str, inputs: dict[str, str], split_by: str) -> None:
    options = TrainingOptions.model_validate({"held_out_users": 0.3, "split_by": split_by})
    first, second = (trained(name, changed(0.3, seed), options, **inputs) for seed in (1, 2))
    assert_same_bits(first, second)
    scorable = [Candidates.of(options.split(changed(0.3, seed)), first.scores_cold).scorable for seed in (1, 2)]
    assert np.array_equal(*scorable)
    maps = [item_points(model, scorable[0]) for model in (first, second)]
    assert (maps[0] is None and maps[1] is None) or np.array_equal(maps[0], maps[1], equal_nan=True)


def test_what_other_users_did_does_change_them() -> None:
    first, second = (trained("ease", LOG, TrainingOptions(held_out_users=share)) for share in (0.3, 0.2))
    assert not torch.equal(first.state_dict()["weights"], second.state_dict()["weights"])


def test_a_held_out_user_has_the_vector_of_the_unknown_user() -> None:
    options = TrainingOptions(held_out_users=0.3)
    model, out = trained("mlp", LOG, options), options.split(LOG).held_out_users
    users = model.state_dict()["embeddings.0.weight"]
    assert (users[out] == users[0]).all()
