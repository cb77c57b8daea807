"""Who asks, as a vector: the sum of one embedding for each feature of the user. Code 0 is "unknown", a row like any other.

While training, all features of some users count as unknown, so that people of whom nothing is known are served, too
(DropoutNet: Volkovs et al. 2017). Shapes: base.py; F features, U = num_users + 1; M = L + 1 positions
once a vector stands before the first event.
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
    """Rows of such a size that a sum of them has the variance `std` ** 2. `name` names the features."""

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
        self.register_buffer("codes_UF", codes_UF, persistent=False)  # known from the dataset, not learnt

    def forward(self, users_B: Tensor) -> Tensor:
        """[B, D]"""
        if self.training and self.dropout:
            hidden_B = torch.rand(len(users_B), device=users_B.device) < self.dropout
            users_B = users_B.masked_fill(hidden_B, UNKNOWN_USER)
        codes_FB = self.codes_UF[users_B].T
        return torch.stack([table(codes_B) for table, codes_B in zip(self.tables, codes_FB, strict=True)]).sum(0)


def before_first(real_BL: Tensor) -> Tensor:
    """[B, M] bool: with one position more on the left, the one directly before the first real position."""
    at_M = torch.arange(real_BL.shape[1] + 1, device=real_BL.device)
    return at_M == real_BL.shape[1] - real_BL.sum(1, keepdim=True)


def prepend_user(x_BLD: Tensor, real_BL: Tensor, user_BD: Tensor) -> tuple[Tensor, Tensor]:
    """(x_BMD, real_BM): with `user_BD` directly before the first event, padding staying on the left."""
    is_user_BM = before_first(real_BL)
    return F.pad(x_BLD, (0, 0, 1, 0)) + is_user_BM[..., None] * user_BD[:, None], F.pad(real_BL, (1, 0)) | is_user_BM


def first_part(x_BMD: Tensor, real_BM: Tensor) -> Tensor:
    """[B, 1, D]: what stands at the first real position."""
    at_B11 = (real_BM.shape[1] - real_BM.sum(1))[:, None, None]
    return x_BMD.gather(1, at_B11.expand(-1, -1, x_BMD.shape[2]))
