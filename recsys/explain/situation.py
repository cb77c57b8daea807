"""The recommendation to explain: model, history, item and candidates.

The candidates are fixed by the full history: after removing an event, its item does not become a candidate. Refuses
items that the model cannot score.
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
from recsys.messages import message
from recsys.models.base import Recommender, SequenceModel
from recsys.sequences.batches import left_pad, left_pad_ratings
from recsys.sequences.candidates import Candidates, mask_scores

NOT_FINITE = message(
    "The model's scores are not finite numbers, so there is nothing to explain: its training diverged. "
    "Train it again with a lower learning rate."
)


@dataclass(frozen=True, eq=False)
class Situation:
    """One recommendation to explain.

    `history` holds item indices, oldest first; `ratings` those of its events, NaN where unknown, or None. `allowed_N`
    [num_items + 1] bool are the candidates. They always include `item` and `against`, even if the user has seen them.
    `against` is the other item of a contrastive explanation (quantity.py). `removals` are leave-one-out scores of this
    history, if computed already (rescoring.py). `is_seen`: the item is in the history and masked, so it is not
    recommended.
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
        """Build a checked situation. Raises RecsysError if an item cannot be scored or no other candidate is left."""
        assert not model.training, "call eval() first: dropout would explain something else than what was recommended"
        history = np.array(history, dtype=np.int64)
        for index in (item,) if against is None else (item, against):
            if not (0 < index < len(candidates.scorable)) or not candidates.scorable[index]:
                raise RecsysError(
                    message(
                        "This item had no event in training, so there is no score to explain. Choose an "
                        "item that the model can recommend."
                    )
                )
        if item == against:
            raise RecsysError(message("An item cannot be compared with itself. Choose another one to compare it with."))
        allowed_N = candidates.mask([history], hide_seen=hide_seen)[0]
        is_seen = not allowed_N[item]
        allowed_N[[item] if against is None else [item, against]] = True
        if allowed_N.sum() < 2:
            raise RecsysError(
                message(
                    "No other item is left to recommend: the history holds the whole catalogue, so there is nothing "
                    "to compare with. Shorten the history or let seen items be recommended again."
                )
            )
        assert ratings is None or len(ratings) == len(history)
        return cls(model, history, int(user), int(item), allowed_N, ratings, against, removals, is_seen)

    @property
    def num_window(self) -> int:
        """Number of newest events of this history that the model reads."""
        window = self.model.window
        return len(self.history) if window is None else min(window, len(self.history))

    @property
    def positions(self) -> range:
        """Positions of the events of the window in the history, 0 = oldest."""
        return range(len(self.history) - self.num_window, len(self.history))

    @property
    def window(self) -> np.ndarray:
        """Item indices that the model reads, oldest first."""
        return self.history[self.positions.start :]

    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Compute (items_1L, users_1, ratings_1L) of the window, on the model's device; one PAD if it is empty."""
        items_1L = left_pad([self.window])
        ratings = None if self.ratings is None else self.ratings[self.positions.start :]
        tensors = (items_1L, torch.tensor([self.user]), left_pad_ratings([ratings], items_1L.shape[1]))
        items_1L, users_1, ratings_1L = (tensor.to(self.model.device) for tensor in tensors)
        return items_1L, users_1, ratings_1L

    @property
    def features_name(self) -> str | None:
        """Names of the user features of a sequence model, which are one input; None if it reads none."""
        embedding = self.model.user_embedding if isinstance(self.model, SequenceModel) else None
        return None if embedding is None else embedding.name

    @cached_property
    def scores_1N(self) -> Tensor:
        """Scores that `recommend` sorts for this history. Raises RecsysError if a candidate's score is not finite."""
        scores_1N = self.model.scores([self.history], [self.user], [self.ratings])
        self.check_finite(scores_1N)
        return scores_1N

    def check_finite(self, scores_BN: Tensor) -> None:
        """Raise RecsysError if the score of a candidate is not finite, as after diverged training."""
        if not torch.isfinite(scores_BN[:, torch.from_numpy(self.allowed_N)]).all():
            raise RecsysError(NOT_FINITE)

    @property
    def score(self) -> float:
        return float(self.scores_1N[0, self.item])

    @property
    def rank(self) -> int:
        return int(self.ranks(self.scores_1N)[0])

    def ranks(self, scores_BN: Tensor) -> Tensor:
        """Compute ranks of the item among the fixed candidates, [B], as `recommend` does."""
        allowed_BN = np.broadcast_to(self.allowed_N, tuple(scores_BN.shape)).copy()
        return rank_of(mask_scores(scores_BN, allowed_BN), torch.full((len(scores_BN),), self.item))
