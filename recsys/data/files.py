"""Atomic file writes, and checks of ids that become part of a path.

A file is written to `.NAME.tmp` in the same folder, synced to disk and renamed. A reader sees the old content or
the new, even after a crash (`os.replace` is atomic within a file system).
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any, Literal

import orjson

from recsys.errors import DataError, NotFoundError
from recsys.messages import message

INVALID = {
    "dataset": message("{id!r} is no id of a dataset. Ids hold letters, digits, - and _, at most 64 of them."),
    "run": message("{id!r} is no id of a run. Ids hold letters, digits, - and _, at most 64 of them."),
    "sweep": message("{id!r} is no id of a sweep. Ids hold letters, digits, - and _, at most 60 of them."),
}
LONGEST = {"dataset": 64, "run": 64, "sweep": 60}  # the id of a run of a sweep is longer than that of the sweep
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_id(text: str, what: Literal["dataset", "run", "sweep"]) -> str:
    """Return the id if it is valid, else raise NotFoundError, before it becomes part of a path."""
    if not ID.fullmatch(text) or len(text) > LONGEST[what]:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise NotFoundError(INVALID[what].format(id=shown))
    return text


def write_atomic(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write the whole file or nothing, with this mode less the umask. Raises DataError if the disk refuses."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.unlink(missing_ok=True)  # of a killed process: its mode would be kept
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)  # a partial file would take space on a full disk
        raise DataError(
            message(
                "Could not write {name}: {reason}. Free some space or choose another folder.",
                name=path.name,
                reason=error.strerror,
            )
        ) from error


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable. Does nothing on systems that cannot open folders (Windows)."""
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
