"""User embedding: the sum of one embedding per user feature. Code 0 is "unknown" and has a row, too.

In training, all features of some users are hidden, so that the model also works for users without features
(DropoutNet: Volkovs et al. 2017). Shapes: base.py; F features, U = num_users + 1; M = L + 1 positions with the user
vector before the first event.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recsys.data.interactions import UNKNOWN_USER
from recsys.models.inputs.traits import Feature


class UserEmbedding(nn.Module):
    """Sum of feature embeddings with variance `std` ** 2. `name` lists the features."""

    codes_UF: Tensor

    def __init__(self, features: Sequence[Feature], width: int, std: float, dropout: float) -> None:
        super().__init__()
        self.names = tuple(feature.name for feature in features)
        self.name = ", ".join(self.names)
        self.dropout = dropout
        self.tables = nn.ModuleList(nn.Embedding(len(feature.values), width) for feature in features)
        for table in self.tables:
            nn.init.normal_(table.weight, std=std * len(features) ** -0.5)  # type: ignore[arg-type]
        codes_UF = torch.from_numpy(np.stack([feature.codes for feature in features], axis=1))
        self.register_buffer("codes_UF", codes_UF, persistent=False)  # from the dataset, not learnt

    def forward(self, users_B: Tensor) -> Tensor:
        """Embed users as [B, D]; some are hidden in training."""
        if self.training and self.dropout:
            hidden_B = torch.rand(len(users_B), device=users_B.device) < self.dropout
            users_B = users_B.masked_fill(hidden_B, UNKNOWN_USER)
        codes_FB = self.codes_UF[users_B].T
        return torch.stack([table(codes_B) for table, codes_B in zip(self.tables, codes_FB, strict=True)]).sum(0)


def before_first(real_BL: Tensor) -> Tensor:
    """Mask of the position directly before the first event, [B, M] bool, after adding one position on the left."""
    at_M = torch.arange(real_BL.shape[1] + 1, device=real_BL.device)
    return at_M == real_BL.shape[1] - real_BL.sum(1, keepdim=True)


def prepend_user(x_BLD: Tensor, real_BL: Tensor, user_BD: Tensor) -> tuple[Tensor, Tensor]:
    """Insert `user_BD` directly before the first event; padding stays on the left. Returns (x_BMD, real_BM)."""
    is_user_BM = before_first(real_BL)
    return F.pad(x_BLD, (0, 0, 1, 0)) + is_user_BM[..., None] * user_BD[:, None], F.pad(real_BL, (1, 0)) | is_user_BM


def first_part(x_BMD: Tensor, real_BM: Tensor) -> Tensor:
    """Select the vector at the first real position, [B, 1, D]."""
    at_B11 = (real_BM.shape[1] - real_BM.sum(1))[:, None, None]
    return x_BMD.gather(1, at_B11.expand(-1, -1, x_BMD.shape[2]))
