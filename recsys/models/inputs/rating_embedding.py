"""Embeddings of the ratings of past events, added to those of their items. Level 0 is "unknown" and has a row, too.

Up to MAX_LEVELS distinct ratings are one level each; more are grouped in bands with about equally many events. In
training, single ratings and all ratings of some histories are hidden, so that the model also works for events added by
hand and for unrated histories. Refuses datasets whose ratings are all equal or missing. Shapes: base.py.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.errors import SettingError
from recsys.messages import message
from recsys.models.inputs.traits import band_edges

MAX_LEVELS = 10
HIDDEN = 0.1  # share of ratings hidden in a training step, and of histories with all ratings hidden
SMALL = 0.1  # of the items' initial std: a level matters less than an item


def rating_edges(log: Interactions) -> np.ndarray:
    """Lower bounds of all rating levels but the first, [num_levels - 1] float32; empty if ratings do not differ."""
    if log.ratings is None:
        return np.empty(0, dtype=np.float32)
    values = np.unique(log.ratings)
    if len(values) <= MAX_LEVELS:
        return values[1:]
    edges = band_edges(log.ratings)
    edges = edges[edges > values[0]]
    return edges if len(edges) else values[1:2]  # nearly all events have the lowest rating


def rating_edges_of(dataset: Dataset) -> np.ndarray:
    """As `rating_edges`, never empty. Raises SettingError if the ratings are missing or do not differ."""
    edges = rating_edges(dataset.interactions)
    if not len(edges):
        no_ratings = message(
            "ratings=on makes the model read how events were rated, and dataset {dataset!r} has no ratings. "
            "Import data with a column of ratings that differ, or leave ratings off."
        )
        one_rating = message(
            "ratings=on makes the model read how events were rated, and dataset {dataset!r} has one rating only. "
            "Import data with a column of ratings that differ, or leave ratings off."
        )
        text = no_ratings if dataset.interactions.ratings is None else one_rating
        raise SettingError(text.format(dataset=dataset.name), column="ratings")
    return edges


class RatingEmbedding(nn.Module):
    """One vector per rating level. `edges` come from `rating_edges`; `std` is that of the item embedding."""

    edges: Tensor

    def __init__(self, edges: np.ndarray, width: int, std: float) -> None:
        super().__init__()
        self.table = nn.Embedding(len(edges) + 2, width)
        nn.init.normal_(self.table.weight, std=SMALL * std)
        self.register_buffer("edges", torch.from_numpy(edges), persistent=False)  # from the dataset, not learnt

    def levels(self, ratings_BL: Tensor) -> Tensor:
        """Map ratings to levels, [B, L] int64 from 1; 0 where NaN."""
        levels_BL = 1 + torch.bucketize(ratings_BL.contiguous(), self.edges, right=True)
        return levels_BL.masked_fill(ratings_BL.isnan(), 0)

    def added(self, x_BLD: Tensor, real_BL: Tensor, ratings_BL: Tensor | None) -> Tensor:
        """Add the rating vectors to the real events of x_BLD. Without `ratings_BL`, all ratings are unknown."""
        if ratings_BL is None:
            ratings_BL = x_BLD.new_full(real_BL.shape, torch.nan)
        return x_BLD + real_BL[..., None] * self(ratings_BL)

    def forward(self, ratings_BL: Tensor) -> Tensor:
        """Embed ratings as [B, L, D]; some are hidden in training."""
        levels_BL = self.levels(ratings_BL)
        if self.training:
            draws_BM = torch.rand(len(levels_BL), 1 + levels_BL.shape[1], device=levels_BL.device)
            hidden_BM = draws_BM < HIDDEN
            levels_BL = levels_BL.masked_fill(hidden_BM[:, :1] | hidden_BM[:, 1:], 0)
        return self.table(levels_BL)
