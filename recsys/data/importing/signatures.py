"""Formats of files by their first bytes, and what to do about those that are not read here."""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO

from recsys.errors import DataError
from recsys.messages import Message, message

PARQUET, ZIP, GZIP, WORKBOOK = "parquet", "zip", "gzip", "xlsx"
READ_HERE = {b"PAR1": PARQUET, b"PK\x03\x04": ZIP, b"PK\x05\x06": ZIP, b"\x1f\x8b": GZIP}
NO_ROWS = message("Choose a file with rows: CSV, TSV, JSON lines, Parquet or Excel (.xlsx).")
UNPACK = message("Unpack it first, or pack it as .gz or .zip.")
CONVERT = message("Convert it to Parquet or CSV.")
EXPORT = message("Load it where it was written and save its table as Parquet or CSV.")
REFUSED: tuple[tuple[bytes, str, Message], ...] = (
    (rb"\x89PNG", "PNG", NO_ROWS),
    (rb"\xff\xd8\xff", "JPEG", NO_ROWS),
    (rb"GIF8[79]a", "GIF", NO_ROWS),
    (rb"%PDF", "PDF", NO_ROWS),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel 97 (.xls)", message("Save it as .xlsx or CSV.")),
    (rb"SQLite format 3\0", "SQLite", message("Export its table of interactions as CSV.")),
    (rb"\x89HDF\r\n", "HDF5", EXPORT),
    (rb"\x93NUMPY", "NumPy (.npy)", EXPORT),
    (rb"\x80[\x02-\x05][\x95\]}(c\x8a\x8c]", "pickle", EXPORT),
    (rb"ARROW1\0\0|FEA1|\xff\xff\xff\xff.{3}\0", "Feather/Arrow", CONVERT),
    (rb"ORC[^\x20-\x7e]", "ORC", CONVERT),
    (rb"Obj\x01", "Avro", CONVERT),
    (rb"PARE", "Parquet (encrypted)", message("Save it without encryption.")),
    (rb"7z\xbc\xaf\x27\x1c", "7z", UNPACK),
    (rb"\xfd7zXZ\0", "xz", UNPACK),
    (rb"\x28\xb5\x2f\xfd", "Zstandard (zstd)", UNPACK),
    (rb"BZh[1-9]1AY&SY", "bzip2", UNPACK),
    (rb"Rar!\x1a\x07", "RAR", UNPACK),
)


def known_format(start: bytes) -> str | None:
    """PARQUET, ZIP or GZIP by the first bytes of a file, None for what may be text. Raises DataError for other formats."""
    for magic, name, advice in REFUSED:
        if re.match(magic, start, re.DOTALL):
            raise DataError(
                message("The file is in the format {kind}, which is not read here. {advice}", kind=name, advice=advice)
            )
    return next((name for magic, name in READ_HERE.items() if start.startswith(magic)), None)


def is_workbook(file: BinaryIO) -> bool:
    """Whether a zip is an Excel workbook. Raises DataError for a damaged zip and for other office files."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise damaged_zip() from error
    finally:
        file.seek(0)
    if "content.xml" in names and "mimetype" in names:
        raise DataError(message("This is an OpenDocument file. Save it as .xlsx or CSV."))
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def damaged_zip() -> DataError:
    return DataError(message("This is a zip file that cannot be unpacked: damaged or cut off. Upload it again."))
