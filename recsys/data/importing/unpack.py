"""Opening an uploaded file: plain, .gz, or a .zip of one file, within a limit of bytes.

What is packed is unpacked block by block into a temporary file, so memory does not grow with it.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from recsys.data.dataset import Repair
from recsys.data.importing.signatures import GZIP, WORKBOOK, ZIP, damaged_zip, is_workbook, known_format
from recsys.errors import DataError
from recsys.messages import Message, message, short

MAX_BYTES = 1_000_000_000  # after unpacking
BLOCK = 1 << 22
IN_MEMORY = 1 << 24  # bytes of a temporary file before it goes to disk
HEAD_BYTES = 1 << 20  # what a preview reads
SHOWN = 3  # names of a zip's files


@dataclass
class Source:
    """An open file without its packing. `name` is that of the unpacked file.

    `share` is the part of the file that `file` holds: below 1 where only the beginning is read, for a preview.
    """

    file: BinaryIO
    name: str
    format: str | None  # as in signatures.py; None for text
    share: float = 1.0
    repairs: list[Repair] = field(default_factory=list)


@contextmanager
def opened(path: Path, head: bool = False) -> Iterator[Source]:
    """Open a file for reading from its beginning; with `head`, only the first HEAD_BYTES of text.

    Raises DataError for a format that is not read here, a damaged file or one that is too large.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        text = message("The file {name} cannot be opened: {reason}.", name=path.name, reason=error.strerror)
        raise DataError(text) from error
    with raw:
        source = _without_packing(raw, path, head)
        try:
            if head and source.format is None and source.share == 1.0:
                source = _beginning(source)
            yield source
        finally:
            source.file.close()


def _without_packing(raw: BinaryIO, path: Path, head: bool) -> Source:
    size, is_packed = path.stat().st_size, path.suffix.lower() == ".gz"
    if size > MAX_BYTES:
        raise too_large()
    start = _start(raw)
    kind = None if is_packed else known_format(start)
    if is_packed:
        file, share = _gunzipped(raw, size, head)
        return Source(file, path.stem, _inner_format(file), share)
    if kind == GZIP:
        text = message("This is a {kind} file, not a text file. Name it .csv.gz, or unpack it first.")
        raise DataError(text.format(kind=message("gzip (compressed)")))
    if kind == ZIP:
        return Source(raw, path.name, WORKBOOK) if is_workbook(raw) else _unzipped(raw, head)
    return Source(raw, path.name, kind)


def _start(file: BinaryIO) -> bytes:
    start = file.read(64)
    file.seek(0)
    return start


def _inner_format(file: BinaryIO) -> str | None:
    kind = known_format(_start(file))
    if kind == ZIP and is_workbook(file):
        return WORKBOOK
    if kind in (ZIP, GZIP):
        text = message("The file is packed twice: a {kind} file lies inside. Unpack it first.", kind=kind)
        raise DataError(text)
    return kind


def _gunzipped(raw: BinaryIO, size: int, head: bool) -> tuple[BinaryIO, float]:
    damaged = message("The file ends in .gz but cannot be unpacked: damaged or no gzip file. Upload it again.")
    try:
        with gzip.GzipFile(fileobj=raw) as packed:
            if head:
                start = packed.read(HEAD_BYTES)
                share = min(1.0, raw.tell() / max(size, 1)) if packed.read(1) else 1.0
                return io.BytesIO(start), share if share < 1 else 1.0
            return copied(cast(BinaryIO, packed)), 1.0
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(damaged) from error


def _unzipped(raw: BinaryIO, head: bool) -> Source:
    """The only file of a zip. Raises DataError if there are several, or if it is encrypted or damaged."""
    try:
        with zipfile.ZipFile(raw) as archive:
            entry = _only_entry(archive)
            if entry.file_size > MAX_BYTES:
                raise too_large()
            with archive.open(entry) as packed:
                if head:
                    file: BinaryIO = io.BytesIO(packed.read(HEAD_BYTES))
                    share = min(1.0, HEAD_BYTES / max(1, entry.file_size))
                else:
                    file, share = copied(cast(BinaryIO, packed)), 1.0
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise damaged_zip() from error
    except RuntimeError as error:  # zipfile's error for a password
        raise DataError(message("The zip file is encrypted. Unpack it first.")) from error
    sentence = message("The file {name} was read from the zip.", name=short(entry.filename))
    repairs = [Repair(kind="unzipped", message=sentence)]
    return Source(file, Path(entry.filename).name, _inner_format(file), share, repairs)


def _only_entry(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [
        entry
        for entry in archive.infolist()
        if not entry.is_dir()
        and not entry.filename.startswith("__MACOSX/")
        and not entry.filename.endswith(".DS_Store")
    ]
    if not files:
        raise DataError(message("The zip file is empty. Pack the file with the rows."))
    if len(files) > 1:
        names = ", ".join(short(entry.filename) for entry in files[:SHOWN])
        text = message("The zip holds {n:,} files ({names}, …). Unpack it and upload the one with the rows.")
        if len(files) <= SHOWN:
            text = message("The zip holds {n:,} files ({names}). Unpack it and upload the one with the rows.")
        raise DataError(text.format(n=len(files), names=names))
    return files[0]


def copied(file: BinaryIO) -> BinaryIO:
    """A temporary copy of a stream, at its beginning. Raises DataError if it holds more than MAX_BYTES."""
    copy = cast(BinaryIO, tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - the caller closes it
    size = 0
    while block := file.read(BLOCK):
        size += len(block)
        if size > MAX_BYTES:
            copy.close()
            raise too_large()
        copy.write(block)
    copy.seek(0)
    return copy


def _beginning(source: Source) -> Source:
    start = source.file.read(HEAD_BYTES)
    size = source.file.seek(0, io.SEEK_END)
    source.file.close()
    share = min(1.0, len(start) / max(1, size))
    return Source(io.BytesIO(start), source.name, None, share, source.repairs)


def too_large() -> DataError:
    text: Message = message("The file is too large: the limit is {limit:,} bytes of text. Upload a part of it.")
    return DataError(text.format(limit=MAX_BYTES))
