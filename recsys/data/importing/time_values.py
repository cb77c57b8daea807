"""Times as seconds since 1970, by what is plausible and not by what can be parsed.

Numbers are read by time_numbers.py and dates by date_texts.py, each column in one way. What was read otherwise than as
written is reported; what has several readings, or lies far from the other times, is a question.
"""

from __future__ import annotations

import time as clock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.data.importing.column import Column
from recsys.data.importing.date_texts import DateFields, normalised, read_dates, seconds_of
from recsys.data.importing.decimal_marks import plain_numbers
from recsys.data.importing.faults import DROP_ROWS, SMALL, Treatment
from recsys.data.importing.lost_times import ask_time, beside, without_time
from recsys.data.importing.time_numbers import ORDER, SECOND, Instants, iso_text, next_year, read_numbers
from recsys.messages import message

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$"
ROUNDED = r"^\d([.,]\d{1,7})?e\+?\d+$"  # a time rounded by a spreadsheet
MISSING = frozenset(("", "null", "nan", "nat", "none", "n/a", "na", "-", "\\n", "0000-00-00", "0000-00-00 00:00:00"))
NO_DAY = message("{text} is no day of the calendar.")
EMPTY = message("the time is empty (missing). Fill it, or leave the column out.")
NO_TIME = message("{text} is not a time. Write seconds since 1970 or a date like 2024-05-31.")
KEEP = Treatment(name="keep", label=message("keep them as they are"))
EARLIEST = 631_152_000  # 1990-01-01; earlier times are odd where most are later
SMALL_TIME = 10_000_000  # seconds; times below are in the first months of 1970, so probably an order
FAR, FAR_YEARS = 50, 3 * 31_556_952  # median absolute deviations and seconds from the median
FEW = 0.05  # share of rows up to which times far from the others are odd
MAX_NANOSECONDS = 9.2e9  # seconds whose nanoseconds fit int64


def parse_times(column: Column) -> np.ndarray:
    """Parse times as int64 seconds since 1970, from numbers or dates; one kind per column. 0 in rows that are dropped.

    Fractions of a second are cut, and kept in `column.finer` because they order the events. `column.is_order`: the
    values only order the events, by decision.
    """
    if (plain := _plain_seconds(column)) is not None:
        return plain
    texts = column.arrow_texts
    if pc.all(pc.ascii_is_decimal(texts)).as_py():  # whole numbers only: the common case, fast
        times = read_numbers(column, texts, np.ones(len(texts), dtype=bool))
    else:
        times = _instants(column, _without_marks(column, normalised(texts)))
    seconds = times.seconds
    if (times.nanoseconds != 0).any():
        fits = (np.abs(seconds) < MAX_NANOSECONDS).all()
        finer = seconds * SECOND + times.nanoseconds if fits else seconds + times.nanoseconds / SECOND
        column.finer = column.filled(finer)
    if not column.is_order:
        _check_range(column, seconds, times.is_valid)
    if column.finer is not None:
        column.finer = beside(column, column.finer)
    return beside(column, column.filled(seconds))


def _plain_seconds(column: Column) -> np.ndarray | None:
    """Whole seconds from 1990 to now, not all alike and none far from the others; None for other columns. Fast."""
    seconds = column.whole_numbers
    if seconds is None or not len(seconds):
        return None
    first, last = seconds.min(), seconds.max()
    if not EARLIEST <= first < last <= clock.time():
        return None
    if last - first > FAR_YEARS:
        middle = np.median(seconds)
        if max(middle - first, last - middle) > max(FAR * np.median(np.abs(seconds - middle)), FAR_YEARS):
            return None
    _report_newest_first(column, seconds)
    return seconds


def parse_order(column: Column) -> np.ndarray:
    """Parse numbers or dates that only order the events, as int64 or float64; 0 in rows that are dropped."""
    column.is_order = True
    texts = normalised(column.arrow_texts)
    is_number = pc.match_substring_regex(texts, NUMBER).to_numpy(zero_copy_only=False)
    if not is_number.any():
        times = _instants(column, texts)
        return column.filled(times.seconds + times.nanoseconds / SECOND)
    if len(bad := np.flatnonzero(~is_number)):
        column.ask("bad_order", bad, message("{text} is no number that orders the events."))
    values = np.zeros(len(texts))
    values[is_number] = np.array(texts.filter(pa.array(is_number)).to_pylist(), dtype="float64")
    return column.filled(values)


