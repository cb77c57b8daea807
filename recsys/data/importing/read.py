"""Reading a file into a table of text cells, with the line on which each row starts.

Text may be separated by comma, tab, semicolon, `::`, `|` or blanks, with or without a header, or be one user a line, JSON lines
or a JSON array; Parquet and Excel are read too, and .gz and .zip of one file. Deviations with only one interpretation are
accepted and reported: comments before the header, blank lines, an empty last column, a repeated header. Faults with several,
such as a few rows with another number of fields, are decided by the user (faults.py). Raises DataError with the line for what
cannot be read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recsys.data.dataset import Repair
from recsys.data.importing.faults import Decisions, Kind
from recsys.data.importing.import_choices import FileChoices
from recsys.data.importing.margins import without_footer
from recsys.data.importing.records import Rows, as_text, at_lines, frame_of, has_numbers
from recsys.data.importing.scan import too_many_rows
from recsys.data.importing.signatures import PARQUET, WORKBOOK
from recsys.data.importing.text_rows import TextRows, text_rows
from recsys.data.importing.typed_rows import parquet_rows, workbook_rows
from recsys.data.importing.unpack import Source, opened
from recsys.data.threads import in_threads
from recsys.errors import DataError
from recsys.messages import message, plural, short

NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?(e[+-]?\d+)?\s*", re.IGNORECASE)
DATE = re.compile(r"\s*\d{4}-\d\d?-\d\d?.*|\s*\d\d?[/.]\d\d?[/.]\d{2,4}.*")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
MAX_COLUMNS = 1000
HEAD_ROWS = 2000  # of a Parquet file that a preview reads


@dataclass
class Table:
    """`frame` holds text, but for columns of plain whole numbers of a large log, which may be int64. Its columns are the header names, or "0", "1", … for a file without a header.

    `lines` [num_rows] is the line of the file on which each row starts, from 1 (of JSON arrays the line of each object, of
    Parquet the row). `format`: "text", "histories", "json", "parquet" or "xlsx". `encodings` are further plausible ones,
    `sheets` all of a workbook. `num_rows` is an estimate where only the beginning was read (`share` of the file below 1).
    """

    frame: pd.DataFrame
    lines: np.ndarray
    separator: str
    has_header: bool
    encoding: str = "UTF-8"
    repairs: list[Repair] = field(default_factory=list)
    format: str = "text"
    encodings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    num_rows: int = 0
    share: float = 1.0


@dataclass(frozen=True)
class Reading:
    """What is known before a file is read: known column names (normalised), the limit of rows, and the user's choices.

    With `is_numbered` the mapping names columns by number, so a first row without a known name is data. With `head` only the
    beginning is read.
    """

    file: Kind
    choices: FileChoices
    decisions: Decisions
    max_rows: int | None
    aliases: frozenset[str]
    is_numbered: bool
    head: bool

    def has_name(self, cells: list[str]) -> bool:
        return any(plain_name(cell) in self.aliases for cell in cells)


def read_table(
    path: Path,
    max_rows: int | None = None,
    aliases: frozenset[str] = frozenset(),
    numbered: bool = False,
    *,
    choices: FileChoices | None = None,
    decisions: Decisions | None = None,
    file: Kind = "interactions",
    head: bool = False,
) -> Table:
    """Read a file into text cells. Raises DataError with line and column.

    `aliases` are known column names, normalised by `plain_name`; a first row with one of them is a header. With
    `numbered` the mapping names columns by number, so a first row without a known name is data. Faults are added to
    `decisions`; without it they are errors. With `head` only the beginning is read, for a preview.
    """
    made = decisions or Decisions()
    reading = Reading(file, choices or FileChoices(), made, max_rows, aliases, numbered, head)
    with opened(path, head) as source:
        found = _found(source, reading)
        found.rows.repairs[:0] = source.repairs
    table = _table(found, reading)
    if decisions is None:
        made.check()
    table.share = source.share
    table.num_rows = table.num_rows or round(len(table.frame) / source.share)
    return table


def plain_name(name: str) -> str:
    """Normalise a column name for comparison: letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", INVISIBLE.sub("", name)).lower()


def _found(source: Source, reading: Reading) -> TextRows:
    if source.format == PARQUET:
        rows, names, num_rows = parquet_rows(source.file, reading.max_rows, HEAD_ROWS if reading.head else None)
        return TextRows(rows, ",", "parquet", names=names, num_rows=num_rows)
    if source.format == WORKBOOK:
        rows, sheets = workbook_rows(source.file, reading.choices.sheet)
        return TextRows(rows, ",", "xlsx", sheets=sheets)
    return text_rows(source, reading)


