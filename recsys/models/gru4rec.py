"""GRU4Rec: a gated recurrent network reads the history, after Hidasi et al. (2016), arXiv:1511.06939.

With the tied item embedding of its authors' later code (Hidasi & Karatzoglou 2018, arXiv:1706.03847) and
full-softmax cross-entropy at every position. Shapes: base.py.
"""

from __future__ import annotations

from torch import Tensor, nn

from recsys.models.base import SequenceModel, Shape
from recsys.models.config import ModelConfig
from recsys.models.recurrent import EMBEDDING_STD, RecurrentConfig


class GRU4Rec(SequenceModel):
    name, title, family = "gru4rec", "GRU4Rec", "RNN"
    summary = "Reads events one by one and keeps a running memory. Wins on short sessions and strict order."
    Config = RecurrentConfig

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, RecurrentConfig)
        self.make_embeddings(shape, config.embedding_dim, EMBEDDING_STD)
        self.drop = nn.Dropout(config.dropout)
        # No bias: the zero embeddings of padding then leave the zero state as it is, so padding changes no score.
        self.gru = nn.GRU(
            config.embedding_dim, config.hidden_dim, num_layers=config.num_blocks, bias=False, batch_first=True,
            dropout=config.dropout_between,
        )  # fmt: skip
        self.out = nn.Linear(config.hidden_dim, config.embedding_dim)
        self.norm = nn.LayerNorm(config.embedding_dim)

    def encode(self, x_BLD: Tensor, real_BL: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        memory_BLH, _ = self.gru(self.user_with_events(self.drop(x_BLD), real_BL))
        return self.norm(self.out(self.drop(memory_BLH)))
