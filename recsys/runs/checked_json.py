"""Results as JSON files that hold the SHA-256 of their content, checked before they are used."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.data.files import read_json, write_json


class Frozen(BaseModel):
    """A stored value: finite numbers, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Value = TypeVar("Value", bound=Frozen)


def save_checked(path: Path, value: Frozen) -> None:
    content = value.model_dump(mode="json")
    write_json(path, {"sha256": digest(content), **content})


def load_checked(path: Path, kind: type[Value]) -> Value | None:
    """Load a value; None if there is none, if it is damaged, or if it is of another version.

    A file without a hash, as of early versions, is used.
    """
    try:
        return kind.model_validate(_checked(path))
    except (FileNotFoundError, ValidationError, orjson.JSONDecodeError, _DamagedError):
        return None


def is_changed(path: Path) -> bool:
    """Whether the content of an existing file does not fit its hash."""
    try:
        _checked(path)
    except FileNotFoundError:
        return False
    except (orjson.JSONDecodeError, _DamagedError):
        return True
    return False


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


class _DamagedError(Exception):
    """The content does not fit its SHA-256."""


def _checked(path: Path) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict):
        raise _DamagedError
    expected = content.pop("sha256", None)
    if expected is not None and expected != digest(content):
        raise _DamagedError
    return content