def _instants(column: Column, texts: pa.Array) -> Instants:
    is_missing = pc.is_in(texts, pa.array(sorted(MISSING), type=texts.type)).to_numpy(zero_copy_only=False)
    is_number = pc.match_substring_regex(texts, NUMBER).to_numpy(zero_copy_only=False)
    num_numbers, num_filled = column.counts[is_number].sum(), column.counts[~is_missing].sum()
    if num_numbers > num_filled / 2:
        times = read_numbers(column, texts, is_number)
        _report_rounded(column, texts)
        bad = np.flatnonzero(~is_number & ~is_missing)
    else:
        times = _dates(column, texts)
        bad = np.flatnonzero(~times.is_valid & ~is_missing)
    for kind, unread, fault in (("no_time", np.flatnonzero(is_missing), EMPTY), ("bad_time", bad, NO_TIME)):
        if len(unread):
            if kind == "bad_time" and read_dates(texts.take(pa.array([column.first_code(unread)]))).is_date[0]:
                fault = NO_DAY
            ask_time(column, kind, unread, fault, without_time(column, times.seconds, times.is_valid))
    return times


def _without_marks(column: Column, texts: pa.Array) -> pa.Array:
    """The texts with numbers such as 1,600,000,000 and 1600000000,5 as Python writes them."""
    is_marked = pc.match_substring_regex(texts, r"^[+-]?(\d{1,3}([.,]\d{3}){2,}|\d+,\d+)$").to_numpy(
        zero_copy_only=False
    )
    if not is_marked.any():
        return texts
    plain = plain_numbers(texts.to_pylist())
    if plain.thousands:
        column.note("thousands", message("Commas in {column} were read as thousands separators.", column=column.name), plain.thousands)  # fmt: skip
    if plain.decimals:
        sentence = message("A decimal comma in {column} was read as a decimal point.", column=column.name)
        column.note("decimal_comma", sentence, plain.decimals)
    return pa.array(plain.texts, type=texts.type)


def _report_rounded(column: Column, texts: pa.Array) -> None:
    is_rounded = pc.match_substring_regex(texts, ROUNDED).to_numpy(zero_copy_only=False)
    if is_rounded.any():
        first = column.distinct[column.first_code(np.flatnonzero(is_rounded))]
        sentence = message("Times such as {text} look rounded by a spreadsheet: different times may have become equal.")
        column.note("rounded_times", sentence.format(text=first), np.flatnonzero(is_rounded))


def _dates(column: Column, texts: pa.Array) -> Instants:
    fields = read_dates(texts)
    order = ""
    if fields.is_short.any():
        order = _short_years(column, fields)
    elif fields.is_pair.any():
        order = _day_month(column, fields)
    seconds, is_valid = seconds_of(fields, order)
    if is_valid.any():
        first = column.first_code(
            np.flatnonzero(is_valid & ~fields.is_iso if (is_valid & ~fields.is_iso).any() else is_valid)
        )
        sentence = message("Times were read as ISO dates; without a time zone as UTC.")
        if not fields.is_iso[first]:
            sentence = message("Times were read as dates, {text} as {date}; without a time zone as UTC.")
            sentence = sentence.format(text=column.distinct[first].strip(), date=iso_text(seconds[first]))
        column.note("dates", sentence)
    return Instants(seconds, np.where(is_valid, fields.nanoseconds, 0), is_valid)


def _readings(column: Column, fields: DateFields, orders: tuple[str, ...]) -> list[Treatment]:
    """A treatment for each order that reads every date that any order reads; its label shows how the first is read."""
    first = column.first_code(np.flatnonzero(fields.is_pair | fields.is_short))
    labels = {
        "day_first": message("the day first: {text} is {date}"),
        "month_first": message("the month first: {text} is {date}"),
        "year_first": message("the year first: {text} is {date}"),
    }
    treatments = []
    is_read = np.logical_or.reduce([seconds_of(fields, order)[1] for order in orders])
    for order in orders:
        seconds, is_valid = seconds_of(fields, order)
        if is_valid[is_read].all():
            label = labels[order].format(text=column.distinct[first].strip(), date=iso_text(seconds[first]))
            treatments.append(Treatment(name=order, label=label))
    return treatments


def _day_month(column: Column, fields: DateFields) -> str:
    """Whether the day or the month comes first in dates such as 03/04/2021, by evidence or decision."""
    by_day, by_month = fields.is_pair & (fields.month > 12), fields.is_pair & (fields.day > 12)
    days, months = column.counts[by_day].sum(), column.counts[by_month].sum()
    pairs = np.flatnonzero(fields.is_pair)
    if days and months:
        if min(days, months) > SMALL * len(column.codes):
            fault = message(
                "the date format of {text} is ambiguous (days and months change places). Write dates as 2021-04-03."
            )
            raise column.fail(pairs, fault)
    elif not days and not months:
        if (fields.month == fields.day)[pairs].all():
            return "month_first"
        fault = message(
            "the date format of {text} is ambiguous (day or month first?). Write dates as 2021-04-03, or choose one."
        )
        treatments = _readings(column, fields, ("day_first", "month_first"))
        chosen = column.ask("date_order", pairs, fault, treatments or (DROP_ROWS,), None)
        return chosen or (treatments or (DROP_ROWS,))[0].name
    sentence = message("Dates were read with the day first.") if days > months else message("Dates were read with the month first.")  # fmt: skip
    column.note("date_order", sentence)
    return "day_first" if days > months else "month_first"


