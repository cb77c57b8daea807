"""Text decoding of uploaded files, with notes about the encoding.

Accepted: UTF-8 with or without a byte order mark, UTF-16 with one, and Windows-1252 or Latin-1, which is reported.
Refused: files that are not text (NUL bytes, gzip under another name, web pages, JSON, pictures) and files that mix
encodings.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from pathlib import Path

from recsys.data.dataset import Repair
from recsys.errors import DataError
from recsys.messages import message

MAX_BYTES = 1_000_000_000  # of text, after unpacking
HIGH, LETTER, FIELD = re.compile(rb"[\x80-\xff]"), re.compile(rb"[A-Za-z]"), re.compile(rb"[^,;|\t]+")
FOREIGN = 3  # mean non-ASCII bytes per non-ASCII field above which the text may be in another script
GZIP = message("gzip (compressed)")
MAGIC = {
    b"\x1f\x8b": GZIP,
    b"PK\x03\x04": "zip",
    b"\x89PNG": "PNG",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
}


def read_text(path: Path) -> tuple[str, str, list[Repair]]:
    """Read a file as text with \\n line ends.

    Returns the text, the name of its encoding and the repairs. Raises DataError if the file is not text.
    """
    content = _unpacked(path)
    if not content.strip():
        raise DataError(message("The file is empty: no bytes to read. Choose a file with a header and rows."))
    text, encoding, repairs = _decoded(content)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            message(
                "Line {line} holds a NUL byte (a zero byte): this is no plain text. Save the file as CSV.", line=line
            ),
            line=line,
        )
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<head", "<body")):
        raise DataError(
            message("This is a web page (HTML), not a table: perhaps a saved log-in page. Download the file again."),
            line=1,
        )
    if re.match(r'[{\[]\s*["{\[]', start):
        raise DataError(message("This is JSON, not a table. Export it as CSV with a column for each value."), line=1)
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        all_bare = message("Line ends were bare CR (old Mac): read as line breaks.")
        some_bare = message("Some line ends were bare CR (old Mac): read as line breaks.")
        repairs.append(Repair(kind="line_ends", message=some_bare if "\n" in text else all_bare))
        text = text.replace("\r", "\n")
    return text, encoding, repairs


def _unpacked(path: Path) -> bytes:
    packed = path.suffix.lower() == ".gz"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(
            message("The file ends in .gz but cannot be unpacked: damaged or no gzip file. Upload it again.")
        ) from error
    except OSError as error:
        raise DataError(
            message("The file {name} cannot be opened: {reason}.", name=path.name, reason=error.strerror)
        ) from error
    if len(content) > MAX_BYTES:
        raise DataError(
            message(
                "The file is too large: the limit is {limit:,} bytes of text. Upload a part of it.", limit=MAX_BYTES
            )
        )
    kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
    if kind is not None:
        if kind == GZIP:
            raise DataError(
                message("This is a {kind} file, not a text file. Name it .csv.gz, or unpack it first.", kind=kind)
            )
        raise DataError(
            message("This is a {kind} file, not a text file. Choose a text file: CSV, TSV or .gz of one.", kind=kind)
        )
    return content


def _decoded(content: bytes) -> tuple[str, str, list[Repair]]:
    for mark, name in (
        (codecs.BOM_UTF8, "UTF-8"),
        (codecs.BOM_UTF16_LE, "UTF-16-LE"),
        (codecs.BOM_UTF16_BE, "UTF-16-BE"),
    ):
        if content.startswith(mark):
            note = Repair(
                kind="bom", message=message("A byte order mark (BOM) was passed over; read as {name}.", name=name)
            )
            try:
                return content[len(mark) :].decode(name), name, [note]
            except UnicodeDecodeError as error:
                raise DataError(
                    message("The file says it is {name} but does not decode as such. Save it as UTF-8.", name=name)
                ) from error
    if content[:2000].count(0) > len(content[:2000]) // 4:
        raise DataError(
            message("This looks like UTF-16 without a byte order mark, or like a binary file. Save it as UTF-8.")
        )
    try:
        return content.decode("utf-8"), "UTF-8", []
    except UnicodeDecodeError as error:
        return _legacy(content, error)


def _legacy(content: bytes, error: UnicodeDecodeError) -> tuple[str, str, list[Repair]]:
    """Decode Western text that is not UTF-8.

    Raises DataError for mixed UTF-8 and other lines, a truncated character, or text in another script.
    """
    if error.reason == "unexpected end of data":
        line = content.count(b"\n") + 1
        raise DataError(
            message(
                "Line {line}, the last, ends within a character: the file looks truncated. Upload it again.", line=line
            ),
            line=line,
        )
    accented = [(n, line) for n, line in enumerate(content.split(b"\n"), start=1) if not line.isascii()]
    utf8_lines = [n for n, line in accented if _is_utf8(line)]
    if len(utf8_lines) * 20 >= len(accented):
        decodable = set(utf8_lines)
        other_lines = [n for n, _ in accented if n not in decodable]
        line = other_lines[0] if len(other_lines) <= len(utf8_lines) else utf8_lines[0]
        raise DataError(
            message(
                "Line {line} has another encoding than other lines: some are UTF-8, some not. Save the whole "
                "file as UTF-8.",
                line=line,
            ),
            line=line,
        )
    fields = [field for _, line in accented[:1000] for field in FIELD.findall(line) if not field.isascii()]
    num_high = sum(len(HIGH.findall(field)) for field in fields)
    if num_high > FOREIGN * len(fields) and num_high > sum(len(LETTER.findall(field)) for field in fields):
        raise DataError(
            message(
                "The file is not UTF-8 and not Western text: line {line} holds mostly letters of another "
                "encoding (such as GBK, Shift-JIS or Windows-1251). Save it as UTF-8.",
                line=accented[0][0],
            ),
            line=accented[0][0],
        )
    try:
        text, name = content.decode("cp1252"), "Windows-1252 (cp1252)"
    except UnicodeDecodeError:
        text, name = content.decode("latin-1"), "Latin-1"
    sentence = message("The file is not UTF-8; read as {name}. Check the accents in the preview.", name=name)
    return text, name, [Repair(kind="encoding", message=sentence, count=len(accented))]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
