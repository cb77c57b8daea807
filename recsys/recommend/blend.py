"""Blend of trained models: weighted mean of their standardised scores.

Models score in different units (log-odds, counts, sums of similarities). The scores of each history are therefore
standardised to mean 0 and standard deviation 1 over the catalogue (zero mean, unit variance: Montague & Aslam 2001,
CIKM, "Relevance score normalization for metasearch"), then added with weights that sum to 1 (linear combination:
Vogt & Cottrell 1999, "Fusion via a linear combination of scores"). After a log-softmax, which would suit log-odds,
the scores of linear models are nearly flat: their weights would have to compensate for that and would not show how
much a part counts.

The catalogue here is every item that all parts can score, seen or not. A score then does not depend on which items
are hidden, and is the same in evaluation, recommendation and explanation. Shapes: recsys/models/base.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from recsys.messages import message
from recsys.models.base import Recommender, Shape
from recsys.models.config import ModelConfig
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split


class BlendConfig(ModelConfig):
    """No settings: the parts and their weights come from runs."""


class Blend(Recommender):
    """Weighted mean of the standardised scores of several models.

    `parts` are models of the same dataset in evaluation mode; `weights` [num_parts] are at least 0 and sum to 1.
    `scorable_N` [num_items + 1] bool marks the items that all parts can score (`candidates_of_all`).
    """

    name, title, family = "blend", message("Blend"), "blend"
    summary = message("Adds up the scores of several trained models, weighted by how much each helps on validation.")
    Config = BlendConfig
    scorable_N: Tensor

    def __init__(self, parts: Sequence[Recommender], weights: Sequence[float], scorable_N: np.ndarray) -> None:
        super().__init__(Shape(parts[0].num_users, parts[0].num_items), BlendConfig())
        assert len(parts) == len(weights) and abs(sum(weights) - 1) < 1e-6 and min(weights) >= 0
        self.weights = tuple(weights)
        self.scores_cold = all(part.scores_cold for part in parts)
        self.parts = nn.ModuleList(parts)
        self.register_buffer("scorable_N", torch.from_numpy(scorable_N))
        self.eval()

    @property
    def models(self) -> list[Recommender]:
        return [part for part in self.parts if isinstance(part, Recommender)]

    @property
    def window(self) -> int | None:
        """The longest window of the parts; None if one of them is unlimited."""
        windows = [part.window for part in self.models]
        bounded = [window for window in windows if window is not None]
        return max(bounded) if len(bounded) == len(windows) else None

    @property
    def reads_ratings(self) -> bool:
        return any(part.reads_ratings for part in self.models)

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        """scores_BN float64: weighted mean over the parts, in standard deviations above the mean."""
        total_BN = torch.zeros(len(histories_BL), self.num_items + 1, dtype=torch.float64, device=self.device)
        for part, weight in zip(self.models, self.weights, strict=True):
            if weight:
                newest = slice(None) if part.window is None else slice(-max(1, part.window), None)
                recent_ratings_BL = None if ratings_BL is None else ratings_BL[:, newest]
                scores_BN = part.score(histories_BL[:, newest], users_B, recent_ratings_BL)
                total_BN += weight * standardised(scores_BN, self.scorable_N)
        return total_BN


def candidates_of_all(models: Sequence[Recommender], split: Split) -> Candidates:
    """Candidates that every model can score; an item that one part cannot score is excluded."""
    return Candidates.of(split, all(model.scores_cold for model in models))


def models_in(model: Recommender) -> list[Recommender]:
    """The parts of a blend; a list of just the model otherwise."""
    return model.models if isinstance(model, Blend) else [model]


def standardised(scores_BN: Tensor, scorable_N: Tensor) -> Tensor:
    """z_BN float64: mean 0 and standard deviation 1 over the scorable items of each row.

    float64 keeps distinct scores distinct. A row with equal scores becomes zeros.
    """
    scores_BN = scores_BN.double()
    scorable_BM = scores_BN[:, scorable_N]
    is_flat_B1 = scorable_BM.amax(1, keepdim=True) == scorable_BM.amin(1, keepdim=True)
    spread_B1 = scorable_BM.std(1, correction=0, keepdim=True).masked_fill(is_flat_B1, float("inf"))
    return (scores_BN - scorable_BM.mean(1, keepdim=True)) / spread_B1
