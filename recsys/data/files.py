"""Files that are whole or absent, and ids that are safe to make a path from.

A file is written under `.NAME.tmp` in its own folder, synced to disk and renamed: a reader sees the old one or
the new one, whatever dies when (`os.replace` is atomic within a file system).
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

import orjson

from recsys.errors import DataError, NotFoundError

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_id(text: str, what: str) -> str:
    """The id itself where it is one of ours; NotFoundError otherwise, before any path is made from it."""
    if not ID.fullmatch(text):
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise NotFoundError(f"{shown!r} is no id of a {what}. Ids hold letters, digits, - and _, at most 64 of them.")
    return text


def write_atomic(path: Path, content: bytes) -> None:
    """Writes the whole file or nothing. Raises DataError where the disk refuses."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)  # half a file on a full disk helps no one
        raise DataError(
            f"Could not write {path.name}: {error.strerror}. Free some space or choose another folder."
        ) from error


def sync_folder(folder: Path) -> None:
    """Makes the renames in a folder last; a system that cannot open folders (Windows) does so by itself."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any) -> None:
    write_atomic(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))


def read_json(path: Path) -> Any:
    return orjson.loads(path.read_bytes())
