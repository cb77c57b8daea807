"""Item-based k-nearest neighbours, after Sarwar et al. (2001) and Deshpande & Karypis (2004).

similarity[i, j] = n_ij / (sqrt(n_i n_j) + shrinkage): the cosine over users, where n_ij counts the users of both items.
`shrinkage` reduces links that rest on few users. Each item keeps its `neighbours` most similar items, with ties to the
lower index. The score of an item is the sum of its links from the items of the history. Shapes: base.py; k neighbours.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from recsys.data.interactions import PAD, Interactions
from recsys.messages import message
from recsys.models.base import LinearModel, Shape, split_equally
from recsys.models.config import ModelConfig
from recsys.models.search_range import searched

CELLS = 5_000_000  # links processed at a time: bounds memory, not results


class ItemKNNConfig(ModelConfig):
    neighbours: int = Field(
        50,
        ge=1,
        le=1000,
        description=message("Links that each item keeps."),
        json_schema_extra={"basic": True} | searched(10, 500, "log"),
    )
    shrinkage: float = Field(
        10.0,
        ge=0,
        le=10_000,
        description=message("How strongly links that rest on few people are held small."),
        json_schema_extra=searched(1, 1000, "log"),
    )


class ItemKNN(LinearModel):
    name, title, family = "item_knn", message("Item kNN"), "neighbourhood"
    tagline = message("Items that share users")
    summary = message(
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
        user_items = np.unique(np.stack([train.users, train.items]), axis=1)
        interactions_UN = scipy.sparse.csr_matrix(
            (np.ones(user_items.shape[1], np.float32), user_items), (self.num_users + 1, self.num_items + 1)
        )
        by_item, norms = interactions_UN.T.tocsr(), np.sqrt(np.bincount(user_items[1], minlength=self.num_items + 1))
        items_Nk, links_Nk = (np.zeros(self.items_Nk.shape, kind) for kind in (np.int64, np.float32))
        step = max(1, CELLS // (self.num_items + 1))
        for start in range(0, self.num_items + 1, step):
            common_users = by_item[start : start + step] @ interactions_UN
            common_users.sort_indices()
            pairs = common_users.tocoo()
            item, other = pairs.row + start, pairs.col
            similarity = pairs.data / (norms[item] * norms[other] + self.config.shrinkage)
            similarity[item == other] = 0
            # Similarities are at most 1, so items stay grouped.
            best_first = np.argsort(2.0 * pairs.row - similarity, kind="stable")
            item, other, similarity = item[best_first], other[best_first], similarity[best_first]
            slot = np.arange(len(item)) - np.searchsorted(item, item)
            keep = slot < items_Nk.shape[1]
            items_Nk[item[keep], slot[keep]], links_Nk[item[keep], slot[keep]] = other[keep], similarity[keep]
        self.items_Nk.copy_(torch.from_numpy(items_Nk))
        self.links_Nk.copy_(torch.from_numpy(links_Nk))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        scores_BN = torch.zeros(len(histories_BL), self.num_items + 1, device=histories_BL.device)
        chunk = max(1, CELLS // (histories_BL.shape[1] * self.items_Nk.shape[1]))
        for scores, items_BL in zip(scores_BN.split(chunk), histories_BL.sort(1).values.split(chunk), strict=True):
            first_BL = F.pad(items_BL[:, 1:] != items_BL[:, :-1], (1, 0), value=True)  # an item counts once
            links_BLk = self.links_Nk[items_BL] * (first_BL & (items_BL != PAD))[..., None]
            scores.scatter_add_(1, self.items_Nk[items_BL].flatten(1), links_BLk.flatten(1))
        return scores_BN

    def additions(self, events_L: Tensor, item: int) -> Tensor:
        links_L = (self.links_Nk[events_L] * (self.items_Nk[events_L] == item)).sum(1)
        return split_equally(links_L, events_L)

    def link_table(self) -> scipy.sparse.csr_matrix:
        items_Nk, links_Nk = self.items_Nk.numpy(force=True), self.links_Nk.numpy(force=True)
        starts = np.arange(0, items_Nk.size + 1, items_Nk.shape[1])
        return scipy.sparse.csr_matrix((links_Nk.ravel(), items_Nk.ravel(), starts), shape=2 * (self.num_items + 1,))
