"""Which items may be recommended: those that the model can score, less what the user has seen.

A model of ids can score the items with a training event; one that reads what an item is (`Recommender.scores_cold`)
can score the whole catalogue.

The one rule for evaluation, recommendation and explanation, so that what is measured is what is shown
and what is shown is what is explained.
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
    """`scorable` [num_items + 1] bool: items that the model can score; PAD never is.

    `hide_seen` is the dataset's rule: seen items are hidden unless the log holds repeats.
    """

    scorable: np.ndarray
    hide_seen: bool

    @classmethod
    def of(cls, split: Split, scores_cold: bool = False) -> Candidates:
        """Items with a training event; with `scores_cold` all of the catalogue, touched by anybody or not."""
        scorable = np.arange(split.log.num_items + 1) != PAD if scores_cold else split.train.item_counts > 0
        return cls(scorable, hide_seen=split.hide_seen)

    def mask(self, histories: Sequence[np.ndarray], *, hide_seen: bool | None = None) -> np.ndarray:
        """[B, num_items + 1] bool: True where an item is a candidate for that history."""
        allowed = np.tile(self.scorable, (len(histories), 1))
        if self.hide_seen if hide_seen is None else hide_seen:
            for row, history in enumerate(histories):
                allowed[row, history] = False
        allowed[:, PAD] = False
        return allowed


def mask_scores(scores_BN: Tensor, allowed_BN: np.ndarray) -> Tensor:
    """The scores with everything that is no candidate at minus infinity."""
    return scores_BN.masked_fill(~torch.from_numpy(allowed_BN).to(scores_BN.device), float("-inf"))
