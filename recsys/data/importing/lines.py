"""The fast reader: text with one row per line, split block by block by pyarrow's CSV reader, in threads.

It takes text without quotes, and quoted text whose quotes have one reading and hold no line break. `split_lines` returns None
for other text, which records.py reads.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from recsys.data.importing.decode import Text
from recsys.data.importing.records import MAX_FIELD, QUOTED_BY_TABS, UNQUOTED, BadRow, Rows, has_numbers
from recsys.data.importing.unpack import BLOCK
from recsys.data.threads import in_threads
from recsys.data.whole_numbers import whole_numbers
from recsys.messages import short

UNIT_SEPARATOR = "\x1f"  # replaces "::" for pyarrow, which takes single-character separators only
MAX_SHARE = 0.05  # of the rows that may have another number of fields; a file with more is refused
LEAST_BAD = 20  # so many are collected in any case
MANY = 100_000  # lines from which columns of numbers are not read as text
SAMPLE = 1 << 16  # bytes in which they are looked for


def split_lines(text: Text, skipped: int, separator: str) -> Rows | None:
    """Split text into cells, without the first `skipped` lines; None unless each line is one row.

    Rows with another number of fields than the first are `bad`; when they exceed MAX_SHARE, the others are not read.
    """
    start = _offset(text, skipped)
    has_quoting = False
    if text.scan.has_quotes and separator not in UNQUOTED:
        has_quoting = separator != "\t" or _has_quoted_fields(text.file, start)
        if has_quoting and (len(separator) > 1 or not _is_unambiguous(text.file, start, separator)):
            return None
    text.file.seek(start)
    width = text.file.readline().count(separator.encode()) + 1
    if width == 1 or (has_quoting and (width := _quoted_width(text, start, separator)) == 1):
        return None
    text.file.seek(start)
    dialect = _Dialect(separator, width, has_quoting)
    if text.scan.num_lines >= MANY and not has_quoting:
        dialect.numbers = _number_columns(text.file.read(SAMPLE), separator, width)
        text.file.seek(start)
    rows = _read(text.file, dialect, text.scan.num_lines - skipped, skipped + 1)
    if rows is None:
        return None
    texts = [cells for cells in rows.cells.columns if not pa.types.is_integer(cells.type)]
    if separator == " " and any(pc.any(pc.equal(cells, "")).as_py() for cells in texts):
        return None  # more than one blank between fields
    if separator == "\t" and text.scan.has_quotes and not has_quoting and rows.bad:
        return None
    return rows


@dataclass
class _Dialect:
    """How a text is split. `numbers` are columns that may be plain whole numbers, of which blocks are tried as int64."""

    separator: str
    width: int
    has_quoting: bool
    numbers: list[str] = field(default_factory=list)


def _number_columns(sample: bytes, separator: str, width: int) -> list[str]:
    """Columns whose cells in the sample, but for its first and last line, have only digits; none if a cell of the first is empty."""
    first, *rows = (line.split(separator.encode()) for line in sample.split(b"\n")[:-1])
    if not rows or any(len(row) != width for row in rows) or not all(map(bytes.strip, first)):
        return []
    return [str(i) for i, cells in enumerate(zip(*rows, strict=True)) if all(map(bytes.isdigit, cells))]


def _read(file: BinaryIO, dialect: _Dialect, num_lines: int, first_line: int) -> Rows | None:
    parts: list[pa.Table] = []
    bad: list[BadRow] = []
    gaps: list[int] = []
    most = max(LEAST_BAD, int(num_lines * MAX_SHARE))
    first_row = _split(replace(dialect, numbers=[]), most, memoryview(file.readline(BLOCK)))
    for part in chain([first_row], in_threads(partial(_split, dialect, most), _blocks(file))):
        done = sum(cells.num_rows for cells in parts) + len(gaps)
        gaps += [done + row for row in part.gaps]
        bad += [replace(row, line=first_line + done + row.line - 1) for row in part.bad]
        if len(bad) > most:
            return Rows(pa.table({}), np.empty(0, dtype=np.int32), bad[: most + 1])
        if part.cells is None or not (parts or part.cells.num_rows):
            return None
        parts.append(part.cells)
    cells = _joined(parts)
    if cells.num_rows + len(gaps) != num_lines:
        return None
    lines = np.arange(first_line, first_line + num_lines, dtype=np.int32)
    lines = np.delete(lines, np.array(gaps) - 1) if gaps else lines
    blank = sorted({first_line + row - 1 for row in gaps} - {row.line for row in bad})
    first = [column[0].as_py() for column in parts[0].columns] if has_numbers(cells) else []
    return Rows(cells, lines, bad, blank=blank, first=first)


def _joined(parts: list[pa.Table]) -> pa.Table:
    """The first row, which is text, and the blocks below it; a column is int64 if all blocks below are."""
    columns = []
    for column in zip(*(part.columns for part in parts), strict=True):
        first, *others = (chunk for cells in column for chunk in cells.chunks)
        if others and all(pa.types.is_integer(chunk.type) for chunk in others):
            numbers = whole_numbers(first)
            columns.append(pa.chunked_array([pa.array([None] if numbers is None else numbers, pa.int64()), *others]))
        else:
            columns.append(pa.chunked_array([chunk.cast(pa.large_string()) for chunk in (first, *others)]))
    return pa.table(columns, names=parts[0].column_names)


@dataclass
class _Part:
    """Cells of a block, None if they cannot be told; rows from 1 that are not among them, and which of these are not blank."""

    cells: pa.Table | None = None
    gaps: list[int] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def _split(dialect: _Dialect, most: int, lines: memoryview) -> _Part:
    """Split a block of whole lines. At most `most` bad rows are collected."""
    block = pa.py_buffer(lines)
    if len(lines) == BLOCK and lines[-1] != ord("\n"):
        return _Part()
    if dialect.separator == "::":
        text = bytes(lines)
        if UNIT_SEPARATOR.encode() in text:
            return _Part()
        block = pa.py_buffer(text.replace(b"::", UNIT_SEPARATOR.encode()))
    if lines[:3] == codecs.BOM_UTF8:  # pyarrow passes over one
        block = pa.py_buffer(codecs.BOM_UTF8 + block.to_pybytes())
    if dialect.numbers:
        part = _cells(dialect, most, block, dialect.numbers)
        if part.cells is not None and part.cells.num_rows and not part.gaps and _are_plain(part.cells, block):
            return part
        dialect.numbers = []  # also for other blocks
    return _cells(dialect, most, block)


def _cells(dialect: _Dialect, most: int, block: pa.Buffer, numbers: Collection[str] = ()) -> _Part:
    """The cells of a block, in the columns `numbers` as int64."""
    part = _Part()

    def keep_bad(row: arrow_csv.InvalidRow) -> str:
        if dialect.has_quoting and '"' in row.text:  # perhaps an open quote
            return "error"
        part.gaps.append(row.number)
        if row.text.strip():
            part.bad.append(BadRow(row.number, row.actual_columns, short(row.text)))
        return "skip" if len(part.bad) <= most else "error"

    names = [str(i) for i in range(dialect.width)]
    with suppress(pa.ArrowInvalid):
        part.cells = arrow_csv.read_csv(
            pa.BufferReader(block),
            arrow_csv.ReadOptions(column_names=names, block_size=block.size + 1, use_threads=False),
            arrow_csv.ParseOptions(
                delimiter=UNIT_SEPARATOR if dialect.separator == "::" else dialect.separator,
                quote_char='"' if dialect.has_quoting else False,
                double_quote=dialect.has_quoting,
                ignore_empty_lines=False,
                invalid_row_handler=keep_bad,
            ),
            arrow_csv.ConvertOptions(
                column_types={name: pa.int64() if name in numbers else pa.large_string() for name in names},
                null_values=[],
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    return part


def _are_plain(cells: pa.Table, block: pa.Buffer) -> bool:
    """Whether the texts of all numbers in a block follow from the numbers: then the lengths add up to that of the block.

    Any other text of a number that is not negative, such as 007 or +7, is longer.
    """
    length = cells.num_rows * cells.num_columns - (block[block.size - 1] != ord("\n"))  # separators and line ends
    for column in cells.columns:
        if not pa.types.is_integer(column.type):
            length += pc.sum(pc.binary_length(column)).as_py() or 0
            continue
        numbers = column.chunk(0).to_numpy()
        lowest, highest = numbers.min(), numbers.max()
        if lowest < 0:
            return False
        least_digits, most_digits = len(str(lowest)), len(str(highest))
        length += least_digits * len(numbers)
        length += sum(int(np.count_nonzero(numbers >= 10**power)) for power in range(least_digits, most_digits))
    return length == block.size


def _blocks(file: BinaryIO) -> Iterator[memoryview]:
    """The rest of a file in blocks of whole lines; a full block without a line end is part of a longer line."""
    while block := file.read(BLOCK):
        end = block.rfind(b"\n") + 1 if len(block) == BLOCK else 0
        if end:
            file.seek(end - BLOCK, io.SEEK_CUR)
        yield memoryview(block)[: end or len(block)]


def _offset(text: Text, skipped: int) -> int:
    """The byte at which the first line that is not skipped begins."""
    text.file.seek(text.start)
    for _ in range(skipped):
        text.file.readline()
    return text.file.tell()


def _quoted_width(text: Text, start: int, separator: str) -> int:
    text.file.seek(start)
    line = re.sub(rb'"(?:[^"]|"")*"', b"", text.file.readline())
    return line.count(separator.encode()) + 1


def _has_quoted_fields(file: BinaryIO, start: int) -> bool:
    """Whether a field of tab-separated text is quoted on both sides."""
    pattern = re.compile(QUOTED_BY_TABS.pattern.encode(), re.MULTILINE)
    file.seek(start)
    while block := file.read(BLOCK) + file.readline():
        if pattern.search(block.replace(b"\r\n", b"\n")):
            return True
    return False


def _is_unambiguous(file: BinaryIO, start: int, separator: str) -> bool:
    """Whether each quote has one reading: it opens or closes a field, stands twice inside one, or inside an unquoted field.

    Text that fails may be right, or a field may go on after its closing quote; records.py then tells.
    """
    edge = b"\n" + re.escape(separator.encode())
    goes_on = re.compile(b'[^%b]"[^"\r%b]' % (edge, edge))
    even = re.compile(b'(?:^|[%b])(?:"")+[^"\r%b]' % (edge, edge))
    file.seek(start)
    while block := file.read(BLOCK) + file.readline():
        if b'"' in block and (even.search(block) or goes_on.search(block.replace(b'""', b""))):
            return False
        if len(block) > MAX_FIELD and max(map(len, block.split(b"\n"))) > MAX_FIELD:
            return False
    return True
