"""The recommendation to explain: a scored history, an item and its candidates.

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
from recsys.explain.scored_history import ScoredHistory
from recsys.messages import message
from recsys.models.base import Recommender
from recsys.sequences.candidates import Candidates, mask_scores

NOT_FINITE = message(
    "The model's scores are not finite numbers, so there is nothing to explain: its training diverged. "
    "Train it again with a lower learning rate."
)


@dataclass(frozen=True, eq=False)
class Situation:
    """One recommendation to explain.

    `allowed_N` [num_items + 1] bool are the candidates. They always include `item` and `against`, even if the user has
    seen them. `disliked` ones of them have no rank, but stay in the explained quantity. `against` is the other item of a contrastive explanation (quantity.py). `is_seen`: the item is in the
    history and masked, so it is not recommended.
    """

    scored: ScoredHistory
    item: int
    allowed_N: np.ndarray
    against: int | None = None
    is_seen: bool = False
    disliked: tuple[int, ...] = ()

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
        scored: ScoredHistory | None = None,
        seen: np.ndarray | None = None,
        disliked: tuple[int, ...] = (),
    ) -> Situation:
        """Build a checked situation; `scored` is the same history, if there is one that was scored before.

        `seen` are the item indices that count as seen, None for those of the history; `disliked` those that lists leave out.

        Raises RecsysError if an item cannot be scored or no other candidate is left.
        """
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
        allowed_N = candidates.mask([history if seen is None else seen], hide_seen=hide_seen)[0]
        is_seen = bool(not allowed_N[item] and (history == item).any())
        allowed_N[[item] if against is None else [item, against]] = True
        if allowed_N.sum() < 2:
            raise RecsysError(
                message(
                    "No other item is left to recommend: the history holds the whole catalogue, so there is nothing "
                    "to compare with. Shorten the history or let seen items be recommended again."
                )
            )
        assert ratings is None or len(ratings) == len(history)
        scored = scored or ScoredHistory(model, history, int(user), ratings)
        return cls(scored, int(item), allowed_N, against, is_seen, disliked)

    @cached_property
    def ranked_N(self) -> np.ndarray:
        """[num_items + 1] bool: the candidates that have a rank, as in lists; always `item` and `against`."""
        ranked_N = self.allowed_N.copy()
        ranked_N[list(self.disliked)] = False
        ranked_N[[self.item] if self.against is None else [self.item, self.against]] = True
        return ranked_N

    @property
    def model(self) -> Recommender:
        return self.scored.model

    @property
    def history(self) -> np.ndarray:
        """Item indices of the whole history, oldest first."""
        return self.scored.history

    @property
    def user(self) -> int:
        return self.scored.user

    @property
    def ratings(self) -> np.ndarray | None:
        """Ratings of the events, NaN where unknown; None without ratings."""
        return self.scored.ratings

    @property
    def num_window(self) -> int:
        return self.scored.num_window

    @property
    def positions(self) -> range:
        return self.scored.positions

    @property
    def window(self) -> np.ndarray:
        return self.scored.window

    @property
    def features_name(self) -> str | None:
        return self.scored.features_name

    @cached_property
    def scores_1N(self) -> Tensor:
        """Scores that `recommend` sorts for this history. Raises RecsysError if a candidate's score is not finite."""
        self.check_finite(self.scored.scores_1N)
        return self.scored.scores_1N

    def check_finite(self, scores_BN: Tensor) -> None:
        """Raise RecsysError if the score of a candidate is not finite, as after diverged training."""
        if torch.isfinite(scores_BN.sum()):
            return  # one pass; the scores of items that are no candidates may be anything
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
        ranked_BN = np.broadcast_to(self.ranked_N, tuple(scores_BN.shape)).copy()
        return rank_of(mask_scores(scores_BN, ranked_BN), torch.full((len(scores_BN),), self.item))
