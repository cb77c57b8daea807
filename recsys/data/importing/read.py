"""Reading a file into a table of text cells, with the line on which each row starts.

Fields may be separated by comma, tab, semicolon, `::`, `|` or blanks, with or without a header. Deviations with only
one interpretation are accepted and reported: comments before the header, blank lines, an empty last column, a
repeated header. Raises DataError with the line for a row with too many or too few fields, an open quote or two
columns of one name.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.importing.decode import read_text
from recsys.data.importing.records import WORDS, at_lines, find_separator, split_histories, split_records
from recsys.errors import DataError
from recsys.messages import message, plural, short

NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?(e[+-]?\d+)?\s*", re.IGNORECASE)
DATE = re.compile(r"\s*\d{4}-\d\d?-\d\d?.*|\s*\d\d?[/.]\d\d?[/.]\d{2,4}.*")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
EXCEL = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # first line written by spreadsheets
HEAD = 1000  # lines inspected before the whole file is split
MAX_COLUMNS = 1000


@dataclass
class Table:
    """`frame` holds text. Its columns are the header names, or "0", "1", … for a file without a header.

    `lines` [num_rows] is the line of the file on which each row starts, from 1.
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
    """Read a file into text cells. Raises DataError with line and column.

    `aliases` are known column names, normalised by `plain_name`; a first row with one of them is a header. With
    `numbered` the mapping names columns by number, so a first row without a known name is data.
    """
    text, encoding, repairs = read_text(path)
    frame, lines, separator, is_histories = _rows(text, repairs)
    has_header = not is_histories and _is_header(frame.iloc[0].tolist(), aliases, numbered)
    names = [str(i) for i in frame.columns]
    if has_header:
        names = _header_names(frame.iloc[0].tolist(), int(lines[0]), repairs)
        is_repeat = _repeated_headers(frame)
        if is_repeat.any():
            sentence = message(
                "The header is repeated at line {line} (files joined?): skipped.", line=lines[is_repeat][0]
            )
            repairs.append(at_lines("header_again", sentence, lines[is_repeat]))
        frame, lines = frame[~is_repeat].iloc[1:], lines[~is_repeat][1:]
    elif not is_histories:
        sentence = message("No header: the first line is already data. Columns are numbered from 0.")
        repairs.append(Repair(kind="no_header", message=sentence))
    if not len(frame):
        raise DataError(message("The file has a header and no rows: no data to learn from. Add rows below the header."))
    if max_rows is not None and len(frame) > max_rows:
        raise DataError(
            message(
                "The file has {rows:,} rows; the limit is {limit:,}. Upload a part of it or raise the limit.",
                rows=len(frame),
                limit=max_rows,
            )
        )
    frame.columns = pd.Index(names)
    frame = _without_empty_columns(frame.reset_index(drop=True), has_header, repairs)
    return Table(frame, lines, separator, has_header, encoding, repairs)


