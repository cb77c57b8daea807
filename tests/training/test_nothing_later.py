"""With a time split nothing after the cut reaches training.

Two forms of one claim. The log cut at t, imported on its own with the same items, gives the same bits: this holds for
models without a table of users, which has other rows there. And with all users kept, whatever stands after the cut gives
the same bits for every model, also those that read features, content and ratings.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data.dataset import AGE, CATEGORY, GENDER, TITLE, Dataset
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.models import MODELS
from recsys.models.base import FittedModel, Recommender
from recsys.models.inputs.features import shape_of
from recsys.training.config import TrainingOptions
from recsys.training.trainer import Trainer, fit
from tests.worlds.small_models import build_model

USERS, ITEMS, DAYS = 30, 20, 30
FITTED = [name for name, model in MODELS.items() if issubclass(model, FittedModel)]


def frame_of(seed: int = 0) -> pd.DataFrame:
    """240 events of any user, item, day and rating: many share a day, some pairs repeat, some items come late."""
    rng = np.random.default_rng(seed)
    days = rng.integers(0, DAYS, 240)
    return pd.DataFrame({
        USER: rng.integers(0, USERS, 240).astype(str), ITEM: np.where(days < 20, rng.integers(0, 15, 240), rng.integers(0, ITEMS, 240)).astype(str),
        TIME: days, RATING: rng.uniform(1, 5, 240).round(2),
    })  # fmt: skip


def dataset_of(log: Interactions) -> Dataset:
    items = {TITLE: [f"thing number {i}" for i in range(ITEMS + 1)], CATEGORY: ["", *("red", "blue") * (ITEMS // 2)]}
    count = log.num_users + 1
    users = {AGE: np.arange(10.0, 10 + count), GENDER: ["", *("m" if u % 2 else "f" for u in range(1, count))]}
    return Dataset("tiny", "Tiny", log, pd.DataFrame(items), pd.DataFrame(users))


def trained(name: str, log: Interactions, cut: int, **inputs: str) -> Recommender:
    """A model trained as a run with a time split is."""
    dataset, options = dataset_of(log), TrainingOptions(split_by="time", cut=cut)
    config = build_model(name, shape_of(dataset), epochs=2, **inputs).config if inputs else MODELS[name].Config()
    shape = shape_of(options.training_view(dataset), config.content_columns, config.user_columns, ratings="ratings" in inputs)  # fmt: skip
    model, split = build_model(name, shape, **({} if name in FITTED else {"epochs": 2, **inputs})), options.split(log)
    if isinstance(model, FittedModel):
        fit(model, split)
    else:
        for _ in Trainer(model, split, seed=1, device=torch.device("cpu")).run():
            pass
    return model


def assert_same_bits(first: Recommender, second: Recommender) -> None:
    states = first.state_dict(), second.state_dict()
    assert states[0].keys() == states[1].keys()
    assert [name for name in states[0] if not torch.equal(states[0][name], states[1][name])] == []


def changed_after(log: Interactions, cut: int, seed: int) -> Interactions:
    """The same events before the cut; of the later ones every item, rating and time is another."""
    assert log.times is not None and log.ratings is not None
    rng, is_later = np.random.default_rng(seed), log.times >= cut
    times = np.where(is_later, log.times.max() + 1 + np.arange(len(log)), log.times)
    items = np.where(is_later, rng.integers(1, log.num_items + 1, len(log)), log.items)
    ratings = np.where(is_later, rng.uniform(1, 50, len(log)), log.ratings).astype(np.float32)
    return replace(log, items=items, ratings=ratings, times=times)


@settings(max_examples=4)
@given(seed=st.integers(0, 99), cut=st.integers(10, DAYS - 1))
def test_the_log_cut_and_imported_alone_gives_the_same_weights(seed: int, cut: int) -> None:
    frame, ids = frame_of(seed), [str(i) for i in range(ITEMS)]
    whole = Interactions.from_frame(frame, ids)
    alone = Interactions.from_frame(frame[frame[TIME] < cut], ids)
    assert len(alone) < len(whole)
    for name in [*FITTED, "gru4rec"]:
        models = trained(name, whole, cut), trained(name, alone, cut)
        assert_same_bits(*models)
        history = [np.array([3, 1, 4])]
        assert torch.equal(models[0].scores(history), models[1].scores(history))


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("gru4rec", {"user_features": "age, gender", "ratings": "on"}),
        ("sasrec", {"content": "title, category"}),
        ("mlp", {"user_features": "age, gender"}),
        ("ease", {}),
    ],
)
def test_whatever_comes_after_the_cut_gives_the_same_weights(name: str, inputs: dict[str, str]) -> None:
    log = Interactions.from_frame(frame_of(), [str(i) for i in range(ITEMS)])
    models = [trained(name, changed_after(log, 20, seed), 20, **inputs) for seed in (1, 2)]
    assert_same_bits(*models)
    assert_same_bits(models[0], trained(name, log, 20, **inputs))


def test_what_comes_before_the_cut_does_change_the_weights() -> None:
    log = Interactions.from_frame(frame_of(), [str(i) for i in range(ITEMS)])
    first, second = trained("ease", log, 20), trained("ease", log, 15)
    assert not torch.equal(*(model.state_dict()[next(iter(model.state_dict()))] for model in (first, second)))


def test_a_user_without_a_training_event_gets_the_vector_of_the_unknown_user() -> None:
    log = Interactions.from_frame(frame_of(), [str(i) for i in range(ITEMS)])
    model, train = (
        trained("mlp", log, 12, user_features="age"),
        TrainingOptions(split_by="time", cut=12).split(log).train,
    )
    is_new = np.diff(train.offsets) == 0
    is_new[0] = False
    assert is_new.any()
    users = model.state_dict()["embeddings.0.weight"]
    assert (users[is_new] == users[0]).all()
    assert not (users[1:][~is_new[1:]] == users[0]).all(dim=1).any()
