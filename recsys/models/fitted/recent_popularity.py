"""Recent popularity: every event counts, an old one less. What is in fashion, for everybody alike.

An event weighs 2^(-age / half_life). Its age is the share of the log's events that came later: time is counted in
events, not in days, so that a lull, a burst or one wrong date decides nothing, and one half-life suits a log of an
hour and a log of ten years. Without times nobody knows whose event came first: the age is then the share of the
same person's events that came later.
"""

from __future__ import annotations

import numpy as np
import torch
from pydantic import Field

from recsys.data.interactions import Interactions
from recsys.models.config import ModelConfig
from recsys.models.fitted.popularity import Popularity


class RecentPopularityConfig(ModelConfig):
    half_life: float = Field(
        0.1,
        ge=0.01,
        le=10,
        description="An event counts half once this share of the log came after it; 10 is nearly plain popularity.",
        json_schema_extra={"basic": True},
    )


class RecentPopularity(Popularity):
    name, title = "recent_popularity", "Recent popularity"
    summary = "Recommends the items popular lately to everyone. Wins where fashions change."
    Config = RecentPopularityConfig

    def fit(self, train: Interactions) -> None:
        assert isinstance(self.config, RecentPopularityConfig)
        weights = 0.5 ** (ages(train) / self.config.half_life)
        counts = np.bincount(train.items, weights, minlength=self.num_items + 1)
        self.counts.copy_(torch.from_numpy(counts / max(1.0, weights.sum())))


def ages(log: Interactions) -> np.ndarray:
    """[num_events] from 0 for the newest to nearly 1: the share of events that came later."""
    if log.times is not None:
        return 1 - np.searchsorted(np.sort(log.times), log.times, side="right") / len(log)
    ends, lengths = log.offsets[log.users + 1], np.diff(log.offsets)[log.users]
    return (ends - 1 - np.arange(len(log))) / lengths