def plain_name(name: str) -> str:
    """Normalise a column name for comparison: letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", INVISIBLE.sub("", name)).lower()


def _rows(text: str, repairs: list[Repair]) -> tuple[pd.DataFrame, np.ndarray, str, bool]:
    """Non-blank rows including the header, their lines, the separator, and whether each line was a history."""
    head = text.split("\n", HEAD)[:HEAD]
    skipped = _preamble(head)
    excel = EXCEL.fullmatch(head[0])
    if excel and excel[1] in WORDS:
        skipped = max(1, skipped)
    if skipped:
        sentence = plural(
            "{n} comment line before the header was skipped.", "{n} comment lines before the header were skipped.",
            skipped,
        )  # fmt: skip
        repairs.append(at_lines("preamble", sentence, list(range(1, skipped + 1))))
    separator = excel[1] if excel and excel[1] in WORDS else find_separator(head[skipped:])
    error_found: DataError | None = None
    try:
        frame, lines, notes = split_records(text, skipped, separator)
    except DataError as error:
        error_found = error
    histories = split_histories(text, skipped) if error_found or frame.shape[1] == 1 else None
    if histories is not None:
        sentence = message(
            "Each line is a history: a user, then their items, oldest first. Read as one row for each item."
        )
        repairs.append(Repair(kind="histories", message=sentence))
        return (*histories, " ", True)
    if error_found is not None:
        raise error_found
    repairs += notes
    if separator != ",":
        sentence = message("Fields are separated by {separator}.", separator=WORDS[separator])
        repairs.append(Repair(kind="separator", message=sentence))
    is_blank = np.ones(len(frame), dtype=bool)
    for column in frame:
        is_blank &= frame[column].str.strip().to_numpy() == "" if is_blank.any() else False
    if is_blank.any():
        sentence = plural("{n:,} blank line was skipped.", "{n:,} blank lines were skipped.", int(is_blank.sum()))
        repairs.append(at_lines("blank_lines", sentence, lines[is_blank]))
        frame, lines = frame[~is_blank], lines[~is_blank]
    if not len(frame):
        raise DataError(message("The file holds no rows, only blank lines: it is empty. Choose a file with data."))
    return frame, lines, separator, False


def _preamble(lines: list[str]) -> int:
    """Number of comment and blank lines before the first line of the table."""
    count = 0
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith(("#", "//")):
            count = number
        elif line.strip():
            break
    return count if count < len(lines) else 0


def _is_header(first: list[str], aliases: frozenset[str], numbered: bool) -> bool:
    """Whether the first row has a known column name, or no number or date."""
    if any(plain_name(cell) in aliases for cell in first):
        return True
    return not numbered and not any(NUMBER.fullmatch(cell) or DATE.fullmatch(cell) for cell in first)


def _repeated_headers(frame: pd.DataFrame) -> np.ndarray:
    """[num_rows] bool: later rows that equal the first."""
    is_repeat = np.arange(len(frame)) > 0
    for column in frame:
        is_repeat &= (frame[column] == frame[column].iat[0]).to_numpy() if is_repeat.any() else False
    return is_repeat


def _header_names(cells: list[str], line: int, repairs: list[Repair]) -> list[str]:
    names = [INVISIBLE.sub("", cell).strip() for cell in cells]
    changed = [(cell, name) for cell, name in zip(cells, names, strict=True) if cell != name]
    if changed:
        shown = message("; ").join(
            [message("{before!r} read as {after!r}", before=short(c), after=short(n)) for c, n in changed[:3]]
        )
        hidden = message("Column names with invisible characters: {changes}.")
        blanks = message("Column names with blanks around names: {changes}.")
        sentence = hidden if any(INVISIBLE.search(cell) for cell in cells) else blanks
        repairs.append(Repair(kind="header", message=sentence.format(changes=shown)))
    if len(names) > MAX_COLUMNS:
        raise DataError(
            message(
                "The header has {columns:,} columns; the limit is {limit:,}. Is this a matrix?",
                columns=len(names),
                limit=MAX_COLUMNS,
            ),
            line=line,
        )
    repeated = [name for name, count in Counter(map(str.lower, names)).items() if count > 1 and name]
    if repeated:
        raise DataError(
            message(
                "Column {column!r} is in the header twice (duplicate). Rename one of them.",
                column=short(repeated[0]),
            ),
            line=line,
            column=repeated[0],
        )
    return names


def _without_empty_columns(frame: pd.DataFrame, has_header: bool, repairs: list[Repair]) -> pd.DataFrame:
    """Drop trailing columns without name and content; name other unnamed columns by position."""
    names = list(frame.columns)
    width = len(names)
    while width > 1 and (not names[width - 1] or not has_header) and not frame.iloc[:, width - 1].str.strip().any():
        width -= 1
    if width < len(names):
        sentence = message("An empty column without a name at the end (trailing delimiter) was dropped.")
        repairs.append(Repair(kind="empty_column", message=sentence, count=len(names) - width))
        frame = frame.iloc[:, :width]
    used = set(names)
    filled_names = []
    for column, name in enumerate(names[:width]):
        unnamed = f"column {column}"
        while not name and unnamed in used:
            unnamed += "_"
        filled_names.append(name or unnamed)
    frame.columns = pd.Index(filled_names)
    return frame
