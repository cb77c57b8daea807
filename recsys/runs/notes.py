"""Display name and note of a run, in `about.json` of its folder.

The id, `config.json` and `run.json` do not change. Without the file, or if it is damaged, both are empty.
"""

from __future__ import annotations

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.data.files import read_json, write_json
from recsys.errors import SettingError
from recsys.messages import message
from recsys.runs.store import RunFolder

ABOUT = "about.json"
LONGEST_NAME, LONGEST_NOTE = 80, 2000


class RunNotes(BaseModel):
    """`name` is one line, `note` may have several; "" if not set."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(default="", max_length=LONGEST_NAME)
    note: str = Field(default="", max_length=LONGEST_NOTE)


def about(folder: RunFolder) -> RunNotes:
    try:
        return RunNotes.model_validate(read_json(folder.path / ABOUT))
    except (FileNotFoundError, ValidationError, orjson.JSONDecodeError):
        return RunNotes()


def save_notes(folder: RunFolder, name: str, note: str) -> RunNotes:
    """Save both, without control characters and outer blanks. Raises SettingError if one is too long."""
    name, note = _printable(" ".join(name.split())), "\n".join(map(_printable, note.strip().splitlines()))
    if len(name) > LONGEST_NAME:
        text = message("The name has {characters:,} characters; at most {limit:,} are allowed.")
        raise SettingError(text.format(characters=len(name), limit=LONGEST_NAME), column="name")
    if len(note) > LONGEST_NOTE:
        text = message("The note has {characters:,} characters; at most {limit:,} are allowed.")
        raise SettingError(text.format(characters=len(note), limit=LONGEST_NOTE), column="note")
    notes = RunNotes(name=name, note=note)
    write_json(folder.path / ABOUT, notes.model_dump())
    return notes


def _printable(line: str) -> str:
    return "".join(character for character in line if character.isprintable())
