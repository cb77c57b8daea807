"""Parsing of text cells into ids, numbers, clicks and times.

Each parser takes a `Column`, returns its values and adds repairs to it. Ambiguous cells are refused. Each distinct
text is parsed once, which keeps long columns fast.
"""

from __future__ import annotations

import re
import time as clock
import unicodedata

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.decode import short
from recsys.data.records import with_count
from recsys.errors import DataError
from recsys.messages import Message, message

MAX_ID_LENGTH = 512
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # could also be a thousands separator
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
YEAR_FIRST = re.compile(r"\d{4}-?\d\d")
DAY_MONTH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)")
UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
UNIT_NAMES = {
    "seconds": message("seconds"),
    "milliseconds": message("milliseconds"),
    "microseconds": message("microseconds"),
}
MAX_TIME_DIGITS = 17
CLICKS = {"1": True, "true": True, "0": False, "false": False}


NO_TIME = message("{text} is not a time. Write seconds since 1970 or a date like 2024-05-31.")


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

    def fail(self, bad: list[int], fault: Message, **values: object) -> DataError:
        """The error for the first bad cell; `fault` is the template of what is wrong, with the cell as `text`."""
        lines = self.places(bad)
        first = self.distinct[int(self.codes[np.isin(self.codes, bad)][0])]
        sentence = message(
            "Line {line}, column {column}: {fault}",
            line=lines[0],
            column=self.role if self.name == self.role else f"{short(self.name)} ({self.role})",
            fault=fault.format(text=short(first), **values),
        )
        return DataError(with_count(sentence, len(lines)), line=lines[0], column=self.role)

    def note(self, kind: str, sentence: Message, bad: list[int] | None = None) -> None:
        lines = self.places(bad) if bad else []
        self.repairs.append(Repair(kind=kind, message=sentence, count=max(1, len(lines)), lines=tuple(lines[:10])))

    def filled(self, values: list[object] | np.ndarray) -> np.ndarray:
        return np.asarray(values)[self.codes]


def parse_ids(column: Column) -> np.ndarray:
    """Parse ids as text: surrounding blanks trimmed, Unicode normalised to NFC, otherwise as written."""
    stripped = [text.strip() for text in column.distinct]
    ids = [unicodedata.normalize("NFC", text) for text in stripped]
    if empty := [i for i, text in enumerate(ids) if not text]:
        raise column.fail(empty, message("the id is empty (missing). Every row needs one."))
    if long := [i for i, text in enumerate(ids) if len(text) > MAX_ID_LENGTH]:
        size = max(len(ids[i]) for i in long)
        raise column.fail(
            long,
            message("the id is {size:,} characters long; at most {limit} are taken."),
            size=size,
            limit=MAX_ID_LENGTH,
        )
    if control := [i for i, text in enumerate(ids) if CONTROL.search(text)]:
        raise column.fail(control, message("the id {text!r} holds control characters. Remove them."))
    if padded := [i for i, text in enumerate(stripped) if text != column.distinct[i]]:
        column.note(
            "trimmed", message("Blanks (whitespace) around ids in {column} were trimmed.", column=column.name), padded
        )
    if changed := [i for i, text in enumerate(ids) if text != stripped[i]]:
        column.note(
            "unicode",
            message("Ids in {column} were brought to one Unicode form (NFC, normalised).", column=column.name),
            changed,
        )
    return column.filled(np.array(ids, dtype=object))


def parse_numbers(column: Column, scale: tuple[float, float] | None = None) -> np.ndarray:
    """Parse finite numbers as float32. Decimal commas and digits of other scripts are read if consistent."""
    texts = [text.strip() for text in column.distinct]
    digits = [_ascii_digits(text) for text in texts]
    if changed := [i for i, text in enumerate(digits) if text != texts[i]]:
        column.note(
            "digits", message("Digits of another script in {column} were read as numbers.", column=column.name), changed
        )
    if empty := [i for i, text in enumerate(digits) if not text]:
        raise column.fail(empty, message("the {role} is empty (missing). Fill it or remove the row."), role=column.role)
    commas = [i for i, text in enumerate(digits) if DECIMAL_COMMA.fullmatch(text)]
    if commas:
        if any("." in text for text in digits):
            raise column.fail(commas, message("{text} has a decimal comma where other numbers have a point."))
        if all(THOUSANDS.fullmatch(digits[i]) for i in commas):
            raise column.fail(commas, message("{text}: decimal comma or thousands? Write the number without it."))
        digits = [text.replace(",", ".") for text in digits]
        column.note(
            "decimal_comma",
            message("A decimal comma in {column} was read as a decimal point.", column=column.name),
            commas,
        )
    if bad := [i for i, text in enumerate(digits) if not PLAIN_NUMBER.fullmatch(text)]:
        raise column.fail(bad, message("{text} is not a finite number. Write it as a number such as 4 or 3.5."))
    values = np.array([float(text) for text in digits])
    if not (np.abs(values) < 1e30).all():
        bad = [int(i) for i in np.flatnonzero(~(np.abs(values) < 1e30))]
        raise column.fail(bad, message("{text} is too large to be finite here."))
    if scale is not None and (bad := [int(i) for i in np.flatnonzero((values < scale[0]) | (values > scale[1]))]):
        raise column.fail(
            bad, message("{text} is outside the scale of {lowest:g} to {highest:g}."), lowest=scale[0], highest=scale[1]
        )
    if len(np.unique(values)) == 1 and len(column.codes) > 1 and column.role == "rating":
        column.note(
            "constant",
            message("Every rating is the same (constant): ratings are of no use, events count as such (implicit)."),
        )
    return column.filled(values).astype("float32")


def parse_clicks(column: Column) -> np.ndarray:
    """Parse yes or no as bool, from 1 and 0 or true and false."""
    texts = [_ascii_digits(text.strip()).lower() for text in column.distinct]
    if empty := [i for i, text in enumerate(texts) if not text]:
        raise column.fail(
            empty, message("the cell is empty (missing). Write 1 for {role}, 0 for not."), role=column.role
        )
    if bad := [i for i, text in enumerate(texts) if text not in CLICKS]:
        raise column.fail(bad, message("{text} is neither yes nor no. Write 1 or 0, or true or false."))
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


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
