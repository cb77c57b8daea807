"""Who asks, as a vector: the sum of one embedding for each feature of the user. Code 0 is "unknown", a row like any other.

While training, all features of some users count as unknown, so that people of whom nothing is known are served, too
(DropoutNet: Volkovs et al. 2017). Shapes: base.py; F features, U = num_users + 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from recsys.data.interactions import UNKNOWN_USER
from recsys.models.traits import Feature


class UserEmbedding(nn.Module):
    """Rows of such a size that a sum of them has the variance `std` ** 2. `name` names the features."""

    codes_UF: Tensor

    def __init__(self, features: Sequence[Feature], width: int, std: float, dropout: float) -> None:
        super().__init__()
        self.name = ", ".join(feature.name for feature in features)
        self.dropout = dropout
        self.tables = nn.ModuleList(nn.Embedding(len(feature.values), width) for feature in features)
        for table in self.tables:
            nn.init.normal_(table.weight, std=std * len(features) ** -0.5)  # type: ignore[arg-type]
        codes_UF = torch.from_numpy(np.stack([feature.codes for feature in features], axis=1))
        self.register_buffer("codes_UF", codes_UF, persistent=False)  # known from the data set, not learnt

    def forward(self, users_B: Tensor) -> Tensor:
        """[B, D]"""
        if self.training and self.dropout:
            hidden_B = torch.rand(len(users_B), device=users_B.device) < self.dropout
            users_B = users_B.masked_fill(hidden_B, UNKNOWN_USER)
        codes_FB = self.codes_UF[users_B].T
        return torch.stack([table(codes_B) for table, codes_B in zip(self.tables, codes_FB, strict=True)]).sum(0)
