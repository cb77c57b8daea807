"""Loss of one user's training events, from the events of that user alone.

Nothing of other users enters: negatives are drawn from the whole catalogue, and whether seen items are masked follows the
user's history. Shapes: P pairs.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD, Interactions
from recsys.models.base import PairModel, Recommender, SequenceModel
from recsys.models.config import SequenceConfig
from recsys.sequences.batches import training_windows
from recsys.sequences.relevance import is_liked
from recsys.sequences.split import Split
from recsys.training.losses import next_item_loss, pair_loss


class UserLoss(Protocol):
    """`loss` is summed over the targets of a user and comes with their number; None for a user without a target."""

    def loss(self, user: int, rng: np.random.Generator, device: torch.device) -> tuple[Tensor, int] | None: ...

    def accuracy(self) -> float | None: ...


class SequenceUserLoss(UserLoss):
    """Next-item loss of all windows of a user's history."""

    def __init__(self, model: SequenceModel, train: Interactions, liked_from: float | None) -> None:
        assert isinstance(model.config, SequenceConfig)
        self.model, self.train = model, train
        self.masks_seen = model.config.mask_seen == "on"
        self.windows = training_windows(train, model.window, liked_from, with_firsts=model.user_embedding is not None)
        users_of_windows = train.users[self.windows.starts]  # in order
        self.offsets = np.searchsorted(users_of_windows, np.arange(train.num_users + 2))

    def loss(self, user: int, rng: np.random.Generator, device: torch.device) -> tuple[Tensor, int] | None:
        rows = np.arange(self.offsets[user], self.offsets[user + 1])
        if not len(rows):
            return None
        history = self.train.history(user)
        masks_seen = self.masks_seen and len(np.unique(history)) == len(history)
        return next_item_loss(self.model, self.windows.take(rows).batch().to(device), masks_seen)

    def accuracy(self) -> None:
        """None: ranking the whole catalogue is measured by NDCG, not by accuracy."""


class PairUserLoss(UserLoss):
    """Loss of a user's events against sampled items without one; a disliked event is a negative and gets none."""

    def __init__(self, model: PairModel, train: Interactions, liked_from: float | None) -> None:
        self.model, self.train, self.is_positive = model, train, is_liked(train, liked_from)
        self.num_negatives = int(model.config.negatives)  # type: ignore[attr-defined]
        self.num_correct = self.num_pairs = 0

    def loss(self, user: int, rng: np.random.Generator, device: torch.device) -> tuple[Tensor, int] | None:
        events = slice(self.train.offsets[user], self.train.offsets[user + 1])
        items, is_positive = self.train.items[events], self.is_positive[events]
        if not len(items):
            return None
        others = np.setdiff1d(np.arange(PAD + 1, self.train.num_items + 1), items)
        num_negatives = self.num_negatives * int(is_positive.sum()) if len(others) else 0
        negatives = rng.choice(others, num_negatives) if num_negatives else others[:0]
        items_P = torch.from_numpy(np.concatenate([items, negatives])).to(device)
        labels_P = torch.from_numpy(np.concatenate([is_positive, np.zeros(num_negatives)])).float().to(device)
        logits_P = self.model(torch.full_like(items_P, user), items_P)
        self.num_correct += int(((logits_P.detach() > 0) == (labels_P > 0.5)).sum())
        self.num_pairs += len(labels_P)
        return pair_loss(logits_P, labels_P.to(logits_P), torch.ones_like(logits_P)), len(items)

    def accuracy(self) -> float:
        """Share of the pairs since the last call classified correctly at probability 0.5."""
        share = self.num_correct / max(1, self.num_pairs)
        self.num_correct = self.num_pairs = 0
        return share


def user_loss_of(model: Recommender, split: Split) -> UserLoss:
    """The loss for this kind of model, on the training events of `split`."""
    if isinstance(model, SequenceModel):
        return SequenceUserLoss(model, split.train, split.liked_from)
    assert isinstance(model, PairModel)
    return PairUserLoss(model, split.train, split.liked_from)
