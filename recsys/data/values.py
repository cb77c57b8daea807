"""Parsing of text cells into ids, numbers, clicks and times.

Each parser takes a `Column`, returns its values and adds repairs to it. Ambiguous cells are refused. Each distinct
text is parsed once, which keeps long columns fast.
"""

from __future__ import annotations

import re
import time as clock
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.decode import short
from recsys.errors import DataError

MAX_ID_LENGTH = 512
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # could also be a thousands separator
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
YEAR_FIRST = re.compile(r"\d{4}-?\d\d")
DAY_MONTH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)")
UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
MAX_TIME_DIGITS = 17
CLICKS = {"1": True, "true": True, "0": False, "false": False}


def _no_time(text: str) -> str:
    return f"{text} is not a time. Write seconds since 1970 or a date like 2024-05-31."


class Column:
    """One column of an upload: cells, their lines, and its name in messages."""

    def __init__(self, cells: pd.Series, lines: np.ndarray, name: str, role: str) -> None:
        self.codes, distinct = pd.factorize(cells)
        self.distinct: list[str] = distinct.to_numpy(dtype=object).tolist()
        self.lines, self.name, self.role = lines, name, role
        self.repairs: list[Repair] = []
        self.finer: np.ndarray | None = None  # [num_rows] times with fractions of a second, if any

    def places(self, bad: list[int]) -> list[int]:
        """Lines of the cells whose distinct text is among `bad`, in file order."""
        return [int(line) for line in self.lines[np.isin(self.codes, bad)]]

    def fail(self, bad: list[int], what: Callable[[str], str]) -> DataError:
        """The error for the first bad cell; `what` describes what is wrong with its text."""
        lines = self.places(bad)
        first = self.distinct[int(self.codes[np.isin(self.codes, bad)][0])]
        more = f" {len(lines)} lines are like that." if len(lines) > 1 else ""
        column = self.role if self.name == self.role else f"{short(self.name)} ({self.role})"
        message = f"Line {lines[0]}, column {column}: {what(short(first))}{more}"
        return DataError(message, line=lines[0], column=self.role)

    def note(self, kind: str, message: str, bad: list[int] | None = None) -> None:
        lines = self.places(bad) if bad else []
        self.repairs.append(Repair(kind=kind, message=message, count=max(1, len(lines)), lines=tuple(lines[:10])))

    def filled(self, values: list[object] | np.ndarray) -> np.ndarray:
        return np.asarray(values)[self.codes]


def parse_ids(column: Column) -> np.ndarray:
    """Parse ids as text: surrounding blanks trimmed, Unicode normalised to NFC, otherwise as written."""
    stripped = [text.strip() for text in column.distinct]
    ids = [unicodedata.normalize("NFC", text) for text in stripped]
    if empty := [i for i, text in enumerate(ids) if not text]:
        raise column.fail(empty, lambda _: "the id is empty (missing). Every row needs one.")
    if long := [i for i, text in enumerate(ids) if len(text) > MAX_ID_LENGTH]:
        size = max(len(ids[i]) for i in long)
        raise column.fail(long, lambda _: f"the id is {size:,} characters long; at most {MAX_ID_LENGTH} are taken.")
    if control := [i for i, text in enumerate(ids) if CONTROL.search(text)]:
        raise column.fail(control, lambda text: f"the id {text!r} holds control characters. Remove them.")
    if padded := [i for i, text in enumerate(stripped) if text != column.distinct[i]]:
        column.note("trimmed", f"Blanks (whitespace) around ids in {column.name} were trimmed.", padded)
    if changed := [i for i, text in enumerate(ids) if text != stripped[i]]:
        column.note("unicode", f"Ids in {column.name} were brought to one Unicode form (NFC, normalised).", changed)
    return column.filled(np.array(ids, dtype=object))


def parse_numbers(column: Column, scale: tuple[float, float] | None = None) -> np.ndarray:
    """Parse finite numbers as float32. Decimal commas and digits of other scripts are read if consistent."""
    texts = [text.strip() for text in column.distinct]
    digits = [_ascii_digits(text) for text in texts]
    if changed := [i for i, text in enumerate(digits) if text != texts[i]]:
        column.note("digits", f"Digits of another script in {column.name} were read as numbers.", changed)
    if empty := [i for i, text in enumerate(digits) if not text]:
        raise column.fail(empty, lambda _: f"the {column.role} is empty (missing). Fill it or remove the row.")
    commas = [i for i, text in enumerate(digits) if DECIMAL_COMMA.fullmatch(text)]
    if commas:
        if any("." in text for text in digits):
            raise column.fail(commas, lambda text: f"{text} has a decimal comma where other numbers have a point.")
        if all(THOUSANDS.fullmatch(digits[i]) for i in commas):
            raise column.fail(commas, lambda text: f"{text}: decimal comma or thousands? Write the number without it.")
        digits = [text.replace(",", ".") for text in digits]
        column.note("decimal_comma", f"A decimal comma in {column.name} was read as a decimal point.", commas)
    if bad := [i for i, text in enumerate(digits) if not PLAIN_NUMBER.fullmatch(text)]:
        raise column.fail(bad, lambda text: f"{text} is not a finite number. Write it as a number such as 4 or 3.5.")
    values = np.array([float(text) for text in digits])
    if not (np.abs(values) < 1e30).all():
        bad = [int(i) for i in np.flatnonzero(~(np.abs(values) < 1e30))]
        raise column.fail(bad, lambda text: f"{text} is too large to be finite here.")
    if scale is not None and (bad := [int(i) for i in np.flatnonzero((values < scale[0]) | (values > scale[1]))]):
        raise column.fail(bad, lambda text: f"{text} is outside the scale of {scale[0]:g} to {scale[1]:g}.")
    if len(np.unique(values)) == 1 and len(column.codes) > 1 and column.role == "rating":
        column.note(
            "constant", "Every rating is the same (constant): it tells nothing, events count as such (implicit)."
        )
    return column.filled(values).astype("float32")


