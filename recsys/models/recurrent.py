"""What the recurrent models share: their settings, and a recurrence with a bias that starts at the first real event.

Histories are padded on the left. A recurrence with a bias would change its state at padding, so each row is turned
until its first real event comes first: padding then stands at the end, where a recurrence that reads from left to
right cannot meet it before the events, and the fused kernels are kept. Shapes: base.py; H numbers of memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from recsys.models.base import SequenceModel, Shape
from recsys.models.config import ModelConfig, SequenceConfig

EMBEDDING_STD = 0.02  # small items at first: gru4rec on ML-100K's validation .117 NDCG@10, .099 from unit inputs


class RecurrentConfig(SequenceConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"epochs": 8, "max_length": 50, "learning_rate": 4e-3},
        "thorough": {"epochs": 200, "embedding_dim": 128, "hidden_dim": 256, "patience": 20},
    }
    embedding_dim: int = Field(
        64, ge=8, le=512, description="Numbers that describe an item.", json_schema_extra={"basic": True}
    )
    hidden_dim: int = Field(
        128, ge=8, le=1024, description="Numbers that the model remembers of a history.",
        json_schema_extra={"basic": True},
    )  # fmt: skip
    num_blocks: int = Field(1, ge=1, le=4, description="Recurrent layers on top of each other.")
    max_length: int = Field(
        200,
        ge=2,
        le=1000,
        description="Newest events that the model reads.",
        json_schema_extra={"basic": True},
    )
    dropout: float = Field(
        0.4, ge=0, lt=1, description="Share of numbers hidden while training, against learning by heart."
    )

    @property
    def dropout_between(self) -> float:
        """Of the outputs of one recurrent layer on their way to the next: none where there is no next."""
        return self.dropout if self.num_blocks > 1 else 0.0


class RecurrentModel(SequenceModel):
    """A recurrence with a bias, then a dense layer and a norm; a subclass names the `cell`."""

    Config = RecurrentConfig
    cell: ClassVar[Callable[..., nn.RNNBase]]

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, RecurrentConfig)
        self.make_embeddings(shape, config.embedding_dim, EMBEDDING_STD)
        self.drop = nn.Dropout(config.dropout)
        self.layers = self.cell(
            config.embedding_dim, config.hidden_dim, num_layers=config.num_blocks, batch_first=True,
            dropout=config.dropout_between,
        )  # fmt: skip
        self.out = nn.Linear(config.hidden_dim, config.embedding_dim)
        self.norm = nn.LayerNorm(config.embedding_dim)

    def encode(self, x_BLD: Tensor, real_BL: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        x_BLD = self.user_with_events(self.drop(x_BLD), real_BL)
        memory_BLH = from_first_event(self.layers, x_BLD, real_BL)
        return self.norm(self.out(self.drop(memory_BLH)))


def from_first_event(layers: nn.RNNBase, x_BLD: Tensor, real_BL: Tensor) -> Tensor:
    """memory_BLH at each position, the state being zero until the first real event."""
    length = real_BL.shape[1]
    at_L = torch.arange(length, device=real_BL.device)
    padding_B1 = length - real_BL.sum(1, keepdim=True)
    memory_BLH, _ = layers(_turned(x_BLD, (at_L + padding_B1) % length))
    return _turned(memory_BLH, (at_L - padding_B1) % length) * real_BL[..., None]


def _turned(x_BLD: Tensor, places_BL: Tensor) -> Tensor:
    return x_BLD.gather(1, places_BL[..., None].expand_as(x_BLD))
