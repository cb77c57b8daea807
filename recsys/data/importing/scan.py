"""One pass over the bytes of a text: its lines, quotes, zero bytes and line ends, and whether it is UTF-8.

The pass ends at once when there are more lines than an import takes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from recsys.data.importing.unpack import BLOCK
from recsys.errors import DataError
from recsys.messages import message

SLACK = 1000  # lines beyond the limit that may be headers, comments or blank
NEWLINE = ord("\n")
MAX_SAMPLE = 200_000  # non-ASCII lines that are looked at
FIELD = re.compile(rb"[^,;\t]+")  # no bar, which may be the second byte of a character
LEGACY_SAMPLE = 500  # distinct fields from which the encoding is guessed


@dataclass
class Scan:
    """What a pass over a text found. Lines count from 1.

    `accented` are non-ASCII lines with their numbers, kept only where the text is not UTF-8; `first_bad` is the byte that is
    not UTF-8, on line `line_of_bad`.
    """

    num_lines: int = 0
    is_blank: bool = True
    ends_whole: bool = True  # with a line end
    has_quotes: bool = False
    has_newlines: bool = False
    has_bare_cr: bool = False
    line_of_nul: int | None = None
    first_bad: int | None = None
    line_of_bad: int = 0
    ends_within_character: bool = False
    accented: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def legacy_sample(self) -> list[bytes]:
        """Distinct non-ASCII fields: what is often repeated, such as a category, is no further evidence of an encoding."""
        fields = (field for _, line in self.accented[:20_000] for field in FIELD.findall(line) if not field.isascii())
        return list(dict.fromkeys(fields))[:LEGACY_SAMPLE]


def scanned(file: BinaryIO, start: int, max_rows: int | None, is_cut: bool) -> Scan:
    """Scan a text from byte `start`. Raises DataError if it has more rows than `max_rows`."""
    scan, decoder = Scan(), codecs.getincrementaldecoder("utf-8")()
    file.seek(start)
    position, num_newlines, num_cr, num_crlf, last = start, 0, 0, 0, b""
    suspicious = None if max_rows is None else max_rows + SLACK  # lines at which rows are counted exactly
    while block := file.read(BLOCK):
        if scan.line_of_nul is None and b"\0" in block:
            scan.line_of_nul = num_newlines + block.count(b"\n", 0, block.index(b"\0")) + 1
        if b"\r" in block or last == b"\r":
            num_cr += block.count(b"\r")
            num_crlf += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
        scan.has_quotes |= b'"' in block
        scan.is_blank = scan.is_blank and not block.strip()
        if scan.first_bad is None and not (block.isascii() and not decoder.getstate()[0]):
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                bad = max(0, error.start - held)
                scan.first_bad, scan.line_of_bad = position + bad, num_newlines + block.count(b"\n", 0, bad) + 1
        num_newlines += int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == NEWLINE))
        position, last = position + len(block), block[-1:]
        if max_rows is not None and suspicious is not None and num_newlines > suspicious:
            rows = _filled_rows(file, start, position)
            if rows > max_rows + SLACK:
                raise too_many_rows(max_rows)
            suspicious = num_newlines + max_rows + SLACK - rows
            file.seek(position)
    scan.num_lines = num_newlines + (last not in (b"\n", b""))
    scan.ends_whole, scan.has_newlines = last in (b"\n", b"\r"), num_newlines > 0
    scan.has_bare_cr = num_cr > num_crlf and not (is_cut and num_cr == num_crlf + 1 and last == b"\r")
    if scan.first_bad is None and decoder.getstate()[0] and not is_cut:
        scan.first_bad, scan.ends_within_character = position, True
    if scan.first_bad is not None:
        _sample_lines(file, start, scan)
    return scan


def _sample_lines(file: BinaryIO, start: int, scan: Scan) -> None:
    """Collect non-ASCII lines: those from the beginning, and those from the first one that is not UTF-8."""
    assert scan.first_bad is not None
    file.seek(start)
    number, held, after = 0, b"", 0
    while after < MAX_SAMPLE:
        block = file.read(BLOCK)
        block += file.read(1) if block.endswith(b"\r") else b""
        lines = (held + block).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        held = lines.pop() if block else b""
        for number, line in enumerate(lines, start=number + 1):  # noqa: B020 - counts on over the blocks
            if not line.isascii():
                is_after = number >= scan.line_of_bad
                if is_after or len(scan.accented) < MAX_SAMPLE:
                    scan.accented.append((number, line))
                after += is_after
        if not block:
            return


def is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _filled_rows(file: BinaryIO, start: int, end: int) -> int:
    """Line ends before byte `end` that are outside quotes and end no blank line."""
    file.seek(start)
    rows, is_quoted, last = 0, 0, NEWLINE
    while file.tell() < end and (block := file.read(min(BLOCK, end - file.tell()))):
        content = np.frombuffer(block, dtype=np.uint8)
        ends = content == NEWLINE
        if b'"' in block or is_quoted:
            is_inside = (np.cumsum(content == ord('"'), dtype=np.int32) + is_quoted) & 1
            is_quoted = int(is_inside[-1])
            ends &= is_inside == 0
        before = _shifted(content, (last,))
        rows += int(np.count_nonzero(ends & (before != NEWLINE) & (before != ord("\r"))))
        if b"\r" in block:  # \r\n: blank if another line end stands before it
            two = _shifted(content, (NEWLINE, last))
            rows += int(np.count_nonzero(ends & (before == ord("\r")) & (two != NEWLINE)))
        last = int(content[-1])
    return rows


def _shifted(content: np.ndarray, first: tuple[int, ...]) -> np.ndarray:
    """The bytes that stand so many places before each byte."""
    return np.concatenate([np.array(first, dtype=np.uint8), content[: -len(first)]])[: len(content)]


def too_many_rows(limit: int, rows: int | None = None) -> DataError:
    if rows is None:
        text = message("The file has more rows than the limit of {limit:,}. Upload a part of it or raise the limit.")
        return DataError(text.format(limit=limit))
    text = message("The file has {rows:,} rows; the limit is {limit:,}. Upload a part of it or raise the limit.")
    return DataError(text.format(rows=rows, limit=limit))
