"""Leave-one-out: each user's last event is the test target, the one before it the validation target.

Users with fewer than 3 events train and are not evaluated. Models are fitted on the training events only;
the history given with a test target is training + validation. A log too short to evaluate gives empty targets,
and who reads them says so. Refused is only a threshold that tells nothing apart.

Cold start: a share of the items can be held out of training entirely, as if they had just been put into the shop.
Each of their events is then a target of `cold`. No model is chosen on them, so validation has none; the test keeps
its own. A history stays what the user did, with events of held-out items in it.

What will be liked: with a threshold only events rated as much are targets, to learn from and to be asked for. The
places stay: a user whose last event was not liked has no test target. Histories again stay what the user did.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from recsys.data.interactions import Interactions
from recsys.sequences.relevance import check_threshold, is_liked

SplitName = Literal["validation", "test"]
MIN_EVENTS_TO_EVALUATE = 3
COLD_SEED = 20_240_501  # never another: runs on the same data hold out the same items, and kept runs open as they were
MAX_COLD_TARGETS = 20_000


@dataclass(frozen=True, eq=False)
class Targets:
    """`users`, `items` [num_targets]: who is asked for and what they touched next; the history ends before it."""

    log: Interactions
    users: np.ndarray
    items: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.users)

    def history(self, row: int) -> np.ndarray:
        """The item indices before the target of `row`, oldest first. A view: do not change it."""
        return self.log.items[self.log.offsets[self.users[row]] : self.ends[row]]

    def ratings(self, row: int) -> np.ndarray | None:
        """Those of the events of `history(row)`; None where the log has none. A view."""
        return self.log.ratings_at(self.log.offsets[self.users[row]], self.ends[row])

    def take(self, rows: np.ndarray) -> Targets:
        return Targets(self.log, self.users[rows], self.items[rows], self.ends[rows])


@dataclass(frozen=True, eq=False)
class Split:
    """`train` holds the events to read, under the ids and indices of the whole log; `positives` those to recommend.

    With `liked_from` only events rated that or more are positives and targets. `cold_items` [num_cold_items] are the
    indices of the items held out of training, sorted; `cold` asks for them. Both are empty where none is held out.
    """

    log: Interactions
    train: Interactions
    validation: Targets
    test: Targets
    cold: Targets
    cold_items: np.ndarray
    liked_from: float | None = None

    @cached_property
    def positives(self) -> Interactions:
        """The training events that somebody might want recommended: all, or the liked ones."""
        return self.train if self.liked_from is None else self.train.keep(is_liked(self.train, self.liked_from))

    @property
    def hide_seen(self) -> bool:
        """Whether what a user has seen is no candidate: so unless the log holds repeats."""
        return not self.log.has_repeats

    @property
    def evaluated_users(self) -> np.ndarray:
        """The users with a validation or a test target, sorted."""
        return np.union1d(self.validation.users, self.test.users)

    def targets(self, name: SplitName) -> Targets:
        return self.test if name == "test" else self.validation


def leave_one_out(
    log: Interactions, cold_share: float = 0.0, liked_from: float | None = None, seed: int = COLD_SEED
) -> Split:
    """Splits a log by position: the last event of each user is for test, the one before for validation.

    `cold_share` (0 to 0.5) of the items with an event, at least one where it is above 0, are drawn with `seed` and held
    out of training; a larger share holds out the same items and more. `cold` has all of their events, or
    MAX_COLD_TARGETS of them drawn with the same seed, in the order of the log.

    With `liked_from` only events rated that or more are targets. Raises SettingError where this is all or none of them.
    """
    check_threshold(log, liked_from)
    rng = np.random.default_rng(seed)
    cold_items = _drawn_items(log, cold_share, rng)
    is_cold = np.zeros(log.num_items + 1, dtype=bool)
    is_cold[cold_items] = True
    lengths = np.diff(log.offsets)
    evaluated = np.flatnonzero(lengths >= MIN_EVENTS_TO_EVALUATE)
    last = log.offsets[evaluated + 1] - 1
    held_out = is_cold[log.items]
    is_target = is_liked(log, liked_from)
    asked_cold = np.flatnonzero(held_out & is_target)
    if len(asked_cold) > MAX_COLD_TARGETS:
        asked_cold = np.sort(rng.choice(asked_cold, MAX_COLD_TARGETS, replace=False))
    held_out[last] = held_out[last - 1] = True
    return Split(
        log=log,
        train=log.keep(~held_out),
        validation=_targets_at(log, (last - 1)[(is_target & ~is_cold[log.items])[last - 1]]),
        test=_targets_at(log, last[is_target[last]]),
        cold=_targets_at(log, asked_cold),
        cold_items=cold_items,
        liked_from=liked_from,
    )


def _drawn_items(log: Interactions, share: float, rng: np.random.Generator) -> np.ndarray:
    assert 0 <= share <= 0.5, "checked where it was asked for"
    if not share:
        return np.empty(0, dtype=np.int64)
    touched = np.flatnonzero(log.item_counts)
    return np.sort(rng.permutation(touched)[: max(1, round(share * len(touched)))])


def _targets_at(log: Interactions, places: np.ndarray) -> Targets:
    """The events at these places of the log as targets."""
    return Targets(log, log.users[places], log.items[places], places)
