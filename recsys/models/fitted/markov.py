"""Decayed Markov chain: item-to-item transitions from the last few events, weighted by distance.

link[i, j] = sum over d = 1..10 of (times j came d events after i) / d, divided by
sqrt((n_i + 20)(n_j + 20)), n = training events; a history scores the sum of its last 10 items' links, each
weighted .8^age. No parameters are learnt. A common baseline in sequential recommendation: the decay keeps it
close to a first-order chain (Rendle et al. 2010), yet older events still count.
"""

from __future__ import annotations

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from recsys.data.interactions import PAD, Interactions
from recsys.errors import SettingError
from recsys.messages import message
from recsys.models.base import LinearModel, Shape
from recsys.models.config import ModelConfig
from recsys.models.search_range import searched

MAX_ITEMS = 20_000
SMOOTHING = 20  # events added to each item's count, keeps rare items from topping every list


class MarkovConfig(ModelConfig):
    max_length: int = Field(
        10,
        ge=1,
        le=50,
        description=message("Newest events that count, and the largest distance between two linked events."),
        json_schema_extra={"basic": True} | searched(1, 30, "log"),
    )
    decay: float = Field(
        0.8,
        gt=0,
        le=1,
        description=message("Weight of an event against the one after it."),
        json_schema_extra=searched(0.3, 1.0),
    )


class Markov(LinearModel):
    name, title, family = "markov", message("Markov chain"), "baseline"
    tagline = message("What usually follows next")
    summary = message("Recommends what usually follows the newest events. Strong where order matters.")
    Config = MarkovConfig
    links: Tensor

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__(shape, config)
        if shape.num_items > MAX_ITEMS:
            raise SettingError(
                message(
                    "The Markov chain needs a table of items x items: {items:,} items are too many, at most "
                    "{limit:,} fit. Choose another model.",
                    items=shape.num_items,
                    limit=MAX_ITEMS,
                )
            )
        self.register_buffer("links", torch.zeros(shape.num_items + 1, shape.num_items + 1))

    @property
    def window(self) -> int:
        assert isinstance(self.config, MarkovConfig)
        return self.config.max_length

    def fit(self, train: Interactions) -> None:
        links = np.zeros((self.num_items + 1, self.num_items + 1), dtype=np.float32)
        for distance in range(1, self.window + 1):
            same_user = train.users[distance:] == train.users[:-distance]
            before, after = train.items[:-distance][same_user], train.items[distance:][same_user]
            np.add.at(links, (before, after), 1 / distance)
        scale = np.sqrt(train.item_counts + SMOOTHING)
        links /= scale[:, None] * scale[None, :]
        self.links.copy_(torch.from_numpy(links))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        weights_BL = self.decays(histories_BL.shape[1]) * (histories_BL != PAD)
        return torch.einsum("bl,bln->bn", weights_BL.to(self.links.dtype), self.links[histories_BL])

    def decays(self, length: int) -> Tensor:
        """Compute the weight of each event by its age, [L]."""
        assert isinstance(self.config, MarkovConfig)
        return self.config.decay ** torch.arange(length - 1, -1, -1, device=self.device)

    def additions(self, events_L: Tensor, item: int) -> Tensor:
        return self.decays(len(events_L)).double() * self.links[events_L, item].double()

    def link_table(self) -> np.ndarray:
        return self.links.numpy(force=True)
