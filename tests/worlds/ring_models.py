"""Models for the tests of explanations: 30 items on a ring, with random weights or briefly taught to walk it."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from recsys.data.interactions import Interactions
from recsys.explain import Situation
from recsys.models import MODELS
from recsys.models.base import FittedModel, PairModel, Recommender, SequenceModel, Shape
from recsys.models.inputs.traits import Feature
from recsys.sequences.candidates import Candidates
from tests.worlds.small_models import SEQUENCE_MODELS

NUM_ITEMS, NUM_USERS = 30, 4
PAIR_MODELS = [name for name, model in MODELS.items() if issubclass(model, PairModel)]
FITTED_MODELS = [name for name, model in MODELS.items() if issubclass(model, FittedModel)]
BLIND_MODELS = ["popularity", "recent_popularity"]  # everyone gets the same list
EVENT_MODELS = [name for name in MODELS if name not in (*PAIR_MODELS, *BLIND_MODELS)]
GRADIENT_MODELS = [*SEQUENCE_MODELS, *PAIR_MODELS]
SMALL = {"embedding_dim": 8, "hidden_dim": 8, "max_length": 6, "num_blocks": 2, "num_heads": 2}


def shape(*, with_ages: bool = True) -> Shape:
    ages = Feature("age", np.array([0, 1, 2, 1, 2]), ("unknown", "young", "old"))
    return Shape(NUM_USERS, NUM_ITEMS, user_features=(ages,) if with_ages else ())


def log() -> Interactions:
    """Every user walks a stretch of the ring 1, 2, …, NUM_ITEMS, 1, …"""
    walks = [(np.arange(12) + start) % NUM_ITEMS + 1 for start in (0, 7, 15, 22)]
    return Interactions(
        user_ids=np.array(["", *"abcd"], dtype=object),
        item_ids=np.array(["", *map(str, range(1, NUM_ITEMS + 1))], dtype=object),
        users=np.repeat(np.arange(1, NUM_USERS + 1), 12),
        items=np.concatenate(walks),
    )


def build(name: str, seed: int = 0, *, with_ages: bool | None = None, **settings: Any) -> Recommender:
    """A model in evaluation mode: closed forms fitted to the log, networks with random weights.

    `with_ages`: whether it knows the users' ages; None: as its default settings have it.
    """
    torch.manual_seed(seed)
    kind = MODELS[name]
    if not issubclass(kind, FittedModel):
        settings = {key: value for key, value in SMALL.items() if key in kind.Config.model_fields} | settings
    with_ages = issubclass(kind, PairModel) if with_ages is None else with_ages
    model = kind(shape(with_ages=with_ages), kind.Config.from_settings(settings=settings)).eval()
    if isinstance(model, FittedModel):
        model.fit(log())
    return model


def rating_reader(name: str, *, with_ages: bool = False) -> Recommender:
    """A network that reads ratings from 1 to 5, which matter more to it than at the start of a training."""
    torch.manual_seed(0)
    kind = MODELS[name]
    settings = {key: value for key, value in SMALL.items() if key in kind.Config.model_fields}
    rated = replace(shape(with_ages=with_ages), rating_edges=np.array([2, 3, 4, 5], dtype=np.float32))
    model = kind(rated, kind.Config.from_settings(settings=settings)).eval()
    assert isinstance(model, SequenceModel) and model.rating_embedding is not None
    model.rating_embedding.table.weight.data *= 10
    return model


@functools.cache
def trained(name: str) -> SequenceModel:
    """A sequence model that was taught what comes next on the ring."""
    model = build(name, max_length=20)
    assert isinstance(model, SequenceModel)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.04)
    ring = torch.arange(NUM_ITEMS) + 1
    walks = torch.stack([ring.roll(-start) for start in range(NUM_ITEMS)])
    for _ in range(30):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(walks[:, :10]).flatten(0, 1), walks[:, 1:11].flatten())
        loss.backward()
        optimizer.step()
    model.zero_grad()
    return model.eval()


def candidates(hide_seen: bool = True) -> Candidates:
    scorable = np.ones(NUM_ITEMS + 1, dtype=bool)
    scorable[0] = False
    return Candidates(scorable, hide_seen)


def situation(
    model: Recommender,
    history: list[int],
    item: int = 20,
    user: int = 1,
    hide_seen: bool = True,
    against: int | None = None,
) -> Situation:
    past = np.array(history, dtype=np.int64)
    return Situation.of(model, past, item, candidates(hide_seen), user=user, against=against)


def by_hand(model: Recommender, history: list[int], item: int, others: list[int], user: int = 1) -> float:
    """The explained quantity in plain numpy, asked of the model anew."""
    scores = model.scores([np.array(history, dtype=np.int64)], [user])[0].double().numpy()
    if not isinstance(model, SequenceModel):
        return float(scores[item])
    return float(scores[item] - np.log(np.exp(scores[others]).sum()))
