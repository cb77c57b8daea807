"""NextItNet: a stack of dilated causal convolutions, after Yuan et al. (2019), arXiv:1808.05163.

Residual blocks of two convolutions each (the paper's block (b)): a convolution, layer norm and ReLU, then again with
twice the dilation. Dilations double from layer to layer, so that a few layers reach far back. Trained with full-softmax
cross-entropy at every position. Differences from the paper: a tied item embedding instead of an output matrix, dropout
and a final layer norm. Padding is set to zero before each convolution, like the zeros before the first event. The
filters do not reach the start of a long history, so user features are added to every event, as in WaveNet (van den
Oord et al. 2016, arXiv:1609.03499, section 2.5).
Shapes: base.py; K = kernel size.
"""

from __future__ import annotations

import math

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from recsys.messages import message
from recsys.models.base import SequenceModel, Shape
from recsys.models.config import BatchSize, LearningRate, ModelConfig, SequenceConfig
from recsys.models.search_range import searched


class NextItNetConfig(SequenceConfig):
    batch_size: BatchSize = 32
    learning_rate: LearningRate = 2e-3
    num_blocks: int = Field(
        2,
        ge=1,
        le=5,
        description=message("Blocks of two convolutions; each reaches four times as far back as the one before."),
        json_schema_extra={"basic": True} | searched(1, 4),
    )
    kernel_size: int = Field(
        3, ge=2, le=9, description=message("Events that one filter sees together."), json_schema_extra=searched(2, 5)
    )


class Convolution(nn.Module):
    """Causal convolution, layer norm and ReLU. Each position reads K events, `dilation` apart, up to itself."""

    def __init__(self, width: int, kernel_size: int, dilation: int) -> None:
        super().__init__()
        self.reach = (kernel_size - 1) * dilation
        self.filters = nn.Conv1d(width, width, kernel_size, dilation=dilation)
        self.norm = nn.LayerNorm(width)

    def forward(self, x_BLD: Tensor, real_BL1: Tensor) -> Tensor:
        padded_BDM = F.pad((x_BLD * real_BL1).transpose(1, 2), (self.reach, 0))
        return F.relu(self.norm(self.filters(padded_BDM).transpose(1, 2)))


class Block(nn.Module):
    """Residual block of two convolutions, the second with twice the dilation."""

    def __init__(self, width: int, kernel_size: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.first = Convolution(width, kernel_size, dilation)
        self.second = Convolution(width, kernel_size, 2 * dilation)
        self.drop = nn.Dropout(dropout)

    def forward(self, x_BLD: Tensor, real_BL1: Tensor) -> Tensor:
        return x_BLD + self.drop(self.second(self.first(x_BLD, real_BL1), real_BL1))


class NextItNet(SequenceModel):
    name, title, family = "nextitnet", "NextItNet", "CNN"
    tagline = message("Filters that reach far back")
    summary = message(
        "Stacks filters with growing gaps, so that a few reach far back. Wins where patterns span many events."
    )
    Config = NextItNetConfig

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, NextItNetConfig)
        width = config.embedding_dim
        self.make_embeddings(shape, width)
        self.scale = math.sqrt(width)
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            Block(width, config.kernel_size, 4**block, config.dropout) for block in range(config.num_blocks)
        )
        self.norm = nn.LayerNorm(width)

    def encode(self, x_BLD: Tensor, real_BL: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        x_BLD, real_BL1 = self.drop(x_BLD * self.scale), real_BL[..., None]
        x_BLD = self.user_with_events(x_BLD, real_BL)
        for block in self.blocks:
            x_BLD = block(x_BLD, real_BL1)
        return self.norm(x_BLD)
