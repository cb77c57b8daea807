"""Epochs per kind of model: batches, loss and accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD, Interactions
from recsys.errors import SettingError
from recsys.messages import Message, message
from recsys.models.base import PairModel, SequenceModel
from recsys.models.config import SequenceConfig
from recsys.sequences.batches import SequenceBatch, num_batches, sequence_batches, split_by_targets, training_windows
from recsys.sequences.negatives import NegativeSampler
from recsys.sequences.relevance import in_words, is_liked
from recsys.training.losses import next_item_loss, pair_loss

MIN_SEQUENCE_TARGETS = 10
Batch = TypeVar("Batch")
PairBatch = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class Steps(Protocol[Batch]):
    """What the trainer needs of an epoch: batches, each with the share of the epoch done after it, and their loss.

    `loss` is summed over the targets of a batch and comes with their number. A step minimises it divided by
    `targets_per_step`, which is constant within an epoch, so a target has the same weight in every batch.
    """

    batch_size: int

    @property
    def row_users(self) -> np.ndarray:
        """[num_rows] user of each training row, ascending."""
        ...

    @property
    def targets_per_step(self) -> float: ...

    def batches(self, rng: np.random.Generator) -> Iterator[tuple[float, Batch]]: ...

    def batches_of(self, rows: np.ndarray, rng: np.random.Generator) -> Iterator[Batch]:
        """Batches of these training rows only, which cover each once."""
        ...

    def largest(self) -> Batch: ...

    def loss(self, batch: Batch, device: torch.device) -> tuple[Tensor, int]: ...

    def reset_accuracy(self) -> None: ...

    def accuracy(self) -> float | None: ...


class SequenceSteps(Steps[SequenceBatch]):
    """Next-item training: every position of every history predicts the item that followed, if that was liked.

    `masks_seen`: whether a user's earlier items are excluded from the softmax. It follows the setting `mask_seen`, and
    is off if the interactions contain repeats (`hide_seen` False).
    """

    def __init__(
        self, model: SequenceModel, train: Interactions, liked_from: float | None = None, *, hide_seen: bool
    ) -> None:
        assert model.window is not None
        assert isinstance(model.config, SequenceConfig)
        self.model, self.masks_seen = model, hide_seen and model.config.mask_seen == "on"
        self.windows = training_windows(train, model.window, liked_from, with_firsts=model.user_embedding is not None)
        if self.windows.num_targets < MIN_SEQUENCE_TARGETS:
            raise SettingError(_too_few(self.windows.num_targets, liked_from))
        self.batch_size = model.config.batch_size

    @property
    def row_users(self) -> np.ndarray:
        return self.windows.log.users[self.windows.starts]

    @property
    def targets_per_step(self) -> float:
        return self.windows.num_targets / num_batches(self.windows, self.batch_size)

    def batches(self, rng: np.random.Generator) -> Iterator[tuple[float, SequenceBatch]]:
        done, total = 0, self.windows.num_targets
        for batch in sequence_batches(self.windows, self.batch_size, rng):
            firsts = int((batch.firsts_B != PAD).sum()) if self.windows.with_firsts else 0
            done += batch.num_targets + firsts
            yield done / total, batch

    def batches_of(self, rows: np.ndarray, rng: np.random.Generator) -> Iterator[SequenceBatch]:
        windows = self.windows.take(rows)
        return (
            iter([windows.batch()]) if len(rows) <= self.batch_size else sequence_batches(windows, self.batch_size, rng)
        )

    def largest(self) -> SequenceBatch:
        """A batch of the longest windows, with the one that has the most events before it: all rows are padded to it."""
        rows = split_by_targets(self.windows, self.batch_size, np.random.default_rng(0))[-1].copy()
        starts = self.windows.starts
        most_earlier = np.argmax(starts - self.windows.log.offsets[self.windows.log.users[starts]])
        if most_earlier not in rows:
            rows[0] = most_earlier
        return self.windows.take(rows).batch()

    def loss(self, batch: SequenceBatch, device: torch.device) -> tuple[Tensor, int]:
        return next_item_loss(self.model, batch.to(device), self.masks_seen)

    def reset_accuracy(self) -> None: ...

    def accuracy(self) -> None:
        """None: ranking the whole catalogue is measured by NDCG, not by accuracy."""


def _too_few(num_targets: int, liked_from: float | None) -> Message:
    if liked_from is None:
        text = message(
            "A sequence model learns which event follows which, and this dataset has {steps} such steps to train on; "
            "at least {least} are needed. Train mlp, ease or popularity instead, or import longer histories."
        )
        return text.format(steps=num_targets, least=MIN_SEQUENCE_TARGETS)
    text = message(
        "A sequence model learns which event follows which, and this dataset has {steps} such steps to an event "
        "{target} to train on; at least {least} are needed. Train mlp, ease or popularity instead, lower liked_from, "
        "or import longer histories."
    )
    return text.format(steps=num_targets, least=MIN_SEQUENCE_TARGETS, target=in_words(liked_from))


class PairSteps(Steps[PairBatch]):
    """Pair training: events are positives, sampled items without an event of the user are negatives.

    With `liked_from`, an event rated less is also a negative, and gets no sampled ones: their number depends on the
    positives. Each pair weighs the same in every batch: one over `pairs_per_event`, the mean number of pairs of an event.
    A batch is `users` [B] and `items`, `labels`, `weights` [B, 1 + negatives], the event first; pairs with
    weight 0 do not count.
    """

    def __init__(self, model: PairModel, train: Interactions, liked_from: float | None = None) -> None:
        self.model, self.train, self.is_positive = model, train, is_liked(train, liked_from)
        self.sampler = NegativeSampler(train)
        self.batch_size = int(model.config.batch_size)  # type: ignore[attr-defined]
        self.num_negatives = int(model.config.negatives)  # type: ignore[attr-defined]
        self.pairs_per_event = 1 + self.num_negatives * float(np.mean(self.is_positive))
        self.num_correct = self.num_pairs = 0.0

    @property
    def row_users(self) -> np.ndarray:
        return self.train.users

    @property
    def targets_per_step(self) -> float:
        return len(self.train) / -(-len(self.train) // self.batch_size)

    def batches(self, rng: np.random.Generator) -> Iterator[tuple[float, PairBatch]]:
        self.reset_accuracy()
        order, done = rng.permutation(len(self.train)), 0
        for batch in self._split(order, rng):
            done += len(batch[0])
            yield done / len(order), batch

    def batches_of(self, rows: np.ndarray, rng: np.random.Generator) -> Iterator[PairBatch]:
        return self._split(rng.permutation(rows), rng)

    def _split(self, order: np.ndarray, rng: np.random.Generator) -> Iterator[PairBatch]:
        for rows in np.array_split(order, -(-len(order) // self.batch_size)):
            users, items = self.train.users[rows], self.train.items[rows]
            negatives, ok = self.sampler.draw(users, self.num_negatives, rng)
            all_items = np.concatenate([items[:, None], negatives], axis=1)
            is_positive = self.is_positive[rows, None]
            labels = np.concatenate([is_positive, np.zeros_like(ok)], axis=1)
            weights = np.concatenate([np.ones_like(is_positive), ok & is_positive], axis=1)
            yield users, all_items, labels, weights

    def largest(self) -> PairBatch:
        """Any batch: those of an epoch differ by one event at most."""
        return next(self.batches(np.random.default_rng(0)))[1]

    def loss(self, batch: PairBatch, device: torch.device) -> tuple[Tensor, int]:
        users, items, labels, weights = batch
        num = items.shape[1]
        items_P = torch.from_numpy(items.reshape(-1)).to(device)
        users_P = torch.from_numpy(users.repeat(num)).to(device)
        weights_P = torch.from_numpy(weights.reshape(-1)).float().to(device)
        labels_P = torch.from_numpy(labels.reshape(-1)).float().to(device)
        logits_P = self.model(users_P, items_P)
        correct_P = ((logits_P.detach() > 0) == (labels_P > 0.5)) * weights_P
        self.num_correct += float(correct_P.sum())
        self.num_pairs += float(weights_P.sum())
        return pair_loss(logits_P, labels_P, weights_P) / self.pairs_per_event, len(users)

    def reset_accuracy(self) -> None:
        self.num_correct = self.num_pairs = 0.0

    def accuracy(self) -> float:
        """Share of the epoch's pairs, positive and negative, classified correctly at probability 0.5."""
        return self.num_correct / max(1.0, self.num_pairs)
