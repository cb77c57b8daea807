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
HIGH, LETTER, FIELD = re.compile(rb"[\x80-\xff]"), re.compile(rb"[A-Za-z]"), re.compile(rb"[^,;|\t]+")
FOREIGN = 3  # letters beyond ASCII in an accented field, on average: fewer are no text of another script
MAGIC = {
    b"\x1f\x8b": "gzip (compressed)",
    b"PK\x03\x04": "zip",
    b"\x89PNG": "PNG picture",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
}


def short(text: str, most: int = 40) -> str:
    """What a message shows of a text from the file: at most so many characters."""
    return text if len(text) <= most else text[:most] + "…"


def read_text(path: Path) -> tuple[str, str, list[Repair]]:
    """The text with line ends as \\n, its encoding in words, and the repairs made. Raises DataError where it is none."""
    content = _unpacked(path)
    if not content.strip():
        raise DataError("The file is empty: no bytes to read. Choose a file with a header and rows.")
    text, encoding, repairs = _decoded(content)
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
        where = "Line ends were" if "\n" not in text else "Some line ends were"
        text = text.replace("\r", "\n")
        repairs.append(Repair(kind="line_ends", message=f"{where} bare CR (old Mac): read as line breaks."))
    return text, encoding, repairs


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


def _decoded(content: bytes) -> tuple[str, str, list[Repair]]:
    for mark, name in (
        (codecs.BOM_UTF8, "UTF-8"),
        (codecs.BOM_UTF16_LE, "UTF-16-LE"),
        (codecs.BOM_UTF16_BE, "UTF-16-BE"),
    ):
        if content.startswith(mark):
            note = Repair(kind="bom", message=f"A byte order mark (BOM) was passed over; read as {name}.")
            try:
                return content[len(mark) :].decode(name), name, [note]
            except UnicodeDecodeError as error:
                raise DataError(f"The file says it is {name} but does not decode as such. Save it as UTF-8.") from error
    if content[:2000].count(0) > len(content[:2000]) // 4:
        raise DataError("This looks like UTF-16 without a byte order mark, or like a binary file. Save it as UTF-8.")
    try:
        return content.decode("utf-8"), "UTF-8", []
    except UnicodeDecodeError as error:
        return _legacy(content, error)


def _legacy(content: bytes, error: UnicodeDecodeError) -> tuple[str, str, list[Repair]]:
    """Western text of before UTF-8. Refused: lines of UTF-8 among others, a cut character, text of other scripts."""
    if error.reason == "unexpected end of data":
        line = content.count(b"\n") + 1
        raise DataError(
            f"Line {line}, the last, ends within a character: the file looks truncated. Upload it again.", line=line
        )
    accented = [(n, line) for n, line in enumerate(content.split(b"\n"), start=1) if not line.isascii()]
    good = [n for n, line in accented if _is_utf8(line)]
    if len(good) * 20 >= len(accented):
        decodable = set(good)
        bad = [n for n, _ in accented if n not in decodable]
        line = bad[0] if len(bad) <= len(good) else good[0]
        raise DataError(
            f"Line {line} has another encoding than other lines: some are UTF-8, some not. Save the whole file as "
            "UTF-8.",
            line=line,
        )
    fields = [field for _, line in accented[:1000] for field in FIELD.findall(line) if not field.isascii()]
    high = sum(len(HIGH.findall(field)) for field in fields)
    if high > FOREIGN * len(fields) and high > sum(len(LETTER.findall(field)) for field in fields):
        raise DataError(
            f"The file is not UTF-8 and not Western text: line {accented[0][0]} holds mostly letters of another "
            "encoding (such as GBK, Shift-JIS or Windows-1251). Save it as UTF-8.",
            line=accented[0][0],
        )
    try:
        text, word = content.decode("cp1252"), "Windows-1252 (cp1252)"
    except UnicodeDecodeError:
        text, word = content.decode("latin-1"), "Latin-1"
    message = f"The file is not UTF-8; read as {word}. Check the accents in the preview."
    return text, word, [Repair(kind="encoding", message=message, count=len(accented))]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
