"""Dates and clock times in text, for whole columns at once.

Texts of one shape, which is the text with every digit replaced by 0, have their digits at the same places. The grammar
is therefore matched once for each shape, and the digits of all texts of a shape are read as arrays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 90  # bytes of a text that may be a date
CHUNK = 1 << 20  # texts read at once
DAY = 86_400
MONTHS = {
    name: i
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}

WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]{0,2}\s)?"
NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
YEAR, SHORT, DAY_NUMBER = r"(?P<year>\d{4})", r"'?(?P<short>\d{2})", r"(?P<day>\d{1,2})"
MARK = r"[-/.\s]"
HALF = "am|pm|a\\.m\\.?|p\\.m\\.?|上午|下午|凌晨|早上|晚上|午前|午後|오전|오후"
ZONE = (
    r"(?:\s?(?:z|(?:utc|gmt)?(?P<sign>[-+])(?P<zone_hour>\d{1,2})(?::?(?P<zone_minute>\d{2}))?(?:\s(?:utc|gmt))?|utc|gmt|\((?:utc|gmt)\))"
    r"(?:\s?[\[(][^\d\])]*[\])])?)"
)
CLOCK = (
    rf"(?:(?P<before>{HALF})\s?)?(?P<hour>\d{{1,2}})(?:\s?[:时時点點]\s?(?P<minute>\d{{1,2}})\s?分?"
    r"(?:\s?:?\s?(?P<second>\d{1,2})(?:[.,:](?P<fraction>\d{1,12}))?\s?秒?)?|\s?[时時点點]整?)?"
    rf"(?:\s?(?P<after>{HALF}))?"
)
COMPACT_CLOCK = r"\s?t?(?P<hour>\d{2})(?:(?P<minute>\d{2})(?:(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?)?"
CHINESE_WEEKDAY = r"(?:\s?[(]?(?:星期|周|週)[一二三四五六日天][)]?)?"
JOINT = r"(?:\s?t\s?|,?\s|,|:|\sat\s|-(?=\d\d:))"
DATES = (
    rf"{YEAR}(?P<mark>{MARK})(?P<month>\d{{1,2}})(?P=mark){DAY_NUMBER}",
    rf"(?:{YEAR}|(?P<short>\d{{2}}))\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월](?:\s?{DAY_NUMBER}\s?[日号號일])?{CHINESE_WEEKDAY}",
    rf"(?P<first>\d{{1,2}})(?P<mark>{MARK})(?P<other>\d{{1,2}}),?(?P=mark){YEAR}",
    rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<other>\d{{1,2}})(?P=mark){SHORT}",
    rf"{DAY_NUMBER}(?:st|nd|rd|th)?{MARK}{{0,2}}(?:of\s)?{NAME},?{MARK}{{0,2}}(?:{YEAR}|{SHORT})",
    rf"{NAME}{MARK}{{0,2}}{DAY_NUMBER}(?:st|nd|rd|th)?,?{MARK}{{1,2}}{YEAR}",
    rf"{YEAR}{MARK}{NAME}{MARK}{DAY_NUMBER}",
)
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        *(rf"{WEEKDAY}{date}(?:(?:{JOINT}|(?<=[日号號일])){CLOCK}{ZONE}?|\s?(?:z|utc|gmt))?" for date in DATES),
        rf"{YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})(?:{COMPACT_CLOCK}{ZONE}?)?",
        rf"{YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})\s?t?\s?(?P<hour>\d{{2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{2}})(?:[.,](?P<fraction>\d{{1,12}}))?)?{ZONE}?",
        rf"{YEAR}-(?P<month>\d{{2}})-(?P<day>\d{{2}})t(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?{ZONE}?",
        rf"{WEEKDAY}{NAME}\s{DAY_NUMBER},?\s{CLOCK}{ZONE}?\s{YEAR}",
        rf"{YEAR}[-/.](?P<month>\d{{1,2}})",
        rf"{NAME}{MARK}{YEAR}",
    )
)
OTHER_DIGIT = r"[^\x00-\x7F\P{Nd}]"  # in Arrow's regular expressions
# The zeros of scripts whose other digits follow
ZEROS = (
    0x660,
    0x6F0,
    0x7C0,
    0x966,
    0x9E6,
    0xA66,
    0xAE6,
    0xB66,
    0xBE6,
    0xC66,
    0xCE6,
    0xD66,
    0xE50,
    0xED0,
    0xF20,
    0x1040,
)
ISO = re.compile(r"\d{4}-?\d\d(-?\d\d)?([t ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?(z|[-+]\d\d:?\d*)?)?")


@dataclass
class DateFields:
    """What texts say, as arrays [num_texts]; where a text is no date, `is_date` is False and the rest is 0.

    `month` and `day` are the first and second number of a pair such as 03/04 (`is_pair`), of which either may be the
    month. `is_short`: the year has two digits; for a pair it may also be the first number. `seconds` of the day, without
    the offset of the time zone.
    """

    is_date: np.ndarray
    year: np.ndarray
    month: np.ndarray
    day: np.ndarray
    seconds: np.ndarray
    nanoseconds: np.ndarray
    is_pair: np.ndarray
    is_short: np.ndarray
    is_iso: np.ndarray

    @classmethod
    def empty(cls, size: int) -> DateFields:
        return cls(**{f.name: np.zeros(size, bool if f.name.startswith("is_") else np.int64) for f in fields(cls)})


def normalised(texts: pa.Array) -> pa.Array:
    """Lower-case texts without surrounding blanks and invisible characters, with the digits 0 to 9."""
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        texts = pc.utf8_normalize(texts, form="NFKC")
        texts = pc.replace_substring_regex(texts, pattern="\\p{Cf}", replacement="")
        texts = pc.replace_substring_regex(texts, pattern="[\u2010-\u2013\u2212]", replacement="-")
        if pc.any(pc.match_substring_regex(texts, OTHER_DIGIT)).as_py():
            for digit in range(10):
                others = "".join(chr(zero + digit) for zero in ZEROS)
                texts = pc.replace_substring_regex(texts, pattern=f"[{others}]", replacement=str(digit))
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    if pc.any(pc.match_substring_regex(texts, r"\s\s|[^\S ]")).as_py():
        texts = pc.replace_substring_regex(texts, pattern=r"\s+", replacement=" ")
    return texts


def read_dates(texts: pa.Array) -> DateFields:
    """Fields of `normalised` texts."""
    parts = [_read_chunk(texts.slice(start, CHUNK)) for start in range(0, len(texts), CHUNK)] or [DateFields.empty(0)]
    return DateFields(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(DateFields)})


def _read_chunk(texts: pa.Array) -> DateFields:
    fields = DateFields.empty(len(texts))
    sizes = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    for size in np.unique(sizes):
        if not 0 < size <= LONGEST:
            continue
        rows = np.flatnonzero(sizes == size)
        matrix = _bytes_of(texts if len(rows) == len(texts) else texts.take(pa.array(rows)), int(size))
        for group in _groups_of_shape(matrix):
            _read_shape(fields, rows[group], matrix[group])
    return fields


def _bytes_of(texts: pa.Array, size: int) -> np.ndarray:
    """[num_texts, size] uint8 of texts with `size` bytes each."""
    _, offsets, content = texts.buffers()
    start = int(np.frombuffer(offsets, dtype=np.int64)[texts.offset])
    return np.frombuffer(content, dtype=np.uint8)[start : start + len(texts) * size].reshape(len(texts), size)


def _groups_of_shape(matrix: np.ndarray) -> list[np.ndarray]:
    """Rows of each shape."""
    hashes = np.zeros(len(matrix), dtype=np.uint64)
    for cells in matrix.T:
        is_digit = (cells >= 48) & (cells <= 57)
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + np.where(is_digit, 48, cells).astype(np.uint64) + np.uint64(1)
    if (hashes == hashes[0]).all():
        return [np.arange(len(matrix))]
    order = np.argsort(hashes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(hashes[order])) + 1)


def _read_shape(fields: DateFields, rows: np.ndarray, matrix: np.ndarray) -> None:
    """Fill in the fields of texts of one shape."""
    shape = np.where((matrix[0] >= 48) & (matrix[0] <= 57), 48, matrix[0]).astype(np.uint8).tobytes()
    match = _match(shape)
    if match is None:
        return
    spans = dict(match)

    def number(name: str, default: int = 0) -> np.ndarray:
        start, end = spans.get(name, (0, 0))
        values = np.full(len(rows), 0 if end > start else default, dtype=np.int64)
        for place in range(start, end):
            values = values * 10 + (matrix[:, place].astype(np.int64) - 48)
        return values

    is_pair, is_short = "first" in spans, "short" in spans
    month = number("first") if is_pair else number("month", default=_month(shape, spans))
    day = number("other") if is_pair else number("day", default=1)
    hour, is_clock = _hours(number("hour"), shape, spans)
    minute, second = number("minute"), number("second")
    is_end = (hour == 24) & (minute == 0) & (second == 0)
    is_clock &= ((hour < 24) | is_end) & (minute < 60) & (second <= 60)
    offset = number("zone_hour") * 3600 + number("zone_minute") * 60
    is_clock &= (number("zone_hour") <= 15) & (number("zone_minute") < 60)
    sign = -1 if "sign" in spans and shape[spans["sign"][0] : spans["sign"][1]] == b"-" else 1
    start, end = spans.get("fraction", (0, 0))
    spans["fraction"] = (start, min(end, start + 9))
    fields.is_date[rows] = is_clock
    fields.year[rows] = number("short" if is_short else "year")
    fields.month[rows], fields.day[rows] = month, day
    fields.seconds[rows] = hour * 3600 + minute * 60 + second - sign * offset
    fields.nanoseconds[rows] = number("fraction") * 10 ** (9 - min(end - start, 9))
    fields.is_pair[rows], fields.is_short[rows] = is_pair, is_short
    fields.is_iso[rows] = bool(ISO.fullmatch(shape.decode(errors="replace")))


@cache
def _match(shape: bytes) -> dict[str, tuple[int, int]] | None:
    """Byte positions of the fields in a text of this shape; None if it is no date."""
    try:
        text = shape.decode()
    except UnicodeDecodeError:
        return None
    match = next((m for pattern in PATTERNS if (m := pattern.fullmatch(text))), None)
    if match is None:
        return None
    return {
        name: (len(text[: match.start(name)].encode()), len(text[: match.end(name)].encode()))
        for name, value in match.groupdict().items()
        if value is not None
    }


def _month(shape: bytes, spans: dict[str, tuple[int, int]]) -> int:
    if "name" not in spans:
        return 0
    return MONTHS[shape[slice(*spans["name"])].decode()[:3]]


def _hours(hour: np.ndarray, shape: bytes, spans: dict[str, tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Hours of the day from 0, and whether they can be; a half of the day (AM, PM) makes 12 the first of its hours."""
    halves = [shape[slice(*spans[name])].decode() for name in ("before", "after") if name in spans]
    if not halves:
        return hour, np.ones(len(hour), dtype=bool)
    half = halves[0]
    if half == "晚上":  # evening: 6 to 11, or as on a clock of 24 hours
        return np.where(hour < 12, hour + 12, hour), (hour >= 6) & (hour != 12) & (hour < 24)
    if half in ("pm", "p.m.", "p.m", "下午", "午後", "오후"):
        return np.where(hour < 12, hour + 12, hour), (hour < 24) & (len(halves) == 1)
    return np.where(hour == 12, 0, hour), (hour <= 12) & (len(halves) == 1)


def seconds_of(fields: DateFields, order: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Seconds since 1970 of each date (int64), and whether the calendar has it.

    `order` says how pairs are read: "day_first", "month_first", or "year_first" for three short numbers.
    """
    first, second, third = fields.month, fields.day, fields.year
    year, month, day = third, first, second
    if order == "day_first":
        month, day = np.where(fields.is_pair, second, first), np.where(fields.is_pair, first, second)
    elif order == "year_first":
        year, month, day = (
            np.where(fields.is_pair, new, old) for new, old in ((first, third), (second, first), (third, second))
        )
    year = np.where(fields.is_short, year + np.where(year < 69, 2000, 1900), year)
    is_month = (month >= 1) & (month <= 12)
    months = ((year - 1970) * 12 + np.where(is_month, month, 1) - 1).astype("datetime64[M]")
    start, end = (m.astype("datetime64[D]").astype(np.int64) for m in (months, months + 1))
    is_valid = fields.is_date & is_month & (day >= 1) & (day <= end - start) & (year >= 1)
    return np.where(is_valid, (start + day - 1) * DAY + fields.seconds, 0), is_valid
