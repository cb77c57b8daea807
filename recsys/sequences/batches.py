"""Histories in, padded tensors out. Sequences are padded on the left with PAD; the newest item is last.

Shapes: B histories in a batch, L positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD, Interactions
from recsys.sequences.relevance import is_liked


def left_pad(histories: Sequence[np.ndarray], max_length: int | None = None) -> Tensor:
    """[B, L] int64: the last `max_length` items of each history; L is the longest of them, at least 1."""
    longest = max((len(history) for history in histories), default=1)
    width = max(1, longest if max_length is None else min(longest, max_length))
    items_BL = np.full((len(histories), width), PAD, dtype=np.int64)
    for row, history in enumerate(histories):
        recent = history[-width:]
        items_BL[row, width - len(recent) :] = recent
    return torch.from_numpy(items_BL)


def left_pad_ratings(ratings: Sequence[np.ndarray | None], width: int) -> Tensor:
    """[B, L] float32 beside items padded to L = `width`: the last L ratings of each history; NaN where there is none."""
    ratings_BL = np.full((len(ratings), width), np.nan, dtype=np.float32)
    for row, part in enumerate(ratings):
        if part is not None and len(part):
            recent = part[-width:]
            ratings_BL[row, width - len(recent) :] = recent
    return torch.from_numpy(ratings_BL)


@dataclass(frozen=True)
class SequenceBatch:
    """`targets_BL[b, l]` is the item that followed `items_BL[b, l]`; PAD where there is none to learn from.

    `users_B` are the users' indices; `firsts_B` their first events where the row begins with it, else PAD.
    `ratings_BL` are those of `items_BL`, NaN at padding, or None where the log has none. `earlier_BE` are the events
    before each row that its user already had, padded on the left, or None where every row begins a history.
    """

    items_BL: Tensor
    targets_BL: Tensor
    users_B: Tensor
    firsts_B: Tensor
    ratings_BL: Tensor | None = None
    earlier_BE: Tensor | None = None

    @property
    def num_targets(self) -> int:
        return int((self.targets_BL != PAD).sum())

    def to(self, device: torch.device) -> SequenceBatch:
        return SequenceBatch(
            self.items_BL.to(device),
            self.targets_BL.to(device),
            self.users_B.to(device),
            self.firsts_B.to(device),
            None if self.ratings_BL is None else self.ratings_BL.to(device),
            None if self.earlier_BE is None else self.earlier_BE.to(device),
        )


@dataclass(frozen=True, eq=False)
class Windows:
    """Stretches of a training log, each at most `max_length` steps: the item at `starts` up to before `ends`.

    `targets` [num_events] are the items of the log again, PAD where an event is read and not learnt.
    """

    log: Interactions
    targets: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: np.ndarray) -> Windows:
        return Windows(self.log, self.targets, self.starts[rows], self.ends[rows])

    def batch(self) -> SequenceBatch:
        """All of them."""
        users, places = self.log.users[self.starts], list(zip(self.starts, self.ends, strict=True))
        firsts = np.where(self.starts == self.log.offsets[users], self.targets[self.starts], PAD)
        items_BL = left_pad([self.log.items[start : end - 1] for start, end in places])
        ratings = [self.log.ratings_at(start, end - 1) for start, end in places]
        earlier = [
            self.log.items[self.log.offsets[user] : start] for user, (start, _) in zip(users, places, strict=True)
        ]
        return SequenceBatch(
            items_BL,
            left_pad([self.targets[start + 1 : end] for start, end in places]),
            torch.from_numpy(users),
            torch.from_numpy(firsts),
            None if self.log.ratings is None else left_pad_ratings(ratings, items_BL.shape[1]),
            left_pad(earlier) if any(len(items) for items in earlier) else None,
        )

    @property
    def num_targets(self) -> int:
        return int(self.targets_each.sum())

    @property
    def targets_each(self) -> np.ndarray:
        """[num_windows] how many targets each has; its first item is none."""
        before = np.concatenate([[0], np.cumsum(self.targets != PAD)])
        return before[self.ends] - before[self.starts + 1]


def training_windows(train: Interactions, max_length: int, liked_from: float | None = None) -> Windows:
    """Cuts each history, newest part first, into windows of `max_length` inputs, each with its next items.

    Every event but a user's first is a target exactly once, with `liked_from` every one rated that or more; what was
    not liked is read all the same. Users with a single event and stretches without a target give no window.
    """
    starts, ends = [], []
    for first, end in zip(train.offsets[:-1], train.offsets[1:], strict=True):
        while end - first >= 2:
            start = max(first, end - max_length - 1)
            starts.append(start)
            ends.append(end)
            end = start + 1  # the first item of this window is the last target of the one before
    targets = np.where(is_liked(train, liked_from), train.items, PAD)
    windows = Windows(train, targets, np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64))
    return windows.take(np.flatnonzero(windows.targets_each))


def split_by_targets(windows: Windows, batch_size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows of each batch: every window once, windows of like length together, about equally many targets in each.

    There are as many batches as batches of `batch_size` windows would be, so short windows stand in larger batches and
    long ones in smaller. A batch differs from the mean by less than the targets of one window.
    """
    order = rng.permutation(len(windows))
    order = order[np.argsort((windows.ends - windows.starts)[order], kind="stable")]  # like lengths: less padding
    targets = windows.targets_each[order]
    middles = np.cumsum(targets) - targets / 2
    batch = (middles * num_batches(windows, batch_size) / targets.sum()).astype(np.int64)
    return np.split(order, np.flatnonzero(np.diff(batch)) + 1)


def num_batches(windows: Windows, batch_size: int) -> int:
    return -(-len(windows) // batch_size)


def sequence_batches(windows: Windows, batch_size: int, rng: np.random.Generator) -> Iterator[SequenceBatch]:
    """One epoch: the batches of `split_by_targets` in random order."""
    chunks = split_by_targets(windows, batch_size, rng)
    for index in rng.permutation(len(chunks)):
        yield windows.take(chunks[index]).batch()