def _table(found: TextRows, reading: Reading) -> Table:
    """The table of rows that may hold a header, blank rows and a footer."""
    rows = found.rows
    names = [INVISIBLE.sub("", name).strip() for name in found.names] if found.names else None
    if found.format in ("text", "xlsx"):
        rows = _without_blank_rows(rows)
    has_header: bool | None = names is not None
    if names is not None:
        _check_names(names, 1)
    elif found.format != "histories":
        first = rows.first or [column[0].as_py() for column in rows.cells.columns]
        has_header = reading.choices.has_header
        if has_header is None:
            has_header = _is_header(first, reading)
        if has_header:
            names = _header_names(first, int(rows.lines[0]), rows.repairs)
            rows = _below_header(rows, first)
        else:
            if any(column.null_count for column in rows.cells.columns):
                rows.cells = as_text(rows.cells, first)
            sentence = message("No header: the first line is already data. Columns are numbered from 0.")
            rows.repairs.append(Repair(kind="no_header", message=sentence))
    reading.decisions.count_rows(reading.file, rows.cells.num_rows + len(rows.bad))
    if found.format in ("text", "xlsx"):
        rows = without_footer(rows, reading.decisions, reading.file)
    if not rows.cells.num_rows:
        raise DataError(message("The file has a header and no rows: no data to learn from. Add rows below the header."))
    if reading.max_rows is not None and rows.cells.num_rows > reading.max_rows:
        raise too_many_rows(reading.max_rows, rows.cells.num_rows)
    may_be_numbers = reading.file == "interactions" and not reading.head
    cells = rows.cells if may_be_numbers else as_text(rows.cells)
    frame = frame_of(cells, names or map(str, range(cells.num_columns)))
    frame = _without_empty_columns(frame, bool(has_header), rows.repairs)
    return Table(
        frame, rows.lines, found.separator, bool(has_header), found.encoding, rows.repairs,
        found.format, found.encodings, found.sheets, found.num_rows,
    )  # fmt: skip


def _without_blank_rows(rows: Rows) -> Rows:
    is_blank = np.full(rows.cells.num_rows, not has_numbers(rows.cells))
    for column in rows.cells.columns if is_blank.any() else ():
        is_blank &= _where(lambda cells: pc.or_(pc.equal(cells, ""), pc.utf8_is_space(cells)), column)
        if not is_blank.any():
            break
    lines = np.sort(np.append(rows.lines[is_blank], np.array(rows.blank, dtype=rows.lines.dtype)))
    if not len(lines):
        return rows
    if is_blank.all():
        raise DataError(message("The file holds no rows, only blank lines: it is empty. Choose a file with data."))
    sentence = plural("{n:,} blank line was skipped.", "{n:,} blank lines were skipped.", len(lines))
    rows.repairs.append(at_lines("blank_lines", sentence, lines))
    return Rows(rows.cells.filter(pa.array(~is_blank)), rows.lines[~is_blank], rows.bad, rows.repairs, first=rows.first)


def _are(text: str, cells: pa.Array) -> pa.BooleanArray:
    if pa.types.is_integer(cells.type):
        return pc.equal(cells, int(text)) if text.isdecimal() else pa.array(np.zeros(len(cells), dtype=bool))
    return pc.equal(cells, text)


def _where(test: Callable[[pa.Array], pa.BooleanArray], column: pa.ChunkedArray) -> np.ndarray:
    """[num_rows] bool: the cells that pass a test."""
    parts = in_threads(lambda cells: test(cells).to_numpy(zero_copy_only=False), column.chunks)
    return np.concatenate([np.zeros(0, dtype=bool), *parts])


def _is_header(first: list[str], reading: Reading) -> bool:
    """Whether the first row has a known column name, or no number or date."""
    if reading.has_name(first):
        return True
    return not reading.is_numbered and not any(NUMBER.fullmatch(cell) or DATE.fullmatch(cell) for cell in first)


def _below_header(rows: Rows, first: list[str]) -> Rows:
    """The rows below the first, without those that repeat it."""
    cells, lines = rows.cells.slice(1), rows.lines[1:]
    is_repeat = np.ones(cells.num_rows, dtype=bool)
    for name, column in zip(first, cells.columns, strict=True):
        if is_repeat.any():
            is_repeat &= _where(partial(_are, name), column)
    if is_repeat.any():
        sentence = message("The header is repeated at line {line} (files joined?): skipped.", line=lines[is_repeat][0])
        rows.repairs.append(at_lines("header_again", sentence, lines[is_repeat]))
        cells, lines = cells.filter(pa.array(~is_repeat)), lines[~is_repeat]
    return Rows(cells, lines, rows.bad, rows.repairs)


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
    _check_names(names, line)
    return names


def _check_names(names: list[str], line: int) -> None:
    """Raise DataError for too many columns and for two of one name."""
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


def _has_content(cells: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(cells) or bool(cells.str.strip().any())


def _without_empty_columns(frame: pd.DataFrame, has_header: bool, repairs: list[Repair]) -> pd.DataFrame:
    """Drop trailing columns without name and content; name other unnamed columns by position."""
    names = list(frame.columns)
    width = len(names)
    while width > 1 and (not names[width - 1] or not has_header) and not _has_content(frame.iloc[:, width - 1]):
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
