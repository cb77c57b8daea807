"""Decoding of uploaded files: any text becomes UTF-8 with the line ends \\n or \\r\\n, block by block.

Accepted: UTF-8, UTF-16 and UTF-32 with or without a byte order mark, and the encodings of encodings.py, by likelihood or as
the user chose. Where two are about as likely, that is a fault to decide about. Refused: content that is not text, files that
mix encodings, and files that end within a character.
"""

from __future__ import annotations

import codecs
import io
import re
import tempfile
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from recsys.data.dataset import Repair
from recsys.data.importing.encodings import NAMES, Guess, chosen_encoding, guess, without_mark
from recsys.data.importing.faults import Decisions, Fault, Kind, Treatment
from recsys.data.importing.scan import Scan, is_utf8, scanned
from recsys.data.importing.unpack import BLOCK, IN_MEMORY, Source
from recsys.errors import DataError
from recsys.messages import message

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CHINESE = ("gb18030", "cp950")
HTML = ("<!doctype", "<html", "<?xml", "<head", "<body")


@dataclass
class Text:
    """A text as UTF-8 in `file`, which begins at byte `start`; `encoding` is that of the upload.

    `others` are further plausible encodings. `is_cut`: only the beginning was read, up to a line end.
    """

    file: BinaryIO
    start: int
    encoding: str
    scan: Scan
    others: tuple[str, ...] = ()
    repairs: list[Repair] = field(default_factory=list)
    is_cut: bool = False

    def head(self, size: int = 1 << 20) -> list[str]:
        """The first whole lines, within `size` bytes."""
        self.file.seek(self.start)
        lines = self.file.read(size).decode("utf-8", "ignore").replace("\r\n", "\n").split("\n")
        return lines[:-1] if len(lines) > 1 and self.file.read(1) else lines

    def whole(self) -> str:
        self.file.seek(self.start)
        return self.file.read().decode("utf-8").replace("\r\n", "\n")


def decoded(source: Source, chosen: str | None, decisions: Decisions, kind: Kind, max_lines: int | None = None) -> Text:
    """The text of a file. Raises DataError if it is not text, or has more than `max_lines` lines of rows."""
    is_cut = source.share < 1
    start = source.file.read(BLOCK)
    source.file.seek(0)
    mark, marked = next(((mark, name) for mark, name in MARKS if start.startswith(mark)), (b"", None))
    encoding = chosen_encoding(chosen) if chosen else marked or without_mark(start[:4096])
    repairs: list[Repair] = []
    if marked and encoding == marked:
        sentence = message("A byte order mark (BOM) was passed over; read as {name}.", name=NAMES[marked])
        repairs.append(Repair(kind="bom", message=sentence))
    elif encoding and not chosen:
        sentence = message("The file has no byte order mark; read as {name}.", name=NAMES[encoding])
        repairs.append(Repair(kind="encoding", message=sentence))
    skipped = len(mark) if encoding == marked else 0
    others: tuple[str, ...] = ()
    scan = Scan()
    if encoding in (None, "utf-8"):
        scan = scanned(source.file, skipped, max_lines, is_cut)
        _check_zero_bytes(scan)
        if scan.first_bad is None:
            encoding = "utf-8"
        elif encoding == "utf-8":
            raise _undecodable("utf-8", scan.line_of_bad)
        else:
            encoding, others = _legacy(scan, decisions, kind, repairs)
    if encoding != "utf-8" or scan.has_bare_cr or is_cut:
        file, has_bare_cr = _as_utf8(source.file, skipped, encoding, is_cut)
        skipped, scan = 0, scanned(file, 0, max_lines, False)
        scan.has_bare_cr = has_bare_cr
    else:
        file = source.file
    text = Text(file, skipped, NAMES.get(encoding, encoding), scan, others, repairs, is_cut)
    _check_text(text)
    return text


def _check_text(text: Text) -> None:
    """Raise DataError for an empty file, zero bytes and web pages; report bare carriage returns."""
    scan = text.scan
    if scan.is_blank:
        raise DataError(message("The file is empty: no bytes to read. Choose a file with a header and rows."))
    _check_zero_bytes(scan)
    if "\n".join(text.head(4096)).lstrip()[:200].lower().startswith(HTML):
        raise DataError(
            message("This is a web page (HTML), not a table: perhaps a saved log-in page. Download the file again."),
            line=1,
        )
    if scan.has_bare_cr:
        all_bare = message("Line ends were bare CR (old Mac): read as line breaks.")
        some_bare = message("Some line ends were bare CR (old Mac): read as line breaks.")
        text.repairs.append(Repair(kind="line_ends", message=some_bare if scan.has_newlines else all_bare))


def _check_zero_bytes(scan: Scan) -> None:
    if scan.line_of_nul is not None:
        text = message("Line {line} holds a NUL byte (a zero byte): this is no plain text. Save the file as CSV.")
        raise DataError(text.format(line=scan.line_of_nul), line=scan.line_of_nul)


