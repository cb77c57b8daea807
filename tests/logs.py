"""Small logs for tests, and a model trained on one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from recsys.data.interactions import ITEM, USER, Interactions
from recsys.models import MODELS
from recsys.models.base import FittedModel, Recommender, Shape
from recsys.sequences.split import Split, leave_one_out
from recsys.training.trainer import Trainer, fit

SMALL = {"mlp": {"embedding_dim": 8, "batch_size": 64}, "sasrec": {"num_heads": 1}}


def log_of(histories: list[list[int]]) -> Interactions:
    rows = [(f"u{u:03d}", f"i{item:03d}") for u, history in enumerate(histories) for item in history]
    return Interactions.from_frame(pd.DataFrame(rows, columns=[USER, ITEM]))


def cycle(num_users: int = 60, num_items: int = 12, length: int = 8) -> Interactions:
    """Everybody walks the same circle of items, from different places."""
    return log_of([[(u + step) % num_items for step in range(length)] for u in range(num_users)])


def noise(num_users: int = 60, num_items: int = 12, length: int = 8) -> Interactions:
    rng = np.random.default_rng(0)
    return log_of([list(rng.permutation(num_items)[:length]) for _ in range(num_users)])


def build(name: str, log: Interactions, seed: int = 0, **settings: object) -> Recommender:
    cls = MODELS[name]
    own = {"embedding_dim": 16, "dropout": 0.1, "learning_rate": 0.01, "epochs": 12, "batch_size": 16, "max_length": 10}
    chosen = {k: v for k, v in {**own, **SMALL.get(name, {}), **settings}.items() if k in cls.Config.model_fields}
    torch.manual_seed(seed)
    return cls(Shape(log.num_users, log.num_items), cls.Config.from_settings(settings=chosen))


def trained(name: str, split: Split, seed: int = 0, **settings: object) -> Recommender:
    model = build(name, split.log, seed, **settings)
    if isinstance(model, FittedModel):
        fit(model, split)
        return model
    for _ in Trainer(model, split, seed=seed, device=torch.device("cpu")).run():
        pass
    return model


def split_of(log: Interactions) -> Split:
    return leave_one_out(log)
