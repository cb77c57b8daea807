"""Times written as numbers: seconds and their parts since 1970, calendar dates without marks, days of spreadsheets.

A unit is taken only if it puts the times between 1970 and next year. Numbers that fit several readings are a question.
"""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.data.importing.column import Column
from recsys.data.importing.date_texts import DAY, read_dates, seconds_of
from recsys.data.importing.faults import SMALL, Treatment
from recsys.messages import Message, message

UNIT_NAMES = (message("seconds"), message("milliseconds"), message("microseconds"), message("nanoseconds"))
SMALLEST = (1e11, 1e14, 1e17)  # from which a number is in milli-, micro- and nanoseconds: 1973 in each
SECOND = 10**9  # nanoseconds
LARGEST = 9.2e18
YEARS = (1900, 2100)
SPREADSHEET_1990, SPREADSHEET_1970 = 32_874, 25_569  # days since 1899-12-30
TICKS = (6.30e17, 6.42e17)  # units of 100 ns since the year 1, from 1997 to 2035
TICKS_1970 = 621_355_968_000_000_000
ORDER = Treatment(name="order", label=message("they only order the events"))


@dataclass
class Instants:
    """`seconds` since 1970 and `nanoseconds` on top, int64 [num_texts]; 0 where `is_valid` is False."""

    seconds: np.ndarray
    nanoseconds: np.ndarray
    is_valid: np.ndarray

    @classmethod
    def of_floats(cls, seconds: np.ndarray, is_valid: np.ndarray) -> Instants:
        safe = np.where(is_valid, seconds, 0.0)
        whole = np.floor(safe)
        return cls(whole.astype(np.int64), np.rint((safe - whole) * SECOND).astype(np.int64), is_valid)


def iso_text(seconds: float) -> str:
    """A time as text, without the clock at midnight."""
    text = str(np.datetime64(int(seconds), "s"))
    return text.removesuffix("T00:00:00").replace("T", " ")


def next_year() -> float:
    """Seconds since 1970, a year from now."""
    return clock.time() + 366 * DAY


def read_numbers(column: Column, texts: pa.Array, is_number: np.ndarray) -> Instants:
    """Times from the numbers among `texts`; the others are invalid. Asks the user where numbers have several readings."""
    wholes, floats = _values(texts, is_number)
    if len(large := np.flatnonzero(is_number & ~(np.abs(floats) < LARGEST))):
        column.ask("large_time", large, message("{text} is too large for a time in seconds since 1970."))
        is_number = is_number & (np.abs(floats) < LARGEST)
    used = np.flatnonzero(is_number & (floats != 0))
    times = _other_numbers(column, texts, wholes, floats, is_number, used) if len(used) else None
    if times is None:
        return _since_1970(column, wholes, floats, is_number)
    if len(bad := np.flatnonzero(is_number & ~times.is_valid)):
        column.ask("bad_time", bad, message("{text} is not a time as the other numbers of the column are."))
    return times


def _other_numbers(
    column: Column, texts: pa.Array, wholes: np.ndarray, floats: np.ndarray, is_number: np.ndarray, used: np.ndarray
) -> Instants | None:
    """Times of numbers that do not count from 1970: years, dates, days of spreadsheets and ticks; None for others."""
    lowest, highest = floats[used].min(), floats[used].max()
    if lowest >= SPREADSHEET_1990 and highest <= SPREADSHEET_1970 + next_year() / DAY:
        return _spreadsheet_days(column, floats, is_number, used)
    if not (floats[used] == wholes[used]).all():
        return None
    if lowest >= YEARS[0] and highest <= YEARS[1]:
        return _years(column, wholes, is_number)
    if lowest >= TICKS[0] and highest <= TICKS[1]:
        return _ticks(column, wholes, is_number, used)
    return _whole_dates(column, texts, used) if _may_be_dates(float(np.median(floats[used]))) else None


