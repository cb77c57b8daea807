"""Padded batches of histories. Sequences are padded on the left with PAD; the newest item is last.

Shapes: B histories in a batch, L positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD, Interactions
from recsys.sequences.relevance import is_liked


def left_pad(histories: Sequence[np.ndarray], max_length: int | None = None) -> Tensor:
    """[B, L] int64: the last `max_length` items of each history; L is the longest length, at least 1."""
    longest = max((len(history) for history in histories), default=1)
    width = max(1, longest if max_length is None else min(longest, max_length))
    items_BL = np.full((len(histories), width), PAD, dtype=np.int64)
    for row, history in enumerate(histories):
        recent = history[-width:]
        items_BL[row, width - len(recent) :] = recent
    return torch.from_numpy(items_BL)


def left_pad_ratings(ratings: Sequence[np.ndarray | None], width: int) -> Tensor:
    """[B, L] float32 for items padded to L = `width`: the last L ratings of each history, NaN if missing."""
    ratings_BL = np.full((len(ratings), width), np.nan, dtype=np.float32)
    for row, part in enumerate(ratings):
        if part is not None and len(part):
            recent = part[-width:]
            ratings_BL[row, width - len(recent) :] = recent
    return torch.from_numpy(ratings_BL)


@dataclass(frozen=True)
class SequenceBatch:
    """A batch of windows. `targets_BL[b, l]` is the item that followed `items_BL[b, l]`, PAD if there is no target.

    `users_B` are user indices. `firsts_B` is the user's first item if the row starts with it, else PAD. `ratings_BL`
    are the ratings of `items_BL`, NaN at padding, or None if there are none. `earlier_BE` are the user's items before
    each row, padded on the left, or None if every row starts a history.
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
    """Windows over training histories: events from `starts` to `ends` (exclusive), at most `max_length` + 1 each.

    `targets` [num_events] are the items again, PAD for an event that is an input but not a target. `with_firsts`: a user's
    first event is a target, too, as for a model that knows the user before it.
    """

    log: Interactions
    targets: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    with_firsts: bool = False

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: np.ndarray) -> Windows:
        return replace(self, starts=self.starts[rows], ends=self.ends[rows])

    def batch(self) -> SequenceBatch:
        """All windows as one batch."""
        users, spans = self.log.users[self.starts], list(zip(self.starts, self.ends, strict=True))
        firsts = np.where(self.starts == self.log.offsets[users], self.targets[self.starts], PAD)
        items_BL = left_pad([self.log.items[start : end - 1] for start, end in spans])
        ratings = [self.log.ratings_at(start, end - 1) for start, end in spans]
        earlier = [
            self.log.items[self.log.offsets[user] : start] for user, (start, _) in zip(users, spans, strict=True)
        ]
        return SequenceBatch(
            items_BL,
            left_pad([self.targets[start + 1 : end] for start, end in spans]),
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
        """[num_windows] number of targets in each window; its first item is none, but for a user's first event."""
        before = np.concatenate([[0], np.cumsum(self.targets != PAD)])
        is_first = self.with_firsts & (self.starts == self.log.offsets[self.log.users[self.starts]])
        return before[self.ends] - before[self.starts + ~is_first]


def training_windows(
    train: Interactions, max_length: int, liked_from: float | None = None, *, with_firsts: bool = False
) -> Windows:
    """Cut each history, newest part first, into windows of `max_length` inputs and their next items.

    Every event but a user's first is a target exactly once. With `liked_from` only those rated that or more are
    targets; the others are still inputs. Users with a single event and stretches without a target give no window.
    """
    starts, ends = [], []
    for first, end in zip(train.offsets[:-1], train.offsets[1:], strict=True):
        while end - first >= 2:
            start = max(first, end - max_length - 1)
            starts.append(start)
            ends.append(end)
            end = start + 1  # the first item of this window is the last target of the next older one
    targets = np.where(is_liked(train, liked_from), train.items, PAD)
    windows = Windows(train, targets, np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), with_firsts)
    return windows.take(np.flatnonzero(windows.targets_each))


def split_by_targets(windows: Windows, batch_size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows of each batch: every window once, similar lengths together, about the same number of targets per batch.

    There are as many batches as with `batch_size` windows each, so batches of short windows are larger and batches of
    long windows smaller. A batch differs from the mean by less than the targets of one window.
    """
    order = rng.permutation(len(windows))
    order = order[np.argsort((windows.ends - windows.starts)[order], kind="stable")]  # similar lengths: less padding
    targets = windows.targets_each[order]
    midpoints = np.cumsum(targets) - targets / 2
    batch = (midpoints * num_batches(windows, batch_size) / targets.sum()).astype(np.int64)
    return np.split(order, np.flatnonzero(np.diff(batch)) + 1)


def num_batches(windows: Windows, batch_size: int) -> int:
    return -(-len(windows) // batch_size)


def sequence_batches(windows: Windows, batch_size: int, rng: np.random.Generator) -> Iterator[SequenceBatch]:
    """One epoch: the batches of `split_by_targets` in random order."""
    chunks = split_by_targets(windows, batch_size, rng)
    for index in rng.permutation(len(chunks)):
        yield windows.take(chunks[index]).batch()
