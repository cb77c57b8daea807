"""SASRec: self-attention over the history, after Kang & McAuley (2018), arXiv:1808.09781.

Trained with full-softmax cross-entropy at every position (Klenitskiy & Vasilev 2023, arXiv:2309.07602) in
pre-norm blocks. Positions are encoded relatively: one learnt bias per head and distance is added to the attention
logits (Shaw et al. 2018, arXiv:1803.02155, in the scalar form of T5). "Most recent" is then the same for short and
long histories. Shapes: base.py; H heads, E = D / H.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from recsys.messages import message
from recsys.models.base import SequenceModel, Shape
from recsys.models.config import BatchSize, LearningRate, ModelConfig, SequenceConfig
from recsys.models.search_range import searched


class SASRecConfig(SequenceConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        **SequenceConfig.presets,
        "quick": {**SequenceConfig.presets["quick"], "dropout": 0.2},
    }
    batch_size: BatchSize = 32
    learning_rate: LearningRate = 2e-3
    num_blocks: int = Field(
        2,
        ge=1,
        le=8,
        description=message("Attention layers on top of each other."),
        json_schema_extra={"basic": True} | searched(1, 4),
    )
    num_heads: int = Field(
        2,
        ge=1,
        le=8,
        description=message("Attention heads in each layer."),
        json_schema_extra=searched(1, 8, "power of two"),
    )

    @model_validator(mode="after")
    def heads_divide_the_width(self) -> SASRecConfig:
        if self.embedding_dim % self.num_heads:
            raise ValueError(
                message(
                    "embedding_dim {embedding_dim} must be a multiple of num_heads {num_heads}",
                    embedding_dim=self.embedding_dim,
                    num_heads=self.num_heads,
                )
            )
        return self


class Block(nn.Module):
    """Transformer block: causal self-attention, then a position-wise network, each with a residual connection."""

    def __init__(self, width: int, num_heads: int, max_positions: int, dropout: float) -> None:
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.attention_norm, self.dense_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(dropout)
        self.distance_bias = nn.Parameter(torch.zeros(num_heads, max_positions))

    def forward(
        self, x_BLD: Tensor, real_BL: Tensor, attention: list[Tensor] | None, *, newest: bool = False
    ) -> Tensor:
        """Compute [B, L, D], or [B, 1, D] of the last position if `newest`."""
        normed_BLD = self.attention_norm(x_BLD)
        if newest:
            x_BLD = x_BLD[:, -1:]
        x_BLD = x_BLD + self.drop(self.attend(normed_BLD, real_BL, attention, newest=newest))
        return x_BLD + self.drop(self.dense(self.dense_norm(x_BLD)))

    def attend(self, x_BLD: Tensor, real_BL: Tensor, attention: list[Tensor] | None, *, newest: bool = False) -> Tensor:
        length, width = x_BLD.shape[1:]
        q, k, v = (t.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for t in self.qkv(x_BLD).chunk(3, dim=-1))
        bias_BHLL = self.logit_bias(length, real_BL)
        if newest:
            q, bias_BHLL, length = q[:, :, -1:], bias_BHLL[:, :, -1:], 1
        if attention is None:
            mixed = F.scaled_dot_product_attention(
                q, k, v, attn_mask=bias_BHLL, dropout_p=self.dropout if self.training else 0.0
            )
        else:
            weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + bias_BHLL, dim=-1)
            attention.append(weights.detach())
            mixed = weights @ v
        return self.out(mixed.transpose(1, 2).reshape(-1, length, width))

    def logit_bias(self, length: int, real_BL: Tensor) -> Tensor:
        """Compute the relative position bias [B, H, L, L]: minus infinity at later positions and at padding.

        A position always attends to itself, so that rows of padding stay finite (real positions never read them).
        """
        at = torch.arange(length, device=real_BL.device)
        distance = at[:, None] - at[None, :]
        seen_BLL = (distance >= 0) & (real_BL[:, None, :] | (distance == 0))
        bias_HLL = self.distance_bias[:, distance.clamp(min=0)]
        return bias_HLL.masked_fill(~seen_BLL[:, None], float("-inf"))


class SASRec(SequenceModel):
    name, title, family = "sasrec", "SASRec", "self-attention"
    tagline = message("Attends to every past event")
    summary = message("Weighs every past event against the others. Wins on long histories, and shows where it looked.")
    Config = SASRecConfig
    has_attention = True

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, SASRecConfig)
        width = config.embedding_dim
        self.make_embeddings(shape, width)
        self.scale = math.sqrt(width)
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            Block(width, config.num_heads, self.max_positions, config.dropout) for _ in range(config.num_blocks)
        )
        self.norm = nn.LayerNorm(width)

    def encode(self, x_BLD: Tensor, real_BL: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        x_BLD = self.drop(x_BLD * self.scale)
        for block in self.blocks:
            x_BLD = block(x_BLD, real_BL, attention)
        return self.norm(x_BLD)

    def state(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor:
        """Compute h_BD at the newest position; the last block is evaluated only there."""
        x_BMD = self.drop(x_BMD * self.scale)
        for block in self.blocks[:-1]:
            x_BMD = block(x_BMD, real_BM, None)
        return self.norm(self.blocks[-1](x_BMD, real_BM, None, newest=True))[:, -1]
