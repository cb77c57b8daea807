"""How past events were rated, as vectors to be added to those of their items. Level 0 is "unknown", a row like any other.

Ratings come in levels: each as it is where a log holds no more than MAX_LEVELS different ones, else in bands with about
as many events in each. While training, some ratings count as unknown, and all of some histories do: events
that were added by hand, and histories without any rating, are then served, too. Refuses a log in which ratings tell
nothing apart. Shapes: base.py.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.errors import SettingError
from recsys.models.inputs.traits import band_edges

MAX_LEVELS = 10
HIDDEN = 0.1  # share of ratings, and of histories with all of theirs, that are unknown in a step of training
SMALL = 0.1  # of the items' deviation at first: a level says less than an item


def rating_edges(log: Interactions) -> np.ndarray:
    """[num_levels - 1] float32: the ratings from which on a higher level begins; empty where nothing is told apart."""
    if log.ratings is None:
        return np.empty(0, dtype=np.float32)
    values = np.unique(log.ratings)
    if len(values) <= MAX_LEVELS:
        return values[1:]
    edges = band_edges(log.ratings)
    edges = edges[edges > values[0]]
    return edges if len(edges) else values[1:2]  # nearly all events have the lowest rating


def rating_edges_of(dataset: Dataset) -> np.ndarray:
    """As `rating_edges`, never empty. Raises SettingError for a dataset whose ratings tell nothing apart."""
    edges = rating_edges(dataset.interactions)
    if not len(edges):
        problem = "no ratings" if dataset.interactions.ratings is None else "one rating only"
        raise SettingError(
            f"ratings=on asks the model to read how events were rated, and dataset {dataset.name!r} has {problem}. "
            "Bring a log with a column of ratings that differ, or leave ratings off.",
            column="ratings",
        )
    return edges


class RatingEmbedding(nn.Module):
    """A vector for each level of rating. `edges` as `rating_edges` gives them; `std` is that of the items' numbers."""

    edges: Tensor

    def __init__(self, edges: np.ndarray, width: int, std: float) -> None:
        super().__init__()
        self.table = nn.Embedding(len(edges) + 2, width)
        nn.init.normal_(self.table.weight, std=SMALL * std)
        self.register_buffer("edges", torch.from_numpy(edges), persistent=False)  # known from the dataset, not learnt

    def levels(self, ratings_BL: Tensor) -> Tensor:
        """[B, L] int64 from 1, 0 where the rating is NaN."""
        found_BL = 1 + torch.bucketize(ratings_BL.contiguous(), self.edges, right=True)
        return found_BL.masked_fill(ratings_BL.isnan(), 0)

    def added(self, x_BLD: Tensor, real_BL: Tensor, ratings_BL: Tensor | None) -> Tensor:
        """x_BLD with the vector of its rating added to each real event; None: all ratings are unknown."""
        if ratings_BL is None:
            ratings_BL = x_BLD.new_full(real_BL.shape, torch.nan)
        return x_BLD + real_BL[..., None] * self(ratings_BL)

    def forward(self, ratings_BL: Tensor) -> Tensor:
        """[B, L, D]"""
        levels_BL = self.levels(ratings_BL)
        if self.training:
            drawn_BM = torch.rand(len(levels_BL), 1 + levels_BL.shape[1], device=levels_BL.device)
            hidden_BM = drawn_BM < HIDDEN
            levels_BL = levels_BL.masked_fill(hidden_BM[:, :1] | hidden_BM[:, 1:], 0)
        return self.table(levels_BL)
