"""The fast reader: text with one row per line, split block by block by pyarrow's CSV reader, in threads.

It takes text without quotes, and quoted text whose quotes have one reading and hold no line break. `split_lines` returns None
for other text, which records.py reads.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from recsys.data.importing.decode import Text
from recsys.data.importing.records import MAX_FIELD, QUOTED_BY_TABS, UNQUOTED, BadRow, Rows
from recsys.data.importing.unpack import BLOCK
from recsys.data.threads import in_threads
from recsys.messages import short

UNIT_SEPARATOR = "\x1f"  # replaces "::" for pyarrow, which takes single-character separators only
MAX_SHARE = 0.05  # of the rows that may have another number of fields; a file with more is refused
LEAST_BAD = 20  # so many are collected in any case


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
    rows = _read(text.file, separator, width, has_quoting, text.scan.num_lines - skipped, skipped + 1)
    if rows is None:
        return None
    if separator == " " and any(pc.any(pc.equal(cells, "")).as_py() for cells in rows.cells.columns):
        return None  # more than one blank between fields
    if separator == "\t" and text.scan.has_quotes and not has_quoting and rows.bad:
        return None
    return rows


def _read(
    file: BinaryIO, separator: str, width: int, has_quoting: bool, num_lines: int, first_line: int
) -> Rows | None:
    parts: list[pa.Table] = []
    bad: list[BadRow] = []
    gaps: list[int] = []
    most = max(LEAST_BAD, int(num_lines * MAX_SHARE))
    for part in in_threads(partial(_split, separator, width, has_quoting, most), _blocks(file)):
        done = sum(cells.num_rows for cells in parts) + len(gaps)
        gaps += [done + row for row in part.gaps]
        bad += [replace(row, line=first_line + done + row.line - 1) for row in part.bad]
        if len(bad) > most:
            return Rows(pa.table({}), np.empty(0, dtype=np.int32), bad[: most + 1])
        if part.cells is None:
            return None
        parts.append(part.cells)
    cells = pa.concat_tables(parts)
    if cells.num_rows + len(gaps) != num_lines:
        return None
    lines = np.arange(first_line, first_line + num_lines, dtype=np.int32)
    lines = np.delete(lines, np.array(gaps) - 1) if gaps else lines
    blank = sorted({first_line + row - 1 for row in gaps} - {row.line for row in bad})
    return Rows(cells, lines, bad, blank=blank)


@dataclass
class _Part:
    """Cells of a block, None if they cannot be told; rows from 1 that are not among them, and which of these are not blank."""

    cells: pa.Table | None = None
    gaps: list[int] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def _split(separator: str, width: int, has_quoting: bool, most: int, lines: memoryview) -> _Part:
    """Split a block of whole lines. At most `most` bad rows are collected."""
    part, block = _Part(), pa.py_buffer(lines)
    if len(lines) == BLOCK and lines[-1] != ord("\n"):
        return part
    if separator == "::":
        text = bytes(lines)
        if UNIT_SEPARATOR.encode() in text:
            return part
        block = pa.py_buffer(text.replace(b"::", UNIT_SEPARATOR.encode()))
    if lines[:3] == codecs.BOM_UTF8:  # pyarrow passes over one
        block = pa.py_buffer(codecs.BOM_UTF8 + block.to_pybytes())

    def keep_bad(row: arrow_csv.InvalidRow) -> str:
        if has_quoting and '"' in row.text:  # perhaps an open quote
            return "error"
        part.gaps.append(row.number)
        if row.text.strip():
            part.bad.append(BadRow(row.number, row.actual_columns, short(row.text)))
        return "skip" if len(part.bad) <= most else "error"

    names = [str(i) for i in range(width)]
    with suppress(pa.ArrowInvalid):
        part.cells = arrow_csv.read_csv(
            pa.BufferReader(block),
            arrow_csv.ReadOptions(column_names=names, block_size=block.size + 1, use_threads=False),
            arrow_csv.ParseOptions(
                delimiter=UNIT_SEPARATOR if separator == "::" else separator,
                quote_char='"' if has_quoting else False,
                double_quote=has_quoting,
                ignore_empty_lines=False,
                invalid_row_handler=keep_bad,
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    return part


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
