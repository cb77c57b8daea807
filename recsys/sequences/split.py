"""Leave-one-out split: each user's last event is the test target, the one before it the validation target.

Users with fewer than 3 events are used for training only. Models are fitted on the training events; the history of a
test target is training + validation. Interactions too short to evaluate give empty targets, which callers report. Only
a threshold that does not separate events is refused.

Cold-start items: a share of the items can be held out of training entirely, as if they were new. Each of their events
is a target of `cold`. Models are not selected on them, so they are not validation targets; they stay test targets.
Histories keep the events of held-out items.

The second protocol, the global time split, is in time_split.py.

Relevance threshold: with `liked_from`, only events rated that or more are targets, in training and evaluation.
Positions do not change: a user whose last event is not liked has no test target. Histories keep all events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from recsys.data.interactions import Interactions
from recsys.sequences.relevance import check_threshold, is_liked

SplitName = Literal["validation", "test"]
MIN_EVENTS_TO_EVALUATE = 3
COLD_SEED = 20_240_501  # do not change: runs on the same dataset hold out the same items, and stored runs depend on it
MAX_COLD_TARGETS = 20_000


@dataclass(frozen=True, eq=False)
class Targets:
    """Held-out items: `users` and `items` [num_targets], and `ends`, where the history before each target ends."""

    log: Interactions
    users: np.ndarray
    items: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.users)

    def history(self, row: int) -> np.ndarray:
        """Item indices before the target of `row`, oldest first. A view: do not modify it."""
        return self.log.items[self.log.offsets[self.users[row]] : self.ends[row]]

    def ratings(self, row: int) -> np.ndarray | None:
        """Ratings of `history(row)`; None if there are none. A view."""
        return self.log.ratings_at(self.log.offsets[self.users[row]], self.ends[row])

    def take(self, rows: np.ndarray) -> Targets:
        return Targets(self.log, self.users[rows], self.items[rows], self.ends[rows])


@dataclass(frozen=True, eq=False)
class TimeCut:
    """Cut of a time split, in seconds since 1970: test targets lie at or after `time`, validation targets at or after
    `validation` and before `time`.

    `before` holds the events before `time`. `cold_users` are the test targets of users without an event before it.
    """

    time: int
    validation: int
    before: Interactions
    cold_users: Targets


@dataclass(frozen=True, eq=False)
class Split:
    """`train` holds the events that models read, `positives` those worth recommending; both keep the ids and indices.

    With `liked_from` only events rated that or more are positives and targets. `cold_items` [num_cold_items] are the
    sorted indices of the items held out of training, and `cold` their targets; both are empty if none is held out.
    `time_cut` is None for leave-one-out. `held_out_users` are the sorted indices of the users whose events were left out
    before the split (held_out_users.py); `log` is without them.
    """

    log: Interactions
    train: Interactions
    validation: Targets
    test: Targets
    cold: Targets
    cold_items: np.ndarray
    liked_from: float | None = None
    time_cut: TimeCut | None = None
    held_out_users: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @cached_property
    def positives(self) -> Interactions:
        """Training events worth recommending: all, or the liked ones."""
        return self.train if self.liked_from is None else self.train.keep(is_liked(self.train, self.liked_from))

    @property
    def hide_seen(self) -> bool:
        """Whether seen items are excluded from the candidates: yes unless the interactions contain repeats.

        With a time split only those before the cut count: training follows this, too.
        """
        return not (self.log if self.time_cut is None else self.time_cut.before).has_repeats

    @property
    def evaluated_users(self) -> np.ndarray:
        """Users with a validation or a test target, sorted."""
        return np.union1d(self.validation.users, self.test.users)

    def targets(self, name: SplitName) -> Targets:
        return self.test if name == "test" else self.validation


def leave_one_out(
    log: Interactions, cold_share: float = 0.0, liked_from: float | None = None, seed: int = COLD_SEED
) -> Split:
    """Split by position: the last event of each user is for test, the one before for validation.

    `cold_share` (0 to 0.5) of the items with an event, at least one if above 0, are drawn with `seed` and held out of
    training. A larger share holds out the same items and more. `cold` has all their events, or MAX_COLD_TARGETS of
    them drawn with the same seed, in the order of the interactions.

    With `liked_from` only events rated that or more are targets. Raises SettingError if all or none are.
    """
    check_threshold(log, liked_from)
    rng = np.random.default_rng(seed)
    cold_items = _draw_cold_items(log, cold_share, rng)
    is_cold = np.zeros(log.num_items + 1, dtype=bool)
    is_cold[cold_items] = True
    lengths = np.diff(log.offsets)
    evaluated = np.flatnonzero(lengths >= MIN_EVENTS_TO_EVALUATE)
    last = log.offsets[evaluated + 1] - 1
    held_out = is_cold[log.items]
    is_target = is_liked(log, liked_from)
    cold_events = np.flatnonzero(held_out & is_target)
    if len(cold_events) > MAX_COLD_TARGETS:
        cold_events = np.sort(rng.choice(cold_events, MAX_COLD_TARGETS, replace=False))
    held_out[last] = held_out[last - 1] = True
    return Split(
        log=log,
        train=log.keep(~held_out),
        validation=targets_at(log, (last - 1)[(is_target & ~is_cold[log.items])[last - 1]]),
        test=targets_at(log, last[is_target[last]]),
        cold=targets_at(log, cold_events),
        cold_items=cold_items,
        liked_from=liked_from,
    )


def _draw_cold_items(log: Interactions, share: float, rng: np.random.Generator) -> np.ndarray:
    assert 0 <= share <= 0.5, "checked where it was asked for"
    if not share:
        return np.empty(0, dtype=np.int64)
    with_events = np.flatnonzero(log.item_counts)
    return np.sort(rng.permutation(with_events)[: max(1, round(share * len(with_events)))])


def targets_at(log: Interactions, positions: np.ndarray) -> Targets:
    """The events at these positions as targets."""
    return Targets(log, log.users[positions], log.items[positions], positions)
