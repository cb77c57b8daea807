"""Time-decayed popularity: recent events count more, the same for every user.

The weight of an event is 2^(-age / half_life), where age is the share of all events that came later. Time is counted in
events rather than days: a lull, a burst or one wrong date then has little effect, and the same half-life suits an hour
of interactions and ten years of them. Without timestamps the order between users is unknown, so age is the share of
the same user's events that came later.
"""

from __future__ import annotations

import numpy as np
import torch
from pydantic import Field

from recsys.data.interactions import Interactions
from recsys.messages import message
from recsys.models.config import ModelConfig
from recsys.models.fitted.popularity import Popularity
from recsys.models.search_range import searched


class RecentPopularityConfig(ModelConfig):
    half_life: float = Field(
        0.1,
        ge=0.01,
        le=10,
        description=message(
            "An event counts half once this share of the log came after it; 10 is nearly plain popularity."
        ),
        json_schema_extra={"basic": True} | searched(0.01, 1.0, "log"),
    )


class RecentPopularity(Popularity):
    name, title = "recent_popularity", message("Recent popularity")
    tagline = message("Popular lately, for everyone")
    summary = message("Recommends the items popular lately to everyone. Wins where fashions change.")
    Config = RecentPopularityConfig

    def fit(self, train: Interactions) -> None:
        assert isinstance(self.config, RecentPopularityConfig)
        weights = 0.5 ** (ages(train) / self.config.half_life)
        counts = np.bincount(train.items, weights, minlength=self.num_items + 1)
        self.counts.copy_(torch.from_numpy(counts / max(1.0, weights.sum())))


def ages(interactions: Interactions) -> np.ndarray:
    """Compute the share of events that came later, [num_events]: from 0 for the newest to nearly 1."""
    if interactions.times is not None:
        return 1 - np.searchsorted(np.sort(interactions.times), interactions.times, side="right") / len(interactions)
    ends, lengths = interactions.offsets[interactions.users + 1], np.diff(interactions.offsets)[interactions.users]
    return (ends - 1 - np.arange(len(interactions))) / lengths
