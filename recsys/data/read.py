"""A file -> a table of text cells with the line of the file that each row began on.

Fields may be separated by comma, tab, semicolon, `::`, `|` or blanks, with or without a header. What has one reading is
read and reported (comments before the header, blank lines, an empty last column, a header that comes again); a row
with too many or too few fields, an open quote or two columns of one name are refused with their line.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.decode import read_text, short
from recsys.data.records import WORDS, at_lines, find_separator, split_histories, split_records
from recsys.errors import DataError

NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?(e[+-]?\d+)?\s*", re.IGNORECASE)
DATE = re.compile(r"\s*\d{4}-\d\d?-\d\d?.*|\s*\d\d?[/.]\d\d?[/.]\d{2,4}.*")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
EXCEL = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # a spreadsheet's own first line
HEAD = 1000  # lines looked at before the whole file is cut
MAX_COLUMNS = 1000


@dataclass
class Table:
    """`frame` holds text; its columns are header names, or "0", "1", … where the file has no header.

    `lines` [num_rows] is the line of the file on which each row begins, from 1.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    separator: str
    has_header: bool
    encoding: str = "UTF-8"
    repairs: list[Repair] = field(default_factory=list)


def read_table(
    path: Path, max_rows: int | None = None, aliases: frozenset[str] = frozenset(), numbered: bool = False
) -> Table:
    """Reads a file into text cells. `aliases` are known column names (as `plain_name` writes them): a first row that
    holds one is a header. `numbered`: columns are spoken of by number, so a first row without a known name is data.
    Raises DataError with line and column."""
    text, encoding, repairs = read_text(path)
    frame, lines, separator, whole = _rows(text, repairs)
    has_header = not whole and _is_header(frame.iloc[0].tolist(), aliases, numbered)
    names = [str(i) for i in frame.columns]
    if has_header:
        names = _names(frame.iloc[0].tolist(), int(lines[0]), repairs)
        again = _same_as_first(frame)
        if again.any():
            message = f"The header comes again at line {lines[again][0]} (files joined?): passed over."
            repairs.append(at_lines("header_again", message, lines[again]))
        frame, lines = frame[~again].iloc[1:], lines[~again][1:]
    elif not whole:
        message = "No header: the first line is already data. Columns are numbered from 0."
        repairs.append(Repair(kind="no_header", message=message))
    if not len(frame):
        raise DataError("The file has a header and no rows: no data to learn from. Add rows below the header.")
    if max_rows is not None and len(frame) > max_rows:
        raise DataError(
            f"The file has {len(frame):,} rows; the limit is {max_rows:,}. Upload a part of it or raise the limit."
        )
    frame.columns = pd.Index(names)
    frame = _without_empty_columns(frame.reset_index(drop=True), has_header, repairs)
    return Table(frame, lines, separator, has_header, encoding, repairs)


def plain_name(name: str) -> str:
    """A column name as it is compared: letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", INVISIBLE.sub("", name)).lower()


def _rows(text: str, repairs: list[Repair]) -> tuple[pd.DataFrame, np.ndarray, str, bool]:
    """All rows that hold anything, the first included; their lines; the separator; whether each line was a history."""
    head = text.split("\n", HEAD)[:HEAD]
    skipped = _preamble(head)
    named = EXCEL.fullmatch(head[0])
    if named and named[1] in WORDS:
        skipped = max(1, skipped)
    if skipped:
        message = f"{skipped} comment lines before the header were skipped."
        repairs.append(at_lines("preamble", message, list(range(1, skipped + 1))))
    separator = named[1] if named and named[1] in WORDS else find_separator(head[skipped:])
    fault: DataError | None = None
    try:
        frame, lines, notes = split_records(text, skipped, separator)
    except DataError as error:
        fault = error
    histories = split_histories(text, skipped) if fault or frame.shape[1] == 1 else None
    if histories is not None:
        message = "Each line is a history: a user, then their items, oldest first. Read as one row for each item."
        repairs.append(Repair(kind="histories", message=message))
        return (*histories, " ", True)
    if fault is not None:
        raise fault
    repairs += notes
    if separator != ",":
        repairs.append(Repair(kind="separator", message=f"Fields are separated by {WORDS[separator]}."))
    blank = np.ones(len(frame), dtype=bool)
    for column in frame:
        blank &= frame[column].str.strip().to_numpy() == "" if blank.any() else False
    if blank.any():
        repairs.append(at_lines("blank_lines", f"{blank.sum():,} blank lines were passed over.", lines[blank]))
        frame, lines = frame[~blank], lines[~blank]
    if not len(frame):
        raise DataError("The file holds no rows, only blank lines: it is empty. Choose a file with data.")
    return frame, lines, separator, False


def _preamble(lines: list[str]) -> int:
    """How many comment and blank lines stand before the first line of the table."""
    count = 0
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith(("#", "//")):
            count = number
        elif line.strip():
            break
    return count if count < len(lines) else 0


def _is_header(first: list[str], aliases: frozenset[str], numbered: bool) -> bool:
    """A first row with a known name is one, and one without any number or date."""
    if any(plain_name(cell) in aliases for cell in first):
        return True
    return not numbered and not any(NUMBER.fullmatch(cell) or DATE.fullmatch(cell) for cell in first)


def _same_as_first(frame: pd.DataFrame) -> np.ndarray:
    """Which later rows are the first one over again."""
    again = np.arange(len(frame)) > 0
    for column in frame:
        again &= (frame[column] == frame[column].iat[0]).to_numpy() if again.any() else False
    return again


def _names(cells: list[str], line: int, repairs: list[Repair]) -> list[str]:
    names = [INVISIBLE.sub("", cell).strip() for cell in cells]
    changed = [f"{c!r} read as {n!r}" for c, n in zip(cells, names, strict=True) if c != n]
    if changed:
        hidden = "invisible characters" if any(INVISIBLE.search(cell) for cell in cells) else "blanks around names"
        repairs.append(Repair(kind="header", message=f"Column names with {hidden}: {'; '.join(changed)[:200]}."))
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"The header has {len(names):,} columns; the limit is {MAX_COLUMNS:,}. Is this a matrix?", line=line
        )
    twice = [name for name, count in Counter(map(str.lower, names)).items() if count > 1 and name]
    if twice:
        raise DataError(
            f"Column {short(twice[0])!r} stands twice in the header (duplicate). Rename one of them.",
            line=line,
            column=twice[0],
        )
    return names


def _without_empty_columns(frame: pd.DataFrame, has_header: bool, repairs: list[Repair]) -> pd.DataFrame:
    """Drops columns at the end that have neither name nor content; names the other nameless ones by their place."""
    names = list(frame.columns)
    width = len(names)
    while width > 1 and (not names[width - 1] or not has_header) and not frame.iloc[:, width - 1].str.strip().any():
        width -= 1
    if width < len(names):
        message = "An empty column without a name at the end (trailing delimiter) was dropped."
        repairs.append(Repair(kind="empty_column", message=message, count=len(names) - width))
        frame = frame.iloc[:, :width]
    taken = set(names)
    kept = []
    for column, name in enumerate(names[:width]):
        unnamed = f"column {column}"
        while not name and unnamed in taken:
            unnamed += "_"
        kept.append(name or unnamed)
    frame.columns = pd.Index(kept)
    return frame
