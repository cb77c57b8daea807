"""EASE: a linear item-to-item model with a closed form, after Steck (2019), arXiv:1905.03375.

B = I - P / diag(P) with P = (X'X + l2 I)^-1; X[u, i] is 1 if user u interacted with item i. Scores are X B.
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
from recsys.messages import message
from recsys.models.base import LinearModel, Shape, split_equally
from recsys.models.config import ModelConfig
from recsys.models.search_range import searched

MAX_ITEMS = 20_000
ROWS = 256  # rows of the item-item matrix computed at a time


class EASEConfig(ModelConfig):
    l2: float = Field(
        100.0,
        gt=0,
        le=100_000,
        description=message("How strongly links between items are kept small; larger for larger datasets."),
        json_schema_extra={"basic": True} | searched(1, 10_000, "log"),
    )


class EASE(LinearModel):
    name, title, family = "ease", "EASE", "neighbourhood"
    tagline = message("Linear links between items")
    summary = message("Links items that the same users chose, in any order. Fast and hard to beat where taste decides.")
    Config = EASEConfig
    growth = 3  # a matrix is inverted
    weights: Tensor

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        if shape.num_items > MAX_ITEMS:
            raise SettingError(
                message(
                    "EASE needs a table of items x items: {items:,} items are too many, at most {limit:,} fit. "
                    "Choose another model.",
                    items=shape.num_items,
                    limit=MAX_ITEMS,
                )
            )
        self.register_buffer("weights", torch.zeros(shape.num_items + 1, shape.num_items + 1))

    def fit(self, train: Interactions) -> None:
        assert isinstance(self.config, EASEConfig)
        user_item_pairs = np.unique(np.stack([train.users, train.items]), axis=1)
        interactions_UN = scipy.sparse.csr_matrix(
            (np.ones(user_item_pairs.shape[1], np.float32), user_item_pairs), (self.num_users + 1, self.num_items + 1)
        )
        device, self.weights = self.weights.device, torch.zeros(0)  # frees its memory
        self.weights = torch.from_numpy(item_weights(interactions_UN, self.config.l2)).to(device)

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        history_BN = torch.zeros(len(histories_BL), self.num_items + 1, device=histories_BL.device)
        history_BN.scatter_(1, histories_BL, 1.0)
        history_BN[:, PAD] = 0
        return history_BN @ self.weights

    def additions(self, events_L: Tensor, item: int) -> Tensor:
        return split_equally(self.weights[events_L, item], events_L)

    def link_table(self) -> np.ndarray:
        return self.weights.numpy(force=True)


def item_weights(interactions_UN: scipy.sparse.csr_matrix, l2: float) -> np.ndarray:
    """Compute the item weights B of Steck (2019), equation 8: [N, N] float32, zero on the diagonal and at PAD.

    Computed in one float64 array, which is then reduced to float32: 3.2 GB for 20,000 items. float32 throughout is too
    coarse: its error grows with the events of an item over `l2`. Raises SettingError if the matrix cannot be inverted.
    """
    gram_NN = _gram(interactions_UN)
    gram_NN.flat[:: len(gram_NN) + 1] += l2
    _invert(gram_NN)
    return _links(gram_NN)


def _gram(interactions_UN: scipy.sparse.csr_matrix) -> np.ndarray:
    """Compute X'X, [N, N] float64, in blocks of rows."""
    num_items = interactions_UN.shape[1]
    gram_NN, items_NU = np.empty((num_items, num_items)), interactions_UN.T.tocsr()
    for start in range(0, num_items, ROWS):
        gram_NN[start : start + ROWS] = (items_NU[start : start + ROWS] @ interactions_UN).toarray()
    return gram_NN


def _invert(matrix_NN: np.ndarray) -> None:
    """Invert a positive definite matrix in place by its Cholesky factor."""
    columns_NN = torch.from_numpy(matrix_NN).mT  # LAPACK's column order: other layouts are copied
    failed = torch.empty((), dtype=torch.int32)
    torch.linalg.cholesky_ex(columns_NN, out=(columns_NN, failed))
    if failed:
        raise SettingError(
            message("The links between items cannot be computed: l2 is too small. Raise l2."), column="l2"
        )
    torch.cholesky_inverse(columns_NN, out=columns_NN)


def _links(inverse_NN: np.ndarray) -> np.ndarray:
    """Compute -P / diag(P) as [N, N] float32, in the memory of P; the unused half is freed."""
    num_items = len(inverse_NN)
    diagonal_N = inverse_NN.diagonal().copy()
    links_NN = inverse_NN.reshape(-1).view(np.float32)[: num_items**2].reshape(num_items, num_items)
    for item, row_N in enumerate(inverse_NN):  # float32 rows are half as long, so none overwrites an unread row
        links_N = -row_N / diagonal_N
        links_N[[PAD, item]] = 0
        links_NN[item] = links_N
    links_NN[PAD] = 0
    del links_NN, row_N
    inverse_NN.resize((num_items**2 + 1) // 2, refcheck=False)
    return inverse_NN.view(np.float32)[: num_items**2].reshape(num_items, num_items)
