"""Base class and settings of the recurrent models.

Histories are padded on the left. A recurrence with a bias would change its state at padding, so each row is rotated
until its first real event comes first. Padding is then at the end, after all events, and fused kernels still apply.
Shapes: base.py; H hidden dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from recsys.messages import message
from recsys.models.base import SequenceModel, Shape
from recsys.models.config import ModelConfig, SequenceConfig
from recsys.models.search_range import searched

EMBEDDING_STD = 0.02  # small initial values: gru4rec on ML-100K validation NDCG@10 .117, against .099 with unit inputs


class RecurrentConfig(SequenceConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        **SequenceConfig.presets,
        "thorough": {**SequenceConfig.presets["thorough"], "hidden_dim": 256},
    }
    hidden_dim: int = Field(
        128, ge=8, le=1024, description=message("Numbers that the model remembers of a history."),
        json_schema_extra={"basic": True} | searched(32, 256, "power of two"),
    )  # fmt: skip
    num_blocks: int = Field(
        1, ge=1, le=4, description=message("Recurrent layers on top of each other."), json_schema_extra=searched(1, 3)
    )

    @property
    def dropout_between(self) -> float:
        """Dropout between recurrent layers: 0 for a single layer."""
        return self.dropout if self.num_blocks > 1 else 0.0


class RecurrentModel(SequenceModel):
    """Recurrent layers, then a dense layer and a layer norm. Subclasses set the `cell`.

    Without a bias, the zero embeddings of padding leave the zero state unchanged, so padding changes no score. With a
    bias, the recurrence starts at the first real event. `layers_name` names the recurrent layers in stored weights.
    """

    Config = RecurrentConfig
    cell: ClassVar[Callable[..., nn.RNNBase]]
    has_bias: ClassVar[bool] = True
    layers_name: ClassVar[str] = "layers"

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, RecurrentConfig)
        self.make_embeddings(shape, config.embedding_dim, EMBEDDING_STD)
        self.drop = nn.Dropout(config.dropout)
        layers = type(self).cell(
            config.embedding_dim, config.hidden_dim, num_layers=config.num_blocks, bias=self.has_bias,
            batch_first=True, dropout=config.dropout_between,
        )  # fmt: skip
        self.add_module(self.layers_name, layers)
        self.make_output(config)

    def make_output(self, config: RecurrentConfig, num_states: int = 1) -> None:
        """Create the projection from `num_states` concatenated hidden states to the item embedding space."""
        self.out = nn.Linear(num_states * config.hidden_dim, config.embedding_dim)
        self.norm = nn.LayerNorm(config.embedding_dim)

    def encode(self, x_BMD: Tensor, real_BM: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        return self.norm(self.out(self.drop(self.hidden_states(x_BMD, real_BM))))

    def hidden_states(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor:
        """Compute hidden states h_BMH at each position."""
        x_BMD = self.user_with_events(self.drop(x_BMD), real_BM)
        layers = self.get_submodule(self.layers_name)
        if self.has_bias:
            return from_first_event(layers, x_BMD, real_BM)
        h_BMH: Tensor = layers(x_BMD)[0]
        return h_BMH


def from_first_event(layers: nn.Module, x_BLD: Tensor, real_BL: Tensor) -> Tensor:
    """Run `layers` from the first real event of each row: h_BLH, zero at padding."""
    length = real_BL.shape[1]
    at_L = torch.arange(length, device=real_BL.device)
    padding_B1 = length - real_BL.sum(1, keepdim=True)
    h_BLH, _ = layers(_rotated(x_BLD, (at_L + padding_B1) % length))
    return _rotated(h_BLH, (at_L - padding_B1) % length) * real_BL[..., None]


def _rotated(x_BLD: Tensor, positions_BL: Tensor) -> Tensor:
    return x_BLD.gather(1, positions_BL[..., None].expand_as(x_BLD))
