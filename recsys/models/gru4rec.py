"""GRU4Rec: a gated recurrent network reads the history, after Hidasi et al. (2016), arXiv:1511.06939.

With the tied item embedding of its authors' later code (Hidasi & Karatzoglou 2018, arXiv:1706.03847) and
full-softmax cross-entropy at every position. Shapes: base.py.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field
from torch import Tensor, nn

from recsys.models.base import ModelConfig, SequenceModel, Shape, TrainedConfig

EMBEDDING_STD = 0.02  # small items at first: on ML-100K's validation .117 NDCG@10 against .099 from unit inputs


class GRU4RecConfig(TrainedConfig):
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


class GRU4Rec(SequenceModel):
    name, title, family = "gru4rec", "GRU4Rec", "RNN"
    summary = "Reads events one by one and keeps a running memory. Wins on short sessions and strict order."
    Config = GRU4RecConfig

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, GRU4RecConfig)
        self.item_embedding = self.make_embedding(config.embedding_dim, EMBEDDING_STD)
        self.drop = nn.Dropout(config.dropout)
        # No bias: the zero embeddings of padding then leave the zero state as it is, so padding changes no score.
        self.gru = nn.GRU(
            config.embedding_dim, config.hidden_dim, num_layers=config.num_blocks, bias=False, batch_first=True,
            dropout=config.dropout if config.num_blocks > 1 else 0.0,
        )  # fmt: skip
        self.out = nn.Linear(config.hidden_dim, config.embedding_dim)
        self.norm = nn.LayerNorm(config.embedding_dim)

    def encode(self, x_BLD: Tensor, real_BL: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        memory_BLH, _ = self.gru(self.drop(x_BLD))
        return self.norm(self.out(self.drop(memory_BLH)))
