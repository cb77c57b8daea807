"""Category popularity: a baseline for models that read item content.

It uses only the category of an item, so it also ranks cold-start items. The score of an item is the number of training
events in its category, divided by the number of catalogue items in the category. The personal variant ranks categories
by their share of the history, ties by popularity; with an empty history it equals the plain variant. Items of a
category tie, and ties go to the lower item index. Items without a category form one category. Shapes:
recsys/models/base.py; C categories.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recsys.data.dataset import CATEGORY
from recsys.data.interactions import PAD, Interactions
from recsys.messages import message
from recsys.models.base import FittedModel, Shape
from recsys.models.config import ModelConfig


class CategoryPopularity(FittedModel):
    """Popularity of item categories. `categories_N` [num_items + 1] int64 are codes from 0; PAD's has no meaning."""

    name, title, family = "category_popularity", message("Category popularity"), "baseline"
    summary = message("Recommends items of the most popular categories, also items without events.")
    Config: ClassVar[type[ModelConfig]] = ModelConfig
    scores_cold = True
    categories_N: Tensor
    events_C: Tensor

    def __init__(self, categories_N: np.ndarray, personal: bool = False) -> None:
        super().__init__(Shape(num_users=0, num_items=len(categories_N) - 1), ModelConfig())
        self.personal = personal
        self.register_buffer("categories_N", torch.from_numpy(categories_N))
        self.register_buffer("events_C", torch.zeros(int(categories_N.max()) + 1, dtype=torch.float64))

    @property
    def window(self) -> int | None:
        return None if self.personal else 0

    def fit(self, train: Interactions) -> None:
        categories = self.categories_N.numpy(force=True)
        events = np.bincount(categories[train.items], minlength=len(self.events_C))
        items = np.bincount(categories[1:], minlength=len(self.events_C))
        self.events_C.copy_(torch.from_numpy(events / np.maximum(items, 1)))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        """Compute scores_BN float64: events per item; if personal, events of the history, ties by events per item."""
        if not self.personal:
            return self.events_C[self.categories_N].expand(len(histories_BL), -1)
        counts_BC = self.events_C.new_zeros(len(histories_BL), len(self.events_C))
        counts_BC.scatter_add_(1, self.categories_N[histories_BL], (histories_BL != PAD).double())
        tie_breaker_C = self.events_C / (1 + self.events_C.max())
        return (counts_BC + tie_breaker_C)[:, self.categories_N]


def category_codes(items: pd.DataFrame) -> np.ndarray | None:
    """Encode item categories as [num_items + 1] int64, ordered by name; None if there is no category column."""
    if CATEGORY not in items:
        return None
    codes, _ = pd.factorize(items[CATEGORY].astype("str"), sort=True)
    return codes.astype(np.int64)
