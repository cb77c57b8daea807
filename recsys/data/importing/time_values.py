"""Times as seconds since 1970."""

from __future__ import annotations

import re
import time as clock

import numpy as np
import pandas as pd

from recsys.data.importing.column import Column
from recsys.data.importing.number_values import PLAIN_NUMBER, ascii_digits
from recsys.messages import message

YEAR_FIRST = re.compile(r"\d{4}-?\d\d")
DAY_MONTH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)")
UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
UNIT_NAMES = {
    "seconds": message("seconds"),
    "milliseconds": message("milliseconds"),
    "microseconds": message("microseconds"),
}
MAX_TIME_DIGITS = 17
NO_TIME = message("{text} is not a time. Write seconds since 1970 or a date like 2024-05-31.")


def parse_times(column: Column) -> np.ndarray:
    """Parse times as int64 seconds since 1970, from seconds, milliseconds, microseconds or dates; one kind per column.

    Fractions of a second are cut, and kept in `column.finer` because they order the events.
    """
    if (plain := _plain_seconds(column)) is not None:
        return plain
    texts = [text.strip() for text in column.distinct]
    all_text = "".join(texts)
    if all_text.isascii() and all_text.isdigit() and all(texts):  # whole numbers only: the common case, fast
        exact = _in_seconds(column, texts)
    else:
        exact = _mixed_times(column, [ascii_digits(text) for text in texts])
    seconds = np.floor(exact)
    if (exact != seconds).any():
        column.finer = column.filled(exact)
    if (seconds < 0).any():
        column.note(
            "before_1970",
            message("Some times are before 1970 (negative)."),
            [int(i) for i in np.flatnonzero(seconds < 0)],
        )
    late = np.flatnonzero(seconds > clock.time() + 366 * 86_400)
    if len(late):
        year = int(1970 + seconds.max() / 31_556_952)
        column.note(
            "future",
            message("Some times are in the future (up to the year {year}).", year=year),
            [int(i) for i in late],
        )
    if len(np.unique(seconds)) == 1 and len(column.codes) > 1:
        column.note("constant_time", message("Every time is the same (constant): events keep the order of the file."))
    return column.filled(seconds).astype("int64")


def _plain_seconds(column: Column) -> np.ndarray | None:
    """Times that can only be seconds, 9 or 10 digits that are not in the future nor all the same; None for others. Fast."""
    seconds = column.whole_numbers
    if seconds is None or not len(seconds):
        return None
    first, last = seconds.min(), seconds.max()
    return seconds if 100_000_000 <= first < last <= clock.time() else None


def _mixed_times(column: Column, texts: list[str]) -> np.ndarray:
    if empty := [i for i, text in enumerate(texts) if not text]:
        raise column.fail(empty, message("the time is empty (missing). Fill it, or leave the column out."))
    numeric = [bool(PLAIN_NUMBER.fullmatch(text)) for text in texts]
    if sum(numeric) <= len(texts) / 2:
        return _dates(column, texts)
    if bad := [i for i, is_number in enumerate(numeric) if not is_number]:
        raise column.fail(bad, NO_TIME)
    return _in_seconds(column, texts)


def _in_seconds(column: Column, texts: list[str]) -> np.ndarray:
    values = np.array(texts, dtype="float64")
    if bad := [int(i) for i in np.flatnonzero(~(np.abs(values) < 10.0**MAX_TIME_DIGITS))]:
        raise column.fail(bad, message("{text} is too large for a time in seconds since 1970."))
    size = np.abs(values)
    unit = np.where(size >= 1e14, 2, np.where(size >= 1e11, 1, 0))
    units = np.unique(unit[size > 0]) if (size > 0).any() else np.array([0])
    if len(units) > 1:
        first = unit[column.codes[0]]
        names = list(UNIT_NAMES.values())
        bad = [int(i) for i in np.flatnonzero((unit != first) & (size > 0))]
        fault = message("{text} is in {unit} while earlier times are in {earlier}: mixed units.")
        raise column.fail(bad, fault, unit=names[unit[bad[0]]], earlier=names[first])
    name, divisor = list(UNITS.items())[int(units[0])]
    if divisor > 1:
        column.note("time_unit", message("Times are in {unit}: read as such.", unit=UNIT_NAMES[name]))
    return values / divisor


def _dates(column: Column, texts: list[str]) -> np.ndarray:
    parts = [DAY_MONTH.fullmatch(text) for text in texts]
    if any(parts) and all(parts):
        texts = _day_month(column, [(m[1], m[2], m[3], m[4]) for m in parts if m])
    stamps = pd.to_datetime(pd.Series(texts, dtype="str"), format="ISO8601", utc=True, errors="coerce")
    has_year = np.array([bool(YEAR_FIRST.match(text)) for text in texts])  # pandas would also read words such as "now"
    if bad := [int(i) for i in np.flatnonzero(stamps.isna().to_numpy() | ~has_year)]:
        raise column.fail(bad, NO_TIME)
    column.note("dates", message("Times were read as ISO dates; without a time zone as UTC."))
    epoch = pd.Timestamp(0, tz="UTC")
    return ((stamps - epoch) / pd.Timedelta(seconds=1)).to_numpy("float64")


def _day_month(column: Column, parts: list[tuple[str, str, str, str]]) -> list[str]:
    day_first, month_first = any(int(p[0]) > 12 for p in parts), any(int(p[1]) > 12 for p in parts)
    if day_first == month_first:
        fault = (
            message(
                "the date format of {text} is ambiguous (days and months change places). Write dates as 2021-04-03."
            )
            if day_first
            else message("the date format of {text} is ambiguous (day or month first?). Write dates as 2021-04-03.")
        )
        raise column.fail(list(range(len(parts))), fault)
    by_day, by_month = message("Dates were read with the day first."), message("Dates were read with the month first.")
    column.note("date_order", by_day if day_first else by_month)
    order = (1, 0) if day_first else (0, 1)
    return [f"{p[2]}-{int(p[order[0]]):02d}-{int(p[order[1]]):02d}{p[3]}" for p in parts]
