"""Leave-one-out: each user's last event is the test target, the one before it the validation target.

Users with fewer than 3 events train and are not evaluated. Models are fitted on the training events only;
the history given with a test target is training + validation. Refuses nothing: a log too short to evaluate
gives empty targets, and who reads them says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.data.interactions import Interactions

SplitName = Literal["validation", "test"]
MIN_EVENTS_TO_EVALUATE = 3


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

    def take(self, rows: np.ndarray) -> Targets:
        return Targets(self.log, self.users[rows], self.items[rows], self.ends[rows])


@dataclass(frozen=True, eq=False)
class Split:
    """`train` holds the events to fit on, under the ids and indices of the whole log."""

    log: Interactions
    train: Interactions
    validation: Targets
    test: Targets

    def targets(self, name: SplitName) -> Targets:
        return self.test if name == "test" else self.validation


def leave_one_out(log: Interactions) -> Split:
    """Splits a log by position: the last event of each user is for test, the one before for validation."""
    lengths = np.diff(log.offsets)
    evaluated = np.flatnonzero(lengths >= MIN_EVENTS_TO_EVALUATE)
    last = log.offsets[evaluated + 1] - 1
    held_out = np.zeros(len(log), dtype=bool)
    held_out[last] = held_out[last - 1] = True
    return Split(
        log=log,
        train=log.keep(~held_out),
        validation=Targets(log, evaluated, log.items[last - 1], last - 1),
        test=Targets(log, evaluated, log.items[last], last),
    )
