"""Separator detection, and splitting of text into records with their line numbers.

This is the careful reader, record by record by Python's csv; lines.py is the fast one for text of one row per line.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.data.dataset import Repair
from recsys.data.importing.decode import Text
from recsys.data.threads import in_threads
from recsys.errors import DataError
from recsys.messages import Message, message, plural, short

SEPARATORS = ("::", "\t", ";", "|", ",")
WORDS = {
    "::": "::",
    "\t": message("tab"),
    ";": message("semicolon (;)"),
    "|": message("bar (|)"),
    ",": message("comma"),
    " ": message("blanks"),
}
UNQUOTED = ("::", " ")  # separators of formats without quoting
QUOTED_BY_TABS = re.compile(r'(^|\t)"(?:[^"\t\n]|"")*"(\t|$)', re.MULTILINE)
SNIFFED = 200  # lines inspected to find the separator
MAX_FIELD = 2_000_000  # characters
QUOTED_FIELD = re.compile(r'(?:^|(?<=[,;|\t]))"(?:[^"]|"")*"(?=[,;|\t]|$)', re.MULTILINE)
MAX_OPEN_QUOTES = 100  # of a file, after which it is refused
csv.field_size_limit(MAX_FIELD)


def at_lines(kind: str, message: str, lines: list[int] | np.ndarray) -> Repair:
    """A repair with the number of lines concerned and the first ten of them."""
    return Repair(kind=kind, message=message, count=len(lines), lines=tuple(int(line) for line in lines[:10]))


def with_count(sentence: Message, num_lines: int) -> Message:
    """The sentence about one line, and how many lines are like it if there are more."""
    if num_lines == 1:
        return sentence
    return message("{sentence} {lines:,} lines are like that.", sentence=sentence, lines=num_lines)


def unquoted(lines: list[str]) -> list[str]:
    """The lines without what is in quotes."""
    return [re.sub(r'"[^"]*"', "", line) for line in lines]


def find_separator(lines: list[str]) -> str:
    """The separator that splits the lines most evenly outside quotes; blanks are penalised, comma is the default."""
    text = QUOTED_FIELD.sub("", "\n".join(line for line in lines[:SNIFFED] if line.strip()))  # also over line breaks
    sample = unquoted(text.split("\n"))
    best, best_score = ",", 0.0
    for separator in (*SEPARATORS, " "):
        counts = [len(line.split()) - 1 if separator == " " else line.count(separator) for line in sample]
        if not counts or max(counts) == 0:
            continue
        mode, times = Counter(counts).most_common(1)[0]
        if mode == 0 or counts[0] == 0:
            continue
        score = times / len(counts) - (0.3 if separator == " " else 0)
        if score > best_score + 1e-9:
            best, best_score = separator, score
    return best


@dataclass
class BadRow:
    """A row that does not fit: its line, its number of fields (0: a quote that is not closed) and its text."""

    line: int
    num_fields: int
    text: str


@dataclass
class Rows:
    """Cells in columns "0", "1", … of a pyarrow table, the line of each row, and what does not fit.

    Cells are strings. In columns of plain whole numbers they may be int64 instead, the texts of which follow from them; such a
    column may lack the first row (null), the texts of which then are `first`. `blank` are lines of blanks that are no rows here; empty lines may be rows of empty cells.
    """

    cells: pa.Table
    lines: np.ndarray
    bad: list[BadRow] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    first: list[str] = field(default_factory=list)


def table_of(columns: Sequence[Sequence[str]]) -> pa.Table:
    arrays = [pa.array(column, pa.large_string()) for column in columns]
    return pa.table(arrays, names=[str(i) for i in range(len(arrays))])


def frame_of(cells: pa.Table, names: Iterable[str]) -> pd.DataFrame:
    """The cells as columns of text, without a copy, and of int64."""
    columns = in_threads(_column_of, cells.columns)
    return pd.DataFrame(dict(enumerate(columns)), copy=False).set_axis(list(names), axis=1)


def _column_of(cells: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_integer(cells.type):
        return pd.Series(np.concatenate([chunk.to_numpy() for chunk in cells.chunks]), copy=False)
    return pd.Series(pd.array(cells, dtype="str"))


def has_numbers(cells: pa.Table) -> bool:
    return any(pa.types.is_integer(column.type) for column in cells.columns)


def as_text(cells: pa.Table, first: Sequence[str] = ()) -> pa.Table:
    """The cells as text; those of `first` where the first row is null."""
    texts = [column.cast(pa.large_string()) for column in cells.columns]
    filled = [
        pa.chunked_array([pa.array([first[i]], pa.large_string()), *text.slice(1).chunks]) if text.null_count else text
        for i, text in enumerate(texts)
    ]
    return pa.table(filled, names=cells.column_names)


def split_by_record(text: Text, skipped: int, separator: str) -> Rows:
    """Split text into cells by Python's csv reader, without the first `skipped` lines. For text with quotes.

    A row with another number of fields than the first is a bad row, and so is a line on which a quote is opened and not closed.
    """
    whole = text.whole()
    start = 0
    for _ in range(skipped):
        start = whole.index("\n", start) + 1
    repairs: list[Repair] = []
    bad: list[BadRow] = []
    rows, starts = _split_by_record(whole[start:], separator, skipped + 1, repairs, bad, text.is_cut)
    return _equal_width(rows, starts, repairs, bad)


def _split_by_record(
    body: str, separator: str, first_line: int, repairs: list[Repair], bad: list[BadRow], is_cut: bool
) -> tuple[list[list[str]], list[int]]:
    lines = body.split("\n")
    if lines[-1] == "":
        lines.pop()
    starts = list(range(first_line, first_line + len(lines)))
    if separator == " ":
        return [line.split() for line in lines], starts
    if separator in UNQUOTED:
        return [line.split(separator) for line in lines], starts
    # Many tab-separated files have no quoting. If plain splitting fits every line and no field is quoted on both
    # sides, a quotation mark is part of a value.
    if separator == "\t" and not QUOTED_BY_TABS.search(body):
        cells = [line.split(separator) for line in lines]
        if len({len(row) for row in cells if any(row)}) == 1:
            return cells, starts
    rows, starts, breaks = _split_quoted(lines, separator, first_line, bad, is_cut)
    if breaks:
        sentence = plural(
            "{n:,} row has line breaks inside quotes: kept. Line numbers are those of the file.",
            "{n:,} rows have line breaks inside quotes: kept. Line numbers are those of the file.", len(breaks),
        )  # fmt: skip
        repairs.append(at_lines("line_breaks", sentence, breaks))
    return rows, starts


def _split_quoted(
    lines: list[str], separator: str, first_line: int, bad: list[BadRow], is_cut: bool
) -> tuple[list[list[str]], list[int], list[int]]:
    """Rows, their lines and the lines of rows with line breaks. After a quote that is not closed, reading goes on in the next line."""
    rows: list[list[str]] = []
    starts: list[int] = []
    breaks: list[int] = []
    begin = 0  # the line from which the reader counts
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    while True:
        start = begin + reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return rows, starts, breaks
        except csv.Error as error:
            if is_cut and "end of data" in str(error):  # the quote may be closed in what was not read
                return rows, starts, breaks
            if "field larger" in str(error) or len(bad) >= MAX_OPEN_QUOTES:
                raise quote_error(str(error), start + first_line) from None
            bad.append(BadRow(start + first_line, 0, lines[start]))
            begin = start + 1
            reader = csv.reader((line + "\n" for line in islice(lines, begin, None)), delimiter=separator, strict=True)
            continue
        rows.append(row)
        starts.append(start + first_line)
        if begin + reader.line_num - start > 1:
            breaks.append(start + first_line)


def quote_error(text: str, line: int) -> DataError:
    if "field larger" in text:
        sentence = message("Line {line}: a field is too long, over {limit:,} characters. Check the quotes there.")
        return DataError(sentence.format(line=line, limit=MAX_FIELD), line=line)
    sentence = message(
        "Line {line}: a quotation mark opens a field and the quote is not closed as it should be. "
        'Close it, or write quotes inside a quoted field twice ("").'
    )
    return DataError(sentence.format(line=line), line=line)


def _equal_width(rows: list[list[str]], starts: list[int], repairs: list[Repair], bad: list[BadRow]) -> Rows:
    """Rows of equal width as a table, and the others.

    Blank rows are filled; a trailing delimiter in the header only, or in the rows only, is dropped.
    """
    blank = [not any(map(str.strip, row)) for row in rows]
    full = [row for row, is_blank in zip(rows, blank, strict=True) if not is_blank]
    if not full:
        if bad:
            raise quote_error("", bad[0].line)
        raise DataError(message("The file holds no rows, only blank lines: it is empty. Choose a file with data."))
    width = len(full[0])
    widths = {len(row) for row in full[1:]}
    if widths == {width - 1} and not full[0][-1].strip():
        full[0].pop()
        width -= 1
        repairs.append(Repair(kind="empty_column", message=message("A trailing delimiter of the header was dropped.")))
    elif widths == {width + 1} and not any(row[-1].strip() for row in full[1:]):
        for row in full[1:]:
            row.pop()
        sentence = message("A trailing delimiter (an empty column without a name) was dropped.")
        repairs.append(Repair(kind="empty_column", message=sentence))
    fits = [is_blank or len(row) == width for row, is_blank in zip(rows, blank, strict=True)]
    bad += [
        BadRow(line, len(row), short(" ".join(row)))
        for row, line, fit in zip(rows, starts, fits, strict=True)
        if not fit
    ]
    bad.sort(key=lambda row: row.line)
    kept = [[""] * width if is_blank else row for row, is_blank, fit in zip(rows, blank, fits, strict=True) if fit]
    lines = np.array([line for line, fit in zip(starts, fits, strict=True) if fit])
    return Rows(table_of(list(zip(*kept, strict=True))), lines, bad, repairs)


def split_histories(text: Text, skipped: int) -> Rows | None:
    """(user, item) rows of a file with one user per line: the user, then their items, oldest first.

    None for any other file. Required: only whole numbers, separated by blanks, tabs or commas, lines of different
    lengths, and no user twice.
    """
    sample = _histories(text.head()[skipped : skipped + SNIFFED], skipped)
    if sample is None or len({len(cells) for cells, _ in sample}) < 3:
        return None
    histories = _histories(text.whole().split("\n")[skipped:], skipped)
    if histories is None or len({cells[0] for cells, _ in histories}) < len(histories):
        return None
    sizes = [len(cells) - 1 for cells, _ in histories]
    users = np.repeat(np.array([cells[0] for cells, _ in histories], dtype=object), sizes)
    items = [item for cells, _ in histories for item in cells[1:]]
    return Rows(table_of([list(users), items]), np.repeat([number for _, number in histories], sizes))


def _histories(lines: list[str], skipped: int) -> list[tuple[list[str], int]] | None:
    """Cells and number of each non-blank line; None unless each line has two or more whole numbers."""
    rows = [(line.replace(",", " ").split(), number) for number, line in enumerate(lines, start=skipped + 1)]
    filled = [(cells, number) for cells, number in rows if cells]
    all_numbers = all(len(cells) > 1 and all(c.isdecimal() and c.isascii() for c in cells) for cells, _ in filled)
    return filled if all_numbers else None
