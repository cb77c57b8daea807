"""A history with the scores that a model gives all items for it, whole and in part.

They are computed when first asked for, and then serve every item that is explained for the history. Removed events
leave no gap. Shapes: base.py; L events of the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import UNKNOWN_USER
from recsys.models.base import Recommender, SequenceModel
from recsys.sequences.batches import left_pad, left_pad_ratings

ROWS = 32  # histories scored at a time; few, to fit in the CPU cache
KEPT = 16_000_000  # most numbers of leave-one-out scores that are kept
CELLS = 8_000_000  # numbers in the largest tensor of a batch: bounds memory, not results


@dataclass(frozen=True, eq=False)
class ScoredHistory:
    """`history` holds item indices, oldest first; `ratings` those of its events, NaN where unknown, or None."""

    model: Recommender
    history: np.ndarray
    user: int = UNKNOWN_USER
    ratings: np.ndarray | None = None
    _parts: dict[tuple[bool, bool], ScoredHistory] = field(default_factory=dict, init=False, repr=False)
    _log_sums: dict[bytes, Tensor] = field(default_factory=dict, init=False, repr=False)  # of one list

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

    @property
    def features_name(self) -> str | None:
        """Names of the user features of a sequence model, which are one input; None if it reads none."""
        embedding = self.model.user_embedding if isinstance(self.model, SequenceModel) else None
        return None if embedding is None else embedding.name

    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Compute (items_1L, users_1, ratings_1L) of the window, on the model's device; one PAD if it is empty."""
        items_1L = left_pad([self.window])
        ratings = None if self.ratings is None else self.ratings[self.positions.start :]
        tensors = (items_1L, torch.tensor([self.user]), left_pad_ratings([ratings], items_1L.shape[1]))
        items_1L, users_1, ratings_1L = (tensor.to(self.model.device) for tensor in tensors)
        return items_1L, users_1, ratings_1L

    def without(self, *, events: bool = False, user: bool = False) -> ScoredHistory:
        """The same without its events, or for an unknown user, or both; the same object each time."""
        if (events, user) == (False, False):
            return self
        if (events, user) not in self._parts:
            part = replace(self, user=UNKNOWN_USER) if user else self
            part = replace(part, history=self.history[:0], ratings=None) if events else part
            self._parts[events, user] = part
        return self._parts[events, user]

    @cached_property
    def scores_1N(self) -> Tensor:
        """Scores of all items for the whole history."""
        return self.model.scores([self.history], [self.user], [self.ratings])

    @cached_property
    def state_1D(self) -> Tensor:
        """Hidden state after the newest event, of a sequence model."""
        assert isinstance(self.model, SequenceModel)
        with torch.inference_mode():
            return self.model.state(*self.model.inputs(*self.inputs()))

    @cached_property
    def without_each_LN(self) -> Tensor | None:
        """Scores of all items without each event of the window; None above KEPT numbers."""
        if self.num_window * (self.model.num_items + 1) > KEPT:
            return None
        scores_LN = self.scores_1N.new_zeros(self.num_window, self.model.num_items + 1)
        for rows, scores_BN in self.of_subsets(self.each_removed()):
            scores_LN[torch.from_numpy(rows)] = scores_BN
        return scores_LN

    def log_sums_L(self, allowed_N: np.ndarray) -> Tensor | None:
        """Logarithm of the summed exponentials of the candidates' scores without each event, [L] float64.

        They are kept for the items of a list, which have the same candidates. None where the scores are not kept.
        """
        if self.without_each_LN is None:
            return None
        key = allowed_N.tobytes()
        if key not in self._log_sums:
            self._log_sums.clear()
            scores_LM = self.without_each_LN[:, torch.from_numpy(allowed_N)]
            self._log_sums[key] = scores_LM.double().logsumexp(dim=1)
        return self._log_sums[key]

    @property
    def is_scored_without_each(self) -> bool:
        """Whether these scores exist already, so that an item is explained at once."""
        return "without_each_LN" in vars(self)

    def each_removed(self) -> list[np.ndarray]:
        """The remaining positions without each event of the window; the event before the window moves in."""
        start = max(0, self.positions.start - 1)
        return [np.delete(np.arange(start, len(self.history)), position - start) for position in self.positions]

    def of_subsets(
        self, subsets: Sequence[np.ndarray], users: Sequence[int] | None = None
    ) -> Iterator[tuple[np.ndarray, Tensor]]:
        """Yield (rows of `subsets`, scores_BN), shortest subsets first to reduce padding.

        Each subset lists positions in ascending order; `users` replaces the user of each.
        """
        row_size = max(self.model.num_items + 1, self.num_window**2)
        size = max(1, min(ROWS, CELLS // row_size))
        users = [self.user] * len(subsets) if users is None else users
        by_length = np.argsort([len(positions) for positions in subsets], kind="stable")
        for start in range(0, len(subsets), size):
            rows = by_length[start : start + size]
            ratings = None if self.ratings is None else [self.ratings[subsets[row]] for row in rows]
            histories = [self.history[subsets[row]] for row in rows]
            yield rows, self.model.scores(histories, [users[row] for row in rows], ratings)
