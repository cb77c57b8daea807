"""Duplicate rows, order within a second, and warnings about suspicious interactions."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.decode import short
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.data.records import at_lines
from recsys.errors import DataError

EXACT = "exact"  # column with a finer order than TIME, or with the order if there is no time
MIN_EVENTS_TO_EVALUATE = 3  # per user; see sequences/split.py
MANGLED = re.compile(r"\d+([.,]\d+)?E\+\d+", re.IGNORECASE)  # a long number rounded by a spreadsheet
SMALL_TIME = 10_000_000  # seconds; times below are in the first months of 1970, so probably an order
ZERO_SHARE = 0.1


def without_repeats(frame: pd.DataFrame, cells: pd.DataFrame, repairs: list[Repair]) -> pd.DataFrame:
    """Drop duplicate rows; with ratings, keep a user's latest rating of an item.

    Without ratings, repeats are events. Then only rows with the same time that agree in every column of the file
    (`cells`, with the same index) count once. Raises DataError for two different ratings of an item without times.
    """
    time_column = EXACT if EXACT in frame else TIME if TIME in frame else None
    is_repeat = np.zeros(len(frame), dtype=bool)
    if RATING in frame or time_column is not None:
        is_repeat = frame.duplicated([c for c in (USER, ITEM, RATING, time_column) if c in frame]).to_numpy()
    if RATING not in frame and is_repeat.any():
        is_repeat = cells.loc[frame.index].duplicated().to_numpy()
    if is_repeat.any():
        message = f"{int(is_repeat.sum()):,} duplicate rows (repeated, all alike) were dropped."
        repairs.append(at_lines("duplicates", message, frame["line"].to_numpy()[is_repeat]))
        frame = frame[~is_repeat]
    if RATING not in frame or not frame.duplicated([USER, ITEM]).any():
        return frame
    if time_column is None:
        raise _conflict(frame)
    latest = ~frame.sort_values(time_column, kind="stable").duplicated([USER, ITEM], keep="last").sort_index()
    dropped = frame[~latest]
    message = (
        f"{len(dropped):,} ratings gave way to a later one of the same user and item (duplicate): the latest counts."
    )
    repairs.append(at_lines("later_rating", message, dropped["line"].to_numpy()))
    return frame[latest]


def _conflict(frame: pd.DataFrame) -> DataError:
    repeats = frame[frame.duplicated([USER, ITEM])]
    line, user, item = int(repeats["line"].iloc[0]), repeats[USER].iloc[0], repeats[ITEM].iloc[0]
    more = f" {len(repeats):,} lines are like that." if len(repeats) > 1 else ""
    return DataError(
        f"Line {line}: user {short(user)!r} rates item {short(item)!r} again with a different rating, and there are no "
        f"times: a conflict (duplicate).{more} Add times, keep one of the rows, or leave the rating column out.",
        line=line,
        column=RATING,
    )


def in_exact_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by EXACT, if present.

    The order within a second then survives as file order when times are cut to whole seconds.
    """
    return frame.sort_values(EXACT, kind="stable") if EXACT in frame else frame


def warnings_of(log: Interactions) -> list[str]:
    """Warnings: short histories, zeros as ratings, times that look like an order, ids rounded by a spreadsheet."""
    warnings = []
    num_short = int((np.diff(log.offsets)[1:] < MIN_EVENTS_TO_EVALUATE).sum())
    if num_short:
        minimum = f"{MIN_EVENTS_TO_EVALUATE} events, the least for a test (at least {MIN_EVENTS_TO_EVALUATE})"
        users = "No user has" if num_short == log.num_users else f"{num_short:,} of {log.num_users:,} users do not have"
        warnings.append(f"{users} {minimum}: they train, and are not evaluated.")
    if log.ratings is not None:
        zeros, others = log.ratings == 0, log.ratings[log.ratings != 0]
        if zeros.mean() > ZERO_SHARE and len(others) and others.min() >= 1:
            warnings.append(
                f"{int(zeros.sum()):,} ratings are 0 and no other is below 1: does 0 mean that there is none?"
            )
    if log.times is not None and 0 <= log.times.min() < log.times.max() < SMALL_TIME:
        warnings.append(f"Times are small (up to {log.times.max():,}): an order, perhaps. Read as seconds since 1970.")
    mangled = [item for item in log.item_ids if MANGLED.fullmatch(item)]
    if mangled:
        warnings.append(
            f"{len(mangled):,} item ids look rounded by a spreadsheet ({short(mangled[0])!r}): different items may have "
            "become one. Export the column as text."
        )
    return warnings
