"""Multilayer perceptron on (user, item): concatenated embeddings, dense layers, a sigmoid.

Each feature (age, gender, category …) is a further embedding, with code 0 for unknown. Trained with binary
cross-entropy on events against sampled negatives, as in He et al. (2017), arXiv:1708.05031, section 3.3. Only users of
the training data are known; the embedding of the unknown user is learnt by hiding some users in training.
Shapes: base.py; P pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from recsys.data.interactions import PAD, UNKNOWN_USER
from recsys.messages import message
from recsys.models.base import PairModel, Shape
from recsys.models.config import Dropout, Epochs, ModelConfig, TrainedConfig
from recsys.models.inputs.content_embedding import ContentEmbedding
from recsys.models.inputs.fields import ITEM, USER, item_field, user_field
from recsys.models.inputs.traits import STANDARD
from recsys.models.search_range import searched

HIDDEN_USERS = 0.1  # share of training pairs whose user is hidden
PAIRS = 200_000  # scored at a time: bounds memory, not results


class MLPConfig(TrainedConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"epochs": 8, "embedding_dim": 16, "learning_rate": 2e-3},
        "thorough": {"epochs": 100, "embedding_dim": 64, "negatives": 8, "patience": 15},
        "article": {
            "embedding_dim": 16, "epochs": 10,
            "patience": 10, "batch_size": 32, "hidden_dim": 16, "num_blocks": 0,
            "dropout": 0.0, "negatives": 1, "learning_rate": 1e-3,
        },
    }  # fmt: skip
    epochs: Epochs = 30
    batch_size: int = Field(
        1024,
        ge=1,
        le=65536,
        description=message("Events in one training step."),
        json_schema_extra=searched(128, 4096, "power of two"),
    )
    embedding_dim: int = Field(
        32, ge=2, le=512, description=message("Numbers that describe a user, an item and each trait."),
        json_schema_extra={"basic": True} | searched(8, 128, "power of two"),
    )  # fmt: skip
    hidden_dim: int = Field(
        64,
        ge=2,
        le=1024,
        description=message("Width of the dense layers."),
        json_schema_extra=searched(16, 256, "power of two"),
    )
    num_blocks: int = Field(
        2,
        ge=0,
        le=6,
        description=message("Dense layers before the output."),
        json_schema_extra={"basic": True} | searched(1, 3),
    )
    user_features: str = Field(
        ", ".join(STANDARD), max_length=400, description=message("What the model sees of a user besides who it is: columns of the users table. Age and gender " "are left out where the dataset lacks them."),
    )  # fmt: skip
    negatives: int = Field(
        4,
        ge=1,
        le=50,
        description=message('Sampled items the user did not touch, for each "yes".'),
        json_schema_extra=searched(1, 16, "log"),
    )
    dropout: Dropout = 0.2


class MLP(PairModel):
    name, title, family = "mlp", message("Dense network"), "dense"
    tagline = message("User and item vectors, features")
    summary = message("Learns a vector for each user and each item, and reads age, gender and category. Ignores order.")
    Config = MLPConfig

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        assert isinstance(config, MLPConfig)
        width = config.embedding_dim
        tables: list[tuple[str, int, np.ndarray | None]] = [(USER, shape.num_users + 1, None)]
        tables += [(user_field(f.name), len(f.values), f.codes) for f in shape.user_features]
        tables += [(ITEM, shape.num_items + 1, None)]
        tables += [(item_field(f.name), len(f.values), f.codes) for f in shape.item_features]
        self.fields = tuple(name for name, _, _ in tables)
        self.first_item_field = 1 + len(shape.user_features)
        self.embeddings = nn.ModuleList(nn.Embedding(rows, width) for _, rows, _ in tables)
        for field, (_, _, codes) in enumerate(tables):
            nn.init.normal_(self.table(field), std=width**-0.5)
            if codes is not None:
                self.register_buffer(f"codes_{field}", torch.as_tensor(codes, dtype=torch.int64))
        with torch.no_grad():
            self.table(self.first_item_field)[PAD] = 0
        if shape.content is not None:
            self.embeddings[self.first_item_field] = ContentEmbedding(
                shape.content, width, width**-0.5, config.id_dropout
            )
        layers: list[nn.Module] = [nn.Dropout(config.dropout)]
        num_inputs = width * len(tables)
        for _ in range(config.num_blocks):
            layers += [nn.Linear(num_inputs, config.hidden_dim), nn.ReLU(), nn.Dropout(config.dropout)]
            num_inputs = config.hidden_dim
        self.dense = nn.Sequential(*layers, nn.Linear(num_inputs, 1))

    @property
    def window(self) -> int:
        return 0

    def table(self, field: int) -> Tensor:
        """Embedding weights of a field, [codes, D]."""
        embedding = self.embeddings[field]
        assert isinstance(embedding, nn.Embedding | ContentEmbedding)
        return embedding.weight

    def codes(self, field: int, indices_P: Tensor) -> Tensor:
        table = getattr(self, f"codes_{field}", None)
        return indices_P if table is None else table[indices_P]

    def embed_pairs(self, users_P: Tensor, items_P: Tensor) -> list[Tensor]:
        return [
            embedding(self.codes(field, users_P if field < self.first_item_field else items_P))
            for field, embedding in enumerate(self.embeddings)
        ]

    @torch.no_grad()
    def forget_users(self, users: np.ndarray) -> None:
        self.table(0)[torch.from_numpy(users).to(self.device)] = self.table(0)[UNKNOWN_USER].clone()

    def baseline(self) -> list[Tensor]:
        users = [self.table(field)[:1] for field in range(self.first_item_field)]
        items_N = torch.arange(PAD + 1, self.num_items + 1, device=self.device)
        item_fields = range(self.first_item_field, len(self.fields))
        # Training hides users but not items: the unknown item is the average over the catalogue.
        return users + [self.table(f)[self.codes(f, items_N)].mean(0, keepdim=True) for f in item_fields]

    def logit(self, embedded: Sequence[Tensor]) -> Tensor:
        return self.dense(torch.cat(list(embedded), dim=-1))[..., 0]

    def forward(self, users_P: Tensor, items_P: Tensor) -> Tensor:
        """Compute logits [P]; some users are hidden in training."""
        if self.training:
            hidden = torch.rand(users_P.shape, device=users_P.device) < HIDDEN_USERS
            users_P = users_P.masked_fill(hidden, UNKNOWN_USER)
        return self.logit(self.embed_pairs(users_P, items_P))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        width = self.num_items + 1
        items_N = torch.arange(width, device=users_B.device)
        rows = []
        for part in users_B.split(max(1, PAIRS // width)):
            pairs = self(part.repeat_interleave(width), items_N.repeat(len(part)))
            rows.append(pairs.view(len(part), width))
        return torch.cat(rows)