def _legacy(scan: Scan, decisions: Decisions, kind: Kind, repairs: list[Repair]) -> tuple[str, tuple[str, ...]]:
    """The encoding of text that is not UTF-8, and further plausible ones.

    Raises DataError for a truncated character, for mixed encodings and where no encoding is plausible.
    """
    if scan.ends_within_character:
        raise _ends_within_character(scan.num_lines)
    guessed = guess(scan.legacy_sample)
    evidence = [number for number, line in scan.accented if is_utf8(line) and _is_utf8_evidence(line, guessed)]
    if len(evidence) * 20 >= len(scan.accented):
        utf8 = {number for number, line in scan.accented if is_utf8(line)}
        others = [number for number, _ in scan.accented if number not in utf8]
        line = others[0] if len(others) <= len(utf8) else min(utf8)
        text = message(
            "Line {line} has another encoding than other lines: some are UTF-8, some not. Save the whole file as UTF-8."
        )
        raise DataError(text.format(line=line), line=line)
    if guessed is None:
        line = scan.accented[0][0]
        text = message(
            "The file is not UTF-8, and line {line} is no plausible text in another encoding tried. Choose its encoding, "
            "or save it as UTF-8."
        )
        raise DataError(text.format(line=line), line=line)
    encoding = guessed.best if guessed.is_clear else _decided(guessed, scan, decisions, kind)
    sentence = message("The file is not UTF-8; read as {name}.")
    if kind == "interactions":  # others are in no preview
        sentence = message("The file is not UTF-8; read as {name}. Check in the preview that its letters are right.")
        if encoding in CHINESE:
            sentence = message("The file is not UTF-8; read as {name}. Check in the preview that its Chinese is right.")
    sentence = sentence.format(name=NAMES[encoding])
    repairs.append(Repair(kind="encoding", message=sentence, count=len(scan.accented)))
    return encoding, tuple(NAMES[name] for name in guessed.encodings if name != encoding)


def _is_utf8_evidence(line: bytes, guessed: Guess | None) -> bool:
    """Whether a line that decodes as UTF-8 shows that it is: in East Asian text a single pair of bytes may by chance."""
    if guessed is None or guessed.best in ("cp1252", "latin-1"):
        return True
    return sum(character > "\x7f" for character in line.decode()) > 1


def _decided(guessed: Guess, scan: Scan, decisions: Decisions, kind: Kind) -> str:
    number, field = scan.accented[0][0], scan.legacy_sample[0]
    readings = [(name, field.decode(name, "replace")[:20]) for name in guessed.encodings[:4]]
    shown = ", ".join(f"{NAMES[name]}: {text}" for name, text in readings[:2])
    fault = Fault(
        kind="encoding", file=kind, count=len(scan.accented), rows=scan.num_lines, lines=(number,),
        message=message("The file is not UTF-8, and line {line} can be read in several encodings ({readings}).",
                        line=number, readings=shown),
        values=tuple(text for _, text in readings),
        treatments=tuple(Treatment(name=name, label=message("read as {name}", name=NAMES[name])) for name, _ in readings),
        usual=guessed.best,
    )  # fmt: skip
    return decisions.treatment(fault) or guessed.best


def _as_utf8(file: BinaryIO, skipped: int, encoding: str, is_cut: bool) -> tuple[BinaryIO, bool]:
    """A copy in UTF-8 with the line end \\n; whether there were bare carriage returns. A cut file ends with its last whole line.

    Raises DataError with the line of bytes that do not decode.
    """
    copy = io.BytesIO() if is_cut else cast(BinaryIO, tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(skipped)
    has_bare_cr, held, line = False, "", 1
    while True:
        block = file.read(BLOCK)
        try:
            part = held + decoder.decode(block, final=not block and not is_cut)
        except UnicodeDecodeError as error:
            line += held.count("\n") + block[: error.start].count(b"\n")
            if not block:
                raise _ends_within_character(line) from error
            raise _undecodable(encoding, line) from error
        held = part[-1] if part.endswith("\r") and block else ""  # \n may follow in the next block
        part = part[: len(part) - len(held)].replace("\r\n", "\n")
        has_bare_cr |= "\r" in part
        part = part.replace("\r", "\n")
        line += part.count("\n")
        copy.write(part.encode("utf-8", "surrogatepass"))
        if not block:
            break
    if is_cut and isinstance(copy, io.BytesIO):
        content = copy.getvalue()
        copy = io.BytesIO(content[: content.rfind(b"\n") + 1] or content)
    copy.seek(0)
    return copy, has_bare_cr


def _ends_within_character(line: int) -> DataError:
    text = message(
        "Line {line}, the last, ends within a character: the file looks truncated. Upload it again.", line=line
    )
    return DataError(text, line=line)


def _undecodable(encoding: str, line: int) -> DataError:
    name = NAMES.get(encoding, encoding)
    text = message(
        "Line {line} does not decode as {name}, the encoding of the file. Choose another encoding, or save it as UTF-8.",
        line=line,
        name=name,
    )
    return DataError(text, line=line)


def is_json(head: list[str], is_named_so: bool) -> bool:
    """Whether a text begins as JSON does; where its name says so, a bracket is enough."""
    start = "\n".join(head).lstrip()[:200]
    return re.match(r"[{\[]" if is_named_so else r'[{\[]\s*["{\[]', start) is not None
