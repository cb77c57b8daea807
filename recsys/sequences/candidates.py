"""Candidates for recommendation: the items the model can score, minus the user's seen items.

A model of ids can score items with a training event. A model that reads item content (`Recommender.scores_cold`) can
score the whole catalogue. Evaluation, recommendation and explanation share this rule, so the lists that are measured,
shown and explained are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD
from recsys.sequences.split import Split


@dataclass(frozen=True, eq=False)
class Candidates:
    """`scorable` [num_items + 1] bool: items the model can score; PAD never is.

    `hide_seen` is the dataset's rule: seen items are hidden unless the interactions contain repeats.
    """

    scorable: np.ndarray
    hide_seen: bool

    @classmethod
    def of(cls, split: Split, scores_cold: bool = False) -> Candidates:
        """Items with a training event; with `scores_cold` the whole catalogue."""
        scorable = np.arange(split.log.num_items + 1) != PAD if scores_cold else split.train.item_counts > 0
        return cls(scorable, hide_seen=split.hide_seen)

    def mask(self, histories: Sequence[np.ndarray], *, hide_seen: bool | None = None) -> np.ndarray:
        """[B, num_items + 1] bool: True if an item is a candidate for that history."""
        allowed_BN = np.tile(self.scorable, (len(histories), 1))
        if self.hide_seen if hide_seen is None else hide_seen:
            for row, history in enumerate(histories):
                allowed_BN[row, history] = False
        allowed_BN[:, PAD] = False
        return allowed_BN


def mask_scores(scores_BN: Tensor, allowed_BN: np.ndarray) -> Tensor:
    """Set the scores of non-candidates to minus infinity."""
    return scores_BN.masked_fill(~torch.from_numpy(allowed_BN).to(scores_BN.device), float("-inf"))
