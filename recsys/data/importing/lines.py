"""The fast reader: text with one row per line, split by pyarrow's CSV reader as it streams from the file.

It takes text without quotes, and quoted text whose quotes have one reading and hold no line break. `split_lines` returns None
for other text, which records.py reads.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from recsys.data.importing.decode import Text
from recsys.data.importing.records import MAX_FIELD, QUOTED_BY_TABS, UNQUOTED, BadRow, Rows
from recsys.data.importing.unpack import BLOCK
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
    stream = cast(BinaryIO, _OneByteSeparator(text.file) if separator == "::" else _Stream(text.file))
    rows = _read(stream, separator, width, has_quoting, text.scan.num_lines - skipped, skipped + 1)
    if rows is None or (isinstance(stream, _OneByteSeparator) and stream.has_unit_separator):
        return None
    if separator == " " and any(pc.any(pc.equal(cells, "")).as_py() for cells in rows.cells.columns):
        return None  # more than one blank between fields
    if separator == "\t" and text.scan.has_quotes and not has_quoting and rows.bad:
        return None
    return rows


def _read(
    stream: BinaryIO, separator: str, width: int, has_quoting: bool, num_lines: int, first_line: int
) -> Rows | None:
    bad: list[BadRow] = []
    gaps: list[int] = []
    most = max(LEAST_BAD, int(num_lines * MAX_SHARE))

    def keep_bad(row: arrow_csv.InvalidRow) -> str:
        if has_quoting and '"' in row.text:  # perhaps an open quote
            return "error"
        gaps.append(row.number)
        if row.text.strip():
            bad.append(BadRow(first_line + row.number - 1, row.actual_columns, short(row.text)))
        return "skip" if len(bad) <= most else "error"

    try:
        cells = arrow_csv.read_csv(
            pa.PythonFile(stream, mode="r"),
            arrow_csv.ReadOptions(autogenerate_column_names=True, block_size=BLOCK, use_threads=False),
            arrow_csv.ParseOptions(
                delimiter=UNIT_SEPARATOR if separator == "::" else separator,
                quote_char='"' if has_quoting else False,
                double_quote=has_quoting,
                ignore_empty_lines=False,
                invalid_row_handler=keep_bad,
            ),
            arrow_csv.ConvertOptions(
                column_types={f"f{i}": pa.large_string() for i in range(width)},
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return Rows(pa.table({}), np.empty(0, dtype=np.int32), bad) if len(bad) > most else None
    if cells.num_columns != width or cells.num_rows + len(gaps) != num_lines:
        return None
    lines = np.arange(first_line, first_line + num_lines, dtype=np.int32)
    lines = np.delete(lines, np.array(gaps) - 1) if gaps else lines
    return Rows(cells.rename_columns([str(i) for i in range(width)]), lines, bad)


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


class _Stream(io.RawIOBase):
    """A file from where it stands, which stays open when the reader closes it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)


class _OneByteSeparator(_Stream):
    """The file with UNIT_SEPARATOR for "::"."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.held, self.has_unit_separator = b"", False

    def read(self, size: int = -1) -> bytes:
        block = self.held + self.file.read(size - len(self.held) if size > 0 else size)
        whole = block.rstrip(b":") or block
        self.held = block[len(whole) :] if len(whole) < len(block) else b""
        self.has_unit_separator |= UNIT_SEPARATOR.encode() in block
        return whole.replace(b"::", UNIT_SEPARATOR.encode())
