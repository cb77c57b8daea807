"""Item kNN: each item is linked to its nearest items, after Sarwar et al. (2001) and Deshpande & Karypis (2004).

similarity[i, j] = n_ij / (sqrt(n_i n_j) + shrinkage), the cosine over users with n_ij the users of both items and
`shrinkage` against links that rest on few people. Each item keeps its `neighbours` most similar ones (ties to the lower
index), [N, k] numbers; a history scores the sum of its items' links. Shapes: base.py; k neighbours.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from recsys.data.interactions import PAD, Interactions
from recsys.models.base import LinearModel, Shape, split_equally
from recsys.models.config import ModelConfig

CELLS = 5_000_000  # links looked at together: bounds memory, not results


class ItemKNNConfig(ModelConfig):
    neighbours: int = Field(
        50, ge=1, le=1000, description="Links that each item keeps.", json_schema_extra={"basic": True}
    )
    shrinkage: float = Field(
        10.0, ge=0, le=10_000, description="How strongly links that rest on few people are held small."
    )


class ItemKNN(LinearModel):
    name, title, family = "item_knn", "Item kNN", "neighbourhood"
    summary = (
        "Recommends the items most similar to those in the history, by the users they share. Wins on large catalogues."
    )
    Config = ItemKNNConfig
    items_Nk: Tensor
    links_Nk: Tensor

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, ItemKNNConfig)
        size = (shape.num_items + 1, min(config.neighbours, shape.num_items))
        self.register_buffer("items_Nk", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("links_Nk", torch.zeros(size))

    def fit(self, train: Interactions) -> None:
        assert isinstance(self.config, ItemKNNConfig)
        rows = np.unique(np.stack([train.users, train.items]), axis=1)
        touched = scipy.sparse.csr_matrix(
            (np.ones(rows.shape[1], np.float32), rows), (self.num_users + 1, self.num_items + 1)
        )
        by_item, norms = touched.T.tocsr(), np.sqrt(np.bincount(rows[1], minlength=self.num_items + 1))
        items_Nk, links_Nk = (np.zeros(self.items_Nk.shape, kind) for kind in (np.int64, np.float32))
        step = max(1, CELLS // (self.num_items + 1))
        for start in range(0, self.num_items + 1, step):
            both_of_each = by_item[start : start + step] @ touched
            both_of_each.sort_indices()
            both = both_of_each.tocoo()
            item, other = both.row + start, both.col
            link = both.data / (norms[item] * norms[other] + self.config.shrinkage)
            link[item == other] = 0
            best_first = np.argsort(2.0 * both.row - link, kind="stable")  # links are at most 1: item by item
            item, other, link = item[best_first], other[best_first], link[best_first]
            column = np.arange(len(item)) - np.searchsorted(item, item)
            kept = column < items_Nk.shape[1]
            items_Nk[item[kept], column[kept]], links_Nk[item[kept], column[kept]] = other[kept], link[kept]
        self.items_Nk.copy_(torch.from_numpy(items_Nk))
        self.links_Nk.copy_(torch.from_numpy(links_Nk))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        scores_BN = torch.zeros(len(histories_BL), self.num_items + 1, device=histories_BL.device)
        rows = max(1, CELLS // (histories_BL.shape[1] * self.items_Nk.shape[1]))
        for scores, items_BL in zip(scores_BN.split(rows), histories_BL.sort(1).values.split(rows), strict=True):
            first_BL = F.pad(items_BL[:, 1:] != items_BL[:, :-1], (1, 0), value=True)  # an item counts once
            links_BLk = self.links_Nk[items_BL] * (first_BL & (items_BL != PAD))[..., None]
            scores.scatter_add_(1, self.items_Nk[items_BL].flatten(1), links_BLk.flatten(1))
        return scores_BN

    def additions(self, events_L: Tensor, item: int) -> Tensor:
        links_L = (self.links_Nk[events_L] * (self.items_Nk[events_L] == item)).sum(1)
        return split_equally(links_L, events_L)
