"""Bytes of an upload -> text, with what had to be said about its encoding.

UTF-8 (with or without byte order mark) and UTF-16 with one are read; a file in Windows-1252 or Latin-1 is read
and reported. Refused: files that are no text (zeros, gzip under another name, web pages, JSON, pictures) and
files that mix encodings.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from pathlib import Path

from recsys.data.dataset import Repair
from recsys.errors import DataError

MAX_BYTES = 1_000_000_000  # of text, unpacked
MAGIC = {
    b"\x1f\x8b": "gzip (compressed)",
    b"PK\x03\x04": "zip",
    b"\x89PNG": "PNG picture",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
}


def read_text(path: Path) -> tuple[str, list[Repair]]:
    """The text with line ends as \\n, and the repairs made. Raises DataError where it is no text."""
    content = _unpacked(path)
    if not content.strip():
        raise DataError("The file is empty: no bytes to read. Choose a file with a header and rows.")
    text, repairs = _decoded(content)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            f"Line {line} holds a NUL byte (a zero byte): this is no plain text. Save the file as CSV.", line=line
        )
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<head", "<body")):
        raise DataError(
            "This is a web page (HTML), not a table: perhaps a saved log-in page. Download the file again.", line=1
        )
    if re.match(r'[{\[]\s*["{\[]', start):
        raise DataError("This is JSON, not a table. Export it as CSV with a column for each value.", line=1)
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        text = text.replace("\r", "\n")
        repairs.append(Repair(kind="line_ends", message="Line ends were bare CR (old Mac): read as line breaks."))
    return text, repairs


def _unpacked(path: Path) -> bytes:
    packed = path.suffix.lower() == ".gz"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(
            "The file ends in .gz but cannot be unpacked: damaged or no gzip file. Upload it again."
        ) from error
    except OSError as error:
        raise DataError(f"The file {path.name} cannot be opened: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise DataError(f"The file is too large: the limit is {MAX_BYTES:,} bytes of text. Upload a part of it.")
    kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
    if kind is not None:
        hint = "Name it .csv.gz, or unpack it first" if "gzip" in kind else "Choose a text file: CSV, TSV or .gz of one"
        raise DataError(f"This is a {kind} file, not a text file. {hint}.")
    return content


def _decoded(content: bytes) -> tuple[str, list[Repair]]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            note = Repair(kind="bom", message=f"A byte order mark (BOM) was passed over; read as {name.upper()}.")
            try:
                return content[len(mark) :].decode(name), [note]
            except UnicodeDecodeError as error:
                raise DataError(f"The file says it is {name.upper()} but does not decode as such.") from error
    zeros = content[:2000].count(0)
    if zeros > len(content[:2000]) // 4:
        raise DataError("This looks like UTF-16 without a byte order mark, or like a binary file. Save it as UTF-8.")
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError as error:
        return _legacy(content, error)


def _legacy(content: bytes, error: UnicodeDecodeError) -> tuple[str, list[Repair]]:
    if re.search(rb"[\xc3-\xf4][\x80-\xbf]", content) and len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", content)) > 1:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"Line {line} is not UTF-8 while other lines are: the file mixes encodings. Save the whole file as UTF-8.",
            line=line,
        )
    for name, word in (("cp1252", "Windows-1252 (cp1252)"), ("latin-1", "Latin-1")):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        return text, [
            Repair(kind="encoding", message=f"The file is not UTF-8; read as {word}. Check the accents in the preview.")
        ]
    raise AssertionError("Latin-1 decodes every byte")
