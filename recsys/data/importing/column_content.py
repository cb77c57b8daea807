"""What a column may be by its content: times, event types, ratings or ids. Each looks at a sample of text cells."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.data.importing.column import arrow_cells
from recsys.data.importing.date_texts import normalised, read_dates, seconds_of
from recsys.data.importing.read import NUMBER, plain_name
from recsys.data.importing.records import as_text, frame_of
from recsys.data.importing.role_names import EVENT_WORDS
from recsys.data.importing.time_numbers import next_year

SAMPLE = 2000  # rows
MOST = 0.95  # share of the cells that must be dates
EARLIEST = 631_152_000  # 1990-01-01, in seconds
RATINGS = 100  # highest whole number that is a rating
MAX_EVENTS = 12  # event types of a log
WHOLE = re.compile(r"[+-]?[0-9]+")
EPOCH = re.compile(r"[0-9]{9,19}(\.[0-9]+)?")


def sample_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows from all over a table, as text."""
    rows = np.arange(0, len(frame), max(1, len(frame) // SAMPLE))[:SAMPLE]
    cells = pa.table({str(i): arrow_cells(frame.iloc[:, i]) for i in range(frame.shape[1])})
    sampled, start = [], 0
    for batch in cells.to_batches():  # `take` of a whole column would copy it
        sampled.append(batch.take(pa.array(rows[(rows >= start) & (rows < start + len(batch))] - start)))
        start += len(batch)
    return frame_of(as_text(pa.Table.from_batches(sampled).combine_chunks()), frame.columns)


def _filled(cells: pd.Series) -> pd.Series:
    text = cells.str.strip()
    return text[text != ""]


def are_dates(cells: pd.Series) -> bool:
    """Whether nearly all cells are dates of the calendar from 1970 to next year, as text or such as 20210101."""
    filled = _filled(cells)
    if not len(filled):
        return False
    fields = read_dates(normalised(pa.array(filled.array, type=pa.large_string())))
    is_date = np.zeros(len(filled), dtype=bool)
    for order in ("month_first", "day_first"):
        seconds, is_valid = seconds_of(fields, order)
        is_date |= is_valid & (seconds >= 0) & (seconds <= next_year())
    return bool(is_date.mean() >= MOST)


def are_epochs(cells: pd.Series) -> bool:
    """Whether all cells are numbers that are times from 1990 to next year in one unit of seconds to nanoseconds."""
    filled = _filled(cells)
    if not len(filled) or not filled.str.fullmatch(EPOCH).all():
        return False
    values = pd.to_numeric(filled).to_numpy("float64")
    return any(
        (values / unit).min() >= EARLIEST and (values / unit).max() <= next_year() for unit in (1, 1e3, 1e6, 1e9)
    )


def are_long_numbers(cells: pd.Series) -> bool:
    """Whether all cells are numbers as long as times since 1970."""
    filled = _filled(cells)
    return bool(len(filled) and filled.str.fullmatch(EPOCH).all())


def are_events(cells: pd.Series) -> bool:
    """Whether the cells are words for event types, such as pv and cart."""
    words = {plain_name(text) for text in _filled(cells).unique()[:100]}
    event_words = words & EVENT_WORDS
    return bool(event_words) and len(words) <= MAX_EVENTS and (event_words == words or len(event_words) > 1)


def are_ratings(cells: pd.Series) -> bool:
    """Whether the cells are numbers: with decimals, or whole ones up to 100."""
    filled = cells.str.strip()
    if not len(filled) or not filled.str.fullmatch(NUMBER).all():
        return False
    if not filled.str.fullmatch(WHOLE).all():
        return True
    return bool(filled.str.len().max() <= 4 and filled.astype("int64").abs().max() <= RATINGS)


def are_row_numbers(cells: pd.Series) -> bool:
    """Whether the cells of a whole column count the rows: 0, 1, 2, …"""
    if len(cells) < 10 or not cells.iloc[[0, -1]].astype("str").str.fullmatch(r"[0-9]{1,9}").all():
        return False
    first, last = int(cells.iloc[0]), int(cells.iloc[-1])
    if first > 1 or last - first != len(cells) - 1:
        return False
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy("float64")
    return bool((np.diff(numbers) == 1).all())


def is_of_item(frame: pd.DataFrame, item: str, column: str) -> bool:
    """Whether a column has one value for each item, which then is the item's and not the event's."""
    pairs = frame[[item, column]].head(20 * SAMPLE)
    num_items = pairs[item].nunique()
    return num_items <= len(pairs) / 2 and len(pairs.drop_duplicates()) == num_items