def parse_clicks(column: Column) -> np.ndarray:
    """Parse yes or no as bool, from 1 and 0 or true and false."""
    texts = [_ascii_digits(text.strip()).lower() for text in column.distinct]
    if empty := [i for i, text in enumerate(texts) if not text]:
        raise column.fail(empty, lambda _: f"the cell is empty (missing). Write 1 for {column.role}, 0 for not.")
    if bad := [i for i, text in enumerate(texts) if text not in CLICKS]:
        raise column.fail(bad, lambda text: f"{text} is neither yes nor no. Write 1 or 0, or true or false.")
    return column.filled(np.array([CLICKS[text] for text in texts], dtype=bool))


def parse_times(column: Column) -> np.ndarray:
    """Parse times as int64 seconds since 1970, from seconds, milliseconds, microseconds or dates; one kind per column.

    Fractions of a second are cut, and kept in `column.finer` because they order the events.
    """
    texts = [text.strip() for text in column.distinct]
    all_text = "".join(texts)
    if all_text.isascii() and all_text.isdigit() and all(texts):  # whole numbers only: the common case, fast
        exact = _in_seconds(column, texts)
    else:
        exact = _mixed_times(column, [_ascii_digits(text) for text in texts])
    seconds = np.floor(exact)
    if (exact != seconds).any():
        column.finer = column.filled(exact)
    if (seconds < 0).any():
        column.note(
            "before_1970", "Some times are before 1970 (negative).", [int(i) for i in np.flatnonzero(seconds < 0)]
        )
    late = np.flatnonzero(seconds > clock.time() + 366 * 86_400)
    if len(late):
        year = int(1970 + seconds.max() / 31_556_952)
        column.note("future", f"Some times are in the future (up to the year {year}).", [int(i) for i in late])
    if len(np.unique(seconds)) == 1 and len(column.codes) > 1:
        column.note("constant_time", "Every time is the same (constant): events keep the order of the file.")
    return column.filled(seconds).astype("int64")


def _mixed_times(column: Column, texts: list[str]) -> np.ndarray:
    if empty := [i for i, text in enumerate(texts) if not text]:
        raise column.fail(empty, lambda _: "the time is empty (missing). Fill it, or leave the column out.")
    numeric = [bool(PLAIN_NUMBER.fullmatch(text)) for text in texts]
    if sum(numeric) <= len(texts) / 2:
        return _dates(column, texts)
    if bad := [i for i, is_number in enumerate(numeric) if not is_number]:
        raise column.fail(bad, _no_time)
    return _in_seconds(column, texts)


def _in_seconds(column: Column, texts: list[str]) -> np.ndarray:
    values = np.array(texts, dtype="float64")
    if bad := [int(i) for i in np.flatnonzero(~(np.abs(values) < 10.0**MAX_TIME_DIGITS))]:
        raise column.fail(bad, lambda text: f"{text} is too large for a time in seconds since 1970.")
    size = np.abs(values)
    unit = np.where(size >= 1e14, 2, np.where(size >= 1e11, 1, 0))
    units = np.unique(unit[size > 0]) if (size > 0).any() else np.array([0])
    if len(units) > 1:
        first = unit[column.codes[0]]
        names = list(UNITS)
        bad = [int(i) for i in np.flatnonzero((unit != first) & (size > 0))]
        raise column.fail(
            bad,
            lambda text: f"{text} is in {names[unit[bad[0]]]} while earlier times are in {names[first]}: mixed units.",
        )
    name, divisor = list(UNITS.items())[int(units[0])]
    if divisor > 1:
        column.note("time_unit", f"Times are in {name}: read as such.")
    return values / divisor


def _dates(column: Column, texts: list[str]) -> np.ndarray:
    parts = [DAY_MONTH.fullmatch(text) for text in texts]
    if any(parts) and all(parts):
        texts = _day_month(column, [(m[1], m[2], m[3], m[4]) for m in parts if m])
    stamps = pd.to_datetime(pd.Series(texts, dtype="str"), format="ISO8601", utc=True, errors="coerce")
    has_year = np.array([bool(YEAR_FIRST.match(text)) for text in texts])  # pandas would also read words such as "now"
    if bad := [int(i) for i in np.flatnonzero(stamps.isna().to_numpy() | ~has_year)]:
        raise column.fail(bad, _no_time)
    column.note("dates", "Times were read as ISO dates; without a time zone as UTC.")
    epoch = pd.Timestamp(0, tz="UTC")
    return ((stamps - epoch) / pd.Timedelta(seconds=1)).to_numpy("float64")


def _day_month(column: Column, parts: list[tuple[str, str, str, str]]) -> list[str]:
    day_first, month_first = any(int(p[0]) > 12 for p in parts), any(int(p[1]) > 12 for p in parts)
    if day_first == month_first:
        reason = "days and months change places" if day_first else "day or month first?"
        raise column.fail(
            list(range(len(parts))),
            lambda text: f"the date format of {text} is ambiguous ({reason}). Write dates as 2021-04-03.",
        )
    column.note("date_order", f"Dates were read with the {'day' if day_first else 'month'} first.")
    order = (1, 0) if day_first else (0, 1)
    return [f"{p[2]}-{int(p[order[0]]):02d}-{int(p[order[1]]):02d}{p[3]}" for p in parts]


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
