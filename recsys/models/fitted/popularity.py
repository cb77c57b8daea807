"""Popularity baseline: score items by their share of the training events."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from recsys.data.interactions import Interactions
from recsys.messages import message
from recsys.models.base import FittedModel, Shape
from recsys.models.config import ModelConfig


class PopularityConfig(ModelConfig):
    """No settings."""


class Popularity(FittedModel):
    name, title, family = "popularity", message("Popularity"), "baseline"
    tagline = message("One list for everyone")
    summary = message("Recommends the most popular items to everyone. A model below it has learnt nothing.")
    Config: ClassVar[type[ModelConfig]] = PopularityConfig
    counts: Tensor

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        self.register_buffer("counts", torch.zeros(shape.num_items + 1))

    @property
    def window(self) -> int:
        return 0

    def fit(self, train: Interactions) -> None:
        self.counts.copy_(torch.from_numpy(train.item_counts / max(1, len(train))))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        return self.counts.expand(len(histories_BL), -1)