def _short_years(column: Column, fields: DateFields) -> str:
    """How dates with two-digit years are read, by decision."""
    treatments = _readings(column, fields, ("day_first", "month_first", "year_first"))
    short_years = np.flatnonzero(fields.is_short)
    fault = message("the year of {text} has two digits: the date is ambiguous. Write dates as 2021-04-03.")
    if not treatments or not fields.is_pair.any():
        treatments = [Treatment(name="month_first", label=message("years from 1969 to 2068"))]
    return column.ask("short_year", short_years, fault, (*treatments, DROP_ROWS), None) or treatments[0].name


def _check_range(column: Column, seconds: np.ndarray, is_valid: np.ndarray) -> None:
    """Ask about zeros and times far from the others; report times before 1970 or in the future, and constant ones."""
    latest = next_year()
    is_odd = _far_from_others(column, seconds, is_valid, latest)
    if is_odd.any():
        inside = seconds[is_valid & ~is_odd]
        fault = message("{text} is a time far from the others, which are from {first} to {last}.")
        ask_time(
            column, "odd_time", np.flatnonzero(is_odd), fault, (*without_time(column, seconds, is_valid & ~is_odd), KEEP),
            first=iso_text(inside.min()), last=iso_text(inside.max()),
        )  # fmt: skip
    if (seconds < 0).any():
        column.note("before_1970", message("Some times are before 1970 (negative)."), np.flatnonzero(seconds < 0))
    if (late := is_valid & ~is_odd & (seconds > latest)).any():
        _ask_future(column, seconds, late, is_valid)
    is_early = is_valid & ~is_odd & (seconds > 0) & (seconds < EARLIEST)
    if is_early.any() and seconds.max() > SMALL_TIME:
        first, last = iso_text(seconds[is_early].min()), iso_text(seconds[is_early].max())
        sentence = message(
            "Some times are before 1990, from {first} to {last}: is their unit right?", first=first, last=last
        )
        column.note("before_1990", sentence, np.flatnonzero(is_early))
    if is_valid.any() and np.ptp(seconds[is_valid]) == 0 and len(column.codes) > 1:
        column.note("constant_time", message("Every time is the same (constant): events keep the order of the file."))
    elif is_valid.any():
        _report_newest_first(column, column.filled(seconds)[column.filled(is_valid)])


def _report_newest_first(column: Column, times: np.ndarray) -> None:
    if len(times) < 2 or times[0] < times[-1]:
        return
    if np.diff(times).max() == 0:
        sentence = message("The file lists the newest events first; events of the same time keep its order.")
        column.note("newest_first", sentence)


def _ask_future(column: Column, seconds: np.ndarray, late: np.ndarray, is_valid: np.ndarray) -> None:
    """Ask about times that are all in the future, which no unit of time makes plausible; report some that are."""
    year = int(1970 + seconds.max() / 31_556_952)
    column.note(
        "future", message("Some times are in the future (up to the year {year}).", year=year), np.flatnonzero(late)
    )
    if late[is_valid].all():
        fault = message("{text} is in the future, as all times are (up to the year {year}): is it a time?")
        chosen = column.ask("future", np.flatnonzero(late), fault, (ORDER, KEEP, DROP_ROWS), None, year=year)
        column.is_order = chosen == ORDER.name


def _far_from_others(column: Column, seconds: np.ndarray, is_valid: np.ndarray, latest: float) -> np.ndarray:
    """Which times are zero, or before 1990 or after next year while most are between, or far from the median while few are."""
    is_inside = is_valid & (seconds >= EARLIEST) & (seconds <= latest)
    is_zero = is_valid & (seconds == 0)
    rows, rows_inside = column.counts[is_valid & ~is_zero].sum(), column.counts[is_inside].sum()
    if not rows or rows_inside <= rows / 2:
        return np.zeros(len(seconds), dtype=bool)
    times = column.filled(seconds)[column.filled(is_inside)]
    middle = np.median(times)
    deviation = np.median(np.abs(times - middle))
    is_far = is_inside & (np.abs(seconds - middle) > max(FAR * deviation, FAR_YEARS))
    if column.counts[is_far].sum() > FEW * rows:
        is_far[:] = False
    return (is_valid & ~is_inside) | is_far