def _values(texts: pa.Array, is_number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers as int64, 0 for those with fractions or more digits than fit, and as float64."""
    if pc.all(pc.ascii_is_decimal(texts)).as_py() and pc.max(pc.binary_length(texts)).as_py() < 19:
        wholes = pc.cast(texts, pa.int64()).to_numpy(zero_copy_only=False)
        return wholes, wholes.astype("float64")
    is_whole = pc.match_substring_regex(texts, r"^[+-]?\d{1,18}(\.0*)?$").to_numpy(zero_copy_only=False)
    is_whole |= pc.match_substring_regex(texts, r"^\+?[1-8]\d{18}$").to_numpy(zero_copy_only=False)
    wholes, floats = np.zeros(len(texts), dtype=np.int64), np.full(len(texts), np.nan)
    digits = texts.filter(pa.array(is_whole))
    if pc.any(pc.match_substring_regex(digits, r"[+.]")).as_py():
        digits = pc.replace_substring_regex(digits, r"\+|\.0*$", "")
    wholes[is_whole] = pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)
    floats[is_whole] = wholes[is_whole]
    others = np.flatnonzero(is_number & ~is_whole)
    if len(others):
        floats[others] = np.array(texts.take(pa.array(others)).to_pylist(), dtype="float64")
    return wholes, floats


def _since_1970(column: Column, wholes: np.ndarray, floats: np.ndarray, is_number: np.ndarray) -> Instants:
    size = np.where(is_number, np.abs(floats), 0)
    unit = np.searchsorted(SMALLEST, size, side="right")
    used = is_number & (size > 0)
    rows = np.bincount(unit[used], weights=column.counts[used], minlength=4)
    chosen = int(rows.argmax())
    if rows.sum() > rows[chosen]:
        first = int(unit[column.first_code(np.flatnonzero(used))])
        is_small = rows.sum() - rows[chosen] <= SMALL * len(column.codes)
        earlier = chosen if is_small else first
        other = np.flatnonzero(used & (unit != earlier))
        fault = message("{text} is in {unit} while other times are in {other}: mixed units.")
        names: dict[str, Any] = {"unit": UNIT_NAMES[unit[column.first_code(other)]], "other": UNIT_NAMES[earlier]}
        if not is_small:
            raise column.fail(other, fault, **names)
        column.ask("mixed_units", other, fault, **names)
        is_number = is_number & ~np.isin(np.arange(len(unit)), other)
    divisor = 1000**chosen
    if chosen:
        column.note("time_unit", message("Times are in {unit}: read as such.", unit=UNIT_NAMES[chosen]))
    if (floats == wholes)[is_number].all():
        kept = np.where(is_number, wholes, 0)
        return Instants(kept // divisor, kept % divisor * (SECOND // divisor), is_number)
    return Instants.of_floats(floats / divisor, is_number)


def _may_be_dates(middle: float) -> bool:
    """Whether a number has as many digits as 20210101, with hours, minutes or seconds behind, and is from 1970 on."""
    return any(1970 <= middle // 10**digits < YEARS[1] for digits in (4, 6, 8, 10))


def _whole_dates(column: Column, texts: pa.Array, used: np.ndarray) -> Instants | None:
    """Times of numbers such as 20210101 or 20210101123000; None if one in ten is no date between 1970 and next year."""
    found = read_dates(texts)
    seconds, is_valid = seconds_of(found)
    is_valid &= (seconds >= 0) & (seconds < next_year())
    if column.counts[used][is_valid[used]].sum() < 0.9 * column.counts[used].sum():
        return None
    first = column.first_code(np.flatnonzero(is_valid))
    sentence = message("Whole numbers were read as dates: {text} is {date}.")
    column.note("whole_dates", sentence.format(text=texts[first].as_py(), date=iso_text(seconds[first])))
    return Instants(np.where(is_valid, seconds, 0), found.nanoseconds, is_valid)


def _years(column: Column, years: np.ndarray, is_number: np.ndarray) -> Instants:
    """Years alone, by decision an order or the first of January."""
    is_year = is_number & (years >= YEARS[0])
    seconds = ((years - 1970) * is_year).astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64)
    first = column.first_code(np.flatnonzero(is_year))
    year = Treatment(
        name="year",
        label=message("take the first day of the year: {text} is {date}", text=str(years[first]), date=iso_text(seconds[first])),
    )  # fmt: skip
    fault = message("{text} is a year, too coarse for a time. Write dates such as 2024-05-31.")
    chosen = column.ask("years", np.flatnonzero(is_year), fault, (ORDER, year), ORDER.name)
    column.is_order = chosen == ORDER.name
    return Instants(seconds * is_year, np.zeros(len(years), dtype=np.int64), is_year)


def _spreadsheet_days(column: Column, days: np.ndarray, is_number: np.ndarray, used: np.ndarray) -> Instants:
    """Days since 1899-12-30, by decision an order or dates."""
    is_day = is_number & (days > 0)
    seconds = np.where(is_day, np.rint((np.where(is_day, days, 0) - SPREADSHEET_1970) * DAY * 1000) / 1000, 0)
    first = column.first_code(used)
    dates = Treatment(name="dates", label=_reading(column.distinct[first], seconds[first]))
    fault = message("{text} looks like a day number of a spreadsheet ({date}), not like seconds since 1970.")
    chosen = column.ask("day_numbers", used, fault, (dates, ORDER), dates.name, date=iso_text(seconds[first]))
    column.is_order = chosen == ORDER.name
    return Instants.of_floats(seconds, is_day)


def _ticks(column: Column, ticks: np.ndarray, is_number: np.ndarray, used: np.ndarray) -> Instants:
    """Units of 100 ns since the year 1, which could also be nanoseconds of 1990: by decision."""
    first = column.first_code(used)
    is_tick = is_number & (ticks != 0)
    since = np.where(is_tick, ticks - TICKS_1970, 0)
    as_ticks = Instants(since // 10**7, since % 10**7 * 100, is_tick)
    as_nanoseconds = Instants(ticks // SECOND, ticks % SECOND, is_tick)
    text = column.distinct[first]
    treatments = (
        Treatment(name="ticks", label=_reading(text, as_ticks.seconds[first])),
        Treatment(name="nanoseconds", label=_reading(text, as_nanoseconds.seconds[first])),
    )
    fault = message("{text} may count 100 ns since the year 1 ({ticks}) or nanoseconds since 1970 ({nanoseconds}).")
    chosen = column.ask(
        "ticks", used, fault, treatments, "ticks",
        ticks=iso_text(as_ticks.seconds[first]), nanoseconds=iso_text(as_nanoseconds.seconds[first]),
    )  # fmt: skip
    return as_nanoseconds if chosen == "nanoseconds" else as_ticks


def _reading(text: str, seconds: float) -> Message:
    return message("{text} is {date}", text=text, date=iso_text(seconds))
