"""Sampled negatives: items that a user did not touch in training, for losses that need a "no".

A drawn item that the user did touch is drawn again, a few times; in a tiny catalogue where a user touched
all of it, a touched item may remain, and is then marked so that no loss counts it.
"""

from __future__ import annotations

import numpy as np

from recsys.data.interactions import Interactions

REDRAWS = 8


class NegativeSampler:
    """Draws uniformly from the items with a training event."""

    def __init__(self, train: Interactions) -> None:
        self.items = np.flatnonzero(train.item_counts)
        self.width = train.num_items + 1
        self.touched = np.unique(train.users * self.width + train.items)

    def draw(self, users: np.ndarray, num: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(items, ok), both [len(users), num]: drawn items, and whether the user never touched them."""
        shape = (len(users), num)
        drawn = rng.choice(self.items, size=shape)
        for _ in range(REDRAWS):
            bad = self._is_touched(users, drawn)
            if not bad.any():
                break
            drawn[bad] = rng.choice(self.items, size=int(bad.sum()))
        return drawn, ~self._is_touched(users, drawn)

    def _is_touched(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        pairs = users[:, None] * self.width + items
        index = np.minimum(np.searchsorted(self.touched, pairs), len(self.touched) - 1)
        return self.touched[index] == pairs
