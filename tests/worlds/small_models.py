"""Small models: quick to build, quick to train, the same bits for the same seed."""

from __future__ import annotations

from typing import Any

import torch

from recsys.data.interactions import Interactions
from recsys.models import MODELS
from recsys.models.base import FittedModel, PairModel, Recommender, SequenceModel, Shape
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import Trainer, fit

SEQUENCE_MODELS = [name for name, model in MODELS.items() if issubclass(model, SequenceModel)]
TRAINED_MODELS = [name for name, model in MODELS.items() if not issubclass(model, FittedModel)]
SMALL = {
    "embedding_dim": 16, "hidden_dim": 16, "num_blocks": 1, "max_length": 12, "horizontal_filters": 4,
    "vertical_filters": 2, "filter_window": 3, "dropout": 0.1, "batch_size": 32, "learning_rate": 0.01,
}  # fmt: skip


def small_settings(name: str, **settings: Any) -> dict[str, Any]:
    fields = MODELS[name].Config.model_fields
    return {key: value for key, value in SMALL.items() if key in fields} | settings


def build_model(name: str, shape: Shape, seed: int = 1, **settings: Any) -> Recommender:
    """An untrained model."""
    kind = MODELS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind(shape, kind.Config.from_settings(settings=small_settings(name, **settings)))


def train_model(
    name: str, log: Interactions, seed: int = 1, shape: Shape | None = None, **settings: Any
) -> Recommender:
    """A model fitted to the training part of a log, in evaluation mode; `shape` None: ids alone."""
    if issubclass(MODELS[name], FittedModel):
        model = build_model(name, shape or Shape(log.num_users, log.num_items), seed, **settings)
        assert isinstance(model, FittedModel)
        fit(model, leave_one_out(log))
        return model
    return finished_trainer(name, log, seed, shape, **settings).model


def finished_trainer(
    name: str, log: Interactions, seed: int = 1, shape: Shape | None = None, **settings: Any
) -> Trainer:
    """The trainer of a network that has learnt the training part of a log."""
    model = build_model(name, shape or Shape(log.num_users, log.num_items), seed, **settings)
    assert isinstance(model, SequenceModel | PairModel)
    trainer = Trainer(model, leave_one_out(log), seed=seed, device=torch.device("cpu"))
    for _ in trainer.run():
        pass
    return trainer
