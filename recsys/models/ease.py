"""EASE: a linear item-to-item model with a closed form, after Steck (2019), arXiv:1905.03375.

B = I - P / diag(P) with P = (X'X + l2 I)^-1; X holds 1 where a user touched an item. Scores are X B.
Refuses catalogues over MAX_ITEMS, since the inverse needs num_items^2 numbers.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import torch
from pydantic import Field
from torch import Tensor

from recsys.data.interactions import PAD, Interactions
from recsys.errors import SettingError
from recsys.models.base import LinearModel, Shape, shared_out
from recsys.models.config import ModelConfig

MAX_ITEMS = 20_000


class EASEConfig(ModelConfig):
    l2: float = Field(
        100.0,
        gt=0,
        le=100_000,
        description="How strongly links between items are held small; larger for larger logs.",
        json_schema_extra={"basic": True},
    )


class EASE(LinearModel):
    name, title, family = "ease", "EASE", "neighbourhood"
    summary = "Links items that the same people chose, whatever the order. Fast and hard to beat on tastes."
    Config = EASEConfig
    growth = 3  # a matrix is inverted
    weights: Tensor

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        if shape.num_items > MAX_ITEMS:
            raise SettingError(
                f"EASE needs a table of items x items: {shape.num_items:,} items are too many, "
                f"at most {MAX_ITEMS:,} fit. Choose another model."
            )
        self.register_buffer("weights", torch.zeros(shape.num_items + 1, shape.num_items + 1))

    def fit(self, train: Interactions) -> None:
        assert isinstance(self.config, EASEConfig)
        rows = np.unique(np.stack([train.users, train.items]), axis=1)
        touched = scipy.sparse.csr_matrix(
            (np.ones(rows.shape[1], np.float32), rows), (self.num_users + 1, self.num_items + 1)
        )
        gram = torch.from_numpy((touched.T @ touched).toarray()).double()
        gram.diagonal().add_(self.config.l2)
        inverse = torch.linalg.inv(gram)
        weights = -inverse / inverse.diagonal()
        weights.fill_diagonal_(0)
        weights[PAD] = weights[:, PAD] = 0
        self.weights.copy_(weights)

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        chosen = torch.zeros(len(histories_BL), self.num_items + 1, device=histories_BL.device)
        chosen.scatter_(1, histories_BL, 1.0)
        chosen[:, PAD] = 0
        return chosen @ self.weights

    def additions(self, events_L: Tensor, item: int) -> Tensor:
        return shared_out(self.weights[events_L, item], events_L)
