"""Sampled negatives: items without a training event of the user.

A drawn positive is drawn again a few times. If a user has almost all of a tiny catalogue, a positive may remain; it is
marked so that no loss counts it.
"""

from __future__ import annotations

import numpy as np

from recsys.data.interactions import Interactions

REDRAWS = 8


class NegativeSampler:
    """Uniform sampler over the items with a training event."""

    def __init__(self, train: Interactions) -> None:
        self.items = np.flatnonzero(train.item_counts)
        self.width = train.num_items + 1
        self.positives = np.unique(train.users * self.width + train.items)

    def draw(self, users: np.ndarray, num: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(items, ok), both [len(users), num]: drawn items, and whether they are negatives of the user."""
        shape = (len(users), num)
        drawn = rng.choice(self.items, size=shape)
        for _ in range(REDRAWS):
            is_positive = self._is_positive(users, drawn)
            if not is_positive.any():
                break
            drawn[is_positive] = rng.choice(self.items, size=int(is_positive.sum()))
        return drawn, ~self._is_positive(users, drawn)

    def _is_positive(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        pairs = users[:, None] * self.width + items
        index = np.minimum(np.searchsorted(self.positives, pairs), len(self.positives) - 1)
        return self.positives[index] == pairs
