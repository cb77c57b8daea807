"""One recommendation to be explained: which model, which history, which item, against which other candidates.

The candidates are fixed from the intact history. What is asked about later ("and without this event?") is
ranked among the same ones: a removed item does not come back. Refuses an item that the model cannot score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import RecsysError
from recsys.evaluation.protocol import rank_of
from recsys.models.base import Recommender, SequenceModel
from recsys.sequences.batches import left_pad, left_pad_ratings
from recsys.sequences.candidates import Candidates, mask_scores

NOT_FINITE = (
    "The model's scores are not finite numbers, so there is nothing to explain: its training diverged. "
    "Train it again with a lower learning rate."
)


@dataclass(frozen=True, eq=False)
class Situation:
    """`history` holds item indices, oldest first, of any length; `allowed_N` [num_items + 1] bool the candidates.

    `ratings` are those of its events, NaN where unknown; None: nothing is known of any. `against` is another item, where
    the question is why the one and not the other (quantity.py). `removals` are the scores of this very history without
    each event, where they are known already (rescoring.py). `is_seen`: the history holds the item and seen items are masked, so
    it is not recommended.

    The explained item is always one of them, and so is the one it is compared with, although the user may have touched it.
    """

    model: Recommender
    history: np.ndarray
    user: int
    item: int
    allowed_N: np.ndarray
    ratings: np.ndarray | None = None
    against: int | None = None
    removals: Tensor | None = None
    is_seen: bool = False

    @classmethod
    def of(
        cls,
        model: Recommender,
        history: np.ndarray,
        item: int,
        candidates: Candidates,
        *,
        user: int = UNKNOWN_USER,
        hide_seen: bool | None = None,
        ratings: np.ndarray | None = None,
        against: int | None = None,
        removals: Tensor | None = None,
    ) -> Situation:
        """Checks once. Raises RecsysError where an item cannot be scored or the item has no rival left."""
        assert not model.training, "call eval() first: dropout would explain something else than what was recommended"
        history = np.array(history, dtype=np.int64)
        for index in (item,) if against is None else (item, against):
            if not (0 < index < len(candidates.scorable)) or not candidates.scorable[index]:
                raise RecsysError(
                    "The model met no event of this item in training, so there is no score to explain. "
                    "Choose an item that the model can recommend."
                )
        if item == against:
            raise RecsysError("An item cannot be compared with itself. Choose another one to compare it with.")
        allowed_N = candidates.mask([history], hide_seen=hide_seen)[0]
        is_seen = not allowed_N[item]
        allowed_N[[item] if against is None else [item, against]] = True
        if allowed_N.sum() < 2:
            raise RecsysError(
                "No other item is left to recommend: the history holds the whole catalogue, so there is "
                "nothing to compare with. Shorten the history or let seen items be recommended again."
            )
        assert ratings is None or len(ratings) == len(history)
        return cls(model, history, int(user), int(item), allowed_N, ratings, against, removals, is_seen)

    @property
    def num_window(self) -> int:
        """How many of the newest events the model reads of this history."""
        window = self.model.window
        return len(self.history) if window is None else min(window, len(self.history))

    @property
    def positions(self) -> range:
        """The places of those events in the history, 0 = oldest."""
        return range(len(self.history) - self.num_window, len(self.history))

    @property
    def window(self) -> np.ndarray:
        """The item indices that the model reads, oldest first."""
        return self.history[self.positions.start :]

    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """(items_1L, users_1, ratings_1L) of the window, on the model's device; an empty one is a place of padding."""
        items_1L = left_pad([self.window])
        ratings = None if self.ratings is None else self.ratings[self.positions.start :]
        tensors = (items_1L, torch.tensor([self.user]), left_pad_ratings([ratings], items_1L.shape[1]))
        items_1L, users_1, ratings_1L = (tensor.to(self.model.device) for tensor in tensors)
        return items_1L, users_1, ratings_1L

    @property
    def features_name(self) -> str | None:
        """The columns that a sequence model knows of users, which it reads as one input; None where it has none."""
        embedding = self.model.user_embedding if isinstance(self.model, SequenceModel) else None
        return None if embedding is None else embedding.name

    @cached_property
    def scores_1N(self) -> Tensor:
        """What `recommend` sorts for this history. Raises RecsysError where a candidate's score is not finite."""
        scores_1N = self.model.scores([self.history], [self.user], [self.ratings])
        self.check_finite(scores_1N)
        return scores_1N

    def check_finite(self, scores_BN: Tensor) -> None:
        """Raises RecsysError where the score of a candidate is not finite: weights that diverged in training give such."""
        if not torch.isfinite(scores_BN[:, torch.from_numpy(self.allowed_N)]).all():
            raise RecsysError(NOT_FINITE)

    @property
    def score(self) -> float:
        return float(self.scores_1N[0, self.item])

    @property
    def rank(self) -> int:
        return int(self.ranks(self.scores_1N)[0])

    def ranks(self, scores_BN: Tensor) -> Tensor:
        """[B] ranks of the item among the fixed candidates, as `recommend` counts them."""
        allowed_BN = np.broadcast_to(self.allowed_N, tuple(scores_BN.shape)).copy()
        return rank_of(mask_scores(scores_BN, allowed_BN), torch.full((len(scores_BN),), self.item))
