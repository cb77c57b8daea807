"""What can be done about events whose time cannot be read: each event has a time or none has."""

from __future__ import annotations

import numpy as np

from recsys.data.importing.column import Column
from recsys.data.importing.faults import DROP_ROWS, Treatment
from recsys.messages import Message, message

BESIDE = Treatment(
    name="beside", label=message("give them the time of the row before: the file is in the order of time")
)
UNTIMED = Treatment(name="untimed", label=message("use no times at all: events keep the order of the file"))


def ask_time(
    column: Column, kind: str, bad: np.ndarray, fault: Message, treatments: tuple[Treatment, ...], **values: object
) -> None:
    """Ask about times that are not right; `column.timeless` collects those that get the time of the row before."""
    if column.ask(kind, bad, fault, treatments, DROP_ROWS.name, None, **values) == BESIDE.name:
        is_bad = np.zeros(len(column.counts), dtype=bool)
        is_bad[bad] = True
        column.timeless |= is_bad[column.codes]


def beside(column: Column, times: np.ndarray) -> np.ndarray:
    """[num_rows] times, those of timeless rows from the row before that has one; from the first one where none is before."""
    if not column.timeless.any():
        return times
    has_none = column.timeless | column.dropped
    source = np.maximum.accumulate(np.where(has_none, -1, np.arange(len(times))))
    return np.where(column.timeless, times[np.where(source < 0, np.argmin(has_none), source)], times)


def without_time(column: Column, seconds: np.ndarray, is_right: np.ndarray) -> tuple[Treatment, ...]:
    """What can be done about events whose time is not right: each event has a time or none has.

    The row before is close in time where the right times of the file rise, or fall, from its first row to its last.
    """
    if column.file != "interactions":
        return (DROP_ROWS,)
    steps = np.diff(column.filled(seconds)[column.filled(is_right)])
    is_sorted = len(steps) > 0 and ((steps >= 0).all() or (steps <= 0).all()) and steps.any()
    return (DROP_ROWS, BESIDE, UNTIMED) if is_sorted else (DROP_ROWS, UNTIMED)
