"""Caser: convolutions over the last few events, after Tang & Wang (2018), arXiv:1809.07426.

The paper's network, applied at every position so that each event is a training target once (full-softmax cross-entropy,
tied item embedding). Horizontal filters of heights 1..window span the whole embedding and are max-pooled. Vertical
filters weigh the events of the window per dimension. The paper's user vector is replaced by the sum of the history's
embeddings over the square root of their number (FISM, Kabbur et al. 2013, with alpha = 1/2): new users then need no
retraining. With user features, their vector stands beside it before the output layer and, as in the paper, is no row of
the filters' window. Shapes: base.py; K = filter window.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from recsys.messages import message
from recsys.models.base import SequenceModel, Shape
from recsys.models.config import ModelConfig, SequenceConfig
from recsys.models.search_range import searched


class CaserConfig(SequenceConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {**SequenceConfig.presets["quick"], "learning_rate": 2e-3},
        "thorough": {**SequenceConfig.presets["thorough"], "horizontal_filters": 32},
    }
    filter_window: int = Field(
        5,
        ge=1,
        le=20,
        description=message("Newest events that the filters see together."),
        json_schema_extra={"basic": True} | searched(2, 10),
    )
    horizontal_filters: int = Field(
        16,
        ge=1,
        le=128,
        description=message("Filters of each height."),
        json_schema_extra=searched(4, 64, "power of two"),
    )
    vertical_filters: int = Field(
        4,
        ge=1,
        le=64,
        description=message("Filters over the whole window."),
        json_schema_extra=searched(1, 16, "power of two"),
    )


class Caser(SequenceModel):
    name, title, family = "caser", "Caser", "CNN"
    tagline = message("Short patterns of recent events")
    summary = message(
        "Slides filters over the newest events and finds short patterns. Wins where the last steps decide."
    )
    Config = CaserConfig

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, CaserConfig)
        width, self.filter_window = config.embedding_dim, config.filter_window
        self.make_embeddings(shape, width)
        self.scale = width**0.5
        self.drop = nn.Dropout(config.dropout)
        self.horizontal = nn.ModuleList(
            nn.Conv1d(width, config.horizontal_filters, height) for height in range(1, self.filter_window + 1)
        )
        self.vertical = nn.Conv1d(1, config.vertical_filters, self.filter_window, bias=False)
        features = config.horizontal_filters * self.filter_window + config.vertical_filters * width
        self.short_term = nn.Linear(features, width)
        self.out = nn.Linear((2 if self.user_embedding is None else 3) * width, width)

    def encode(self, x_BMD: Tensor, real_BM: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        x_BMD = self.drop(x_BMD * self.scale)
        num_BM1 = real_BM.cumsum(1)[..., None]
        user_B1D = self.user_part(x_BMD, real_BM)
        if user_B1D is not None:  # its position holds no event
            num_BM1 = num_BM1 - 1
            x_BMD = x_BMD * (num_BM1 > 0)
        short_BMD = F.relu(self.short_term(self.drop(self.filtered(x_BMD))))
        long_BMD = x_BMD.cumsum(1) / num_BM1.clamp(min=1).sqrt()
        parts = [short_BMD, self.drop(long_BMD)]
        if user_B1D is not None:
            parts.append(self.drop(user_B1D).expand_as(long_BMD))
        return self.out(torch.cat(parts, dim=-1))

    def filtered(self, x_BLD: Tensor) -> Tensor:
        """Apply both kinds of filters to the last K events at each position, zero-padded: [B, L, features]."""
        length, window = x_BLD.shape[1], self.filter_window
        padded_BDM = F.pad(x_BLD, (0, 0, window - 1, 0)).transpose(1, 2)
        features = []
        for height, filters in enumerate(self.horizontal, start=1):
            hits_BFM = F.relu(filters(padded_BDM))
            # the max over the window - height + 1 positions of the filter inside each window
            features.append(F.max_pool1d(hits_BFM, window - height + 1, stride=1).transpose(1, 2))
        windows_BLDK = padded_BDM.unfold(2, window, 1).transpose(1, 2)
        weighted_BLVD = torch.einsum("bldk,vk->blvd", windows_BLDK, self.vertical.weight[:, 0])
        features.append(weighted_BLVD.flatten(2))
        return torch.cat([f[:, -length:] for f in features], dim=-1)
