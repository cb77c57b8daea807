"""What a person says about a run: a display name and a note, in `about.json` of its folder.

The id, `config.json` and `run.json` stay as they are; without the file, or with a damaged one, a run has neither.
"""

from __future__ import annotations

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.data.files import read_json, write_json
from recsys.errors import SettingError
from recsys.runs.store import RunFolder

ABOUT = "about.json"
LONGEST_NAME, LONGEST_NOTE = 80, 2000


class RunNotes(BaseModel):
    """`name` is one line, `note` may have several; "" where there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(default="", max_length=LONGEST_NAME)
    note: str = Field(default="", max_length=LONGEST_NOTE)


def about(folder: RunFolder) -> RunNotes:
    try:
        return RunNotes.model_validate(read_json(folder.path / ABOUT))
    except (FileNotFoundError, ValidationError, orjson.JSONDecodeError):
        return RunNotes()


def save_notes(folder: RunFolder, name: str, note: str) -> RunNotes:
    """Keeps both, without control characters and outer blanks. Raises SettingError where one is too long."""
    name, note = _printable(" ".join(name.split())), "\n".join(map(_printable, note.strip().splitlines()))
    for word, text, most in (("name", name, LONGEST_NAME), ("note", note, LONGEST_NOTE)):
        if len(text) > most:
            raise SettingError(f"The {word} has {len(text):,} characters; {most:,} are the limit.", column=word)
    notes = RunNotes(name=name, note=note)
    write_json(folder.path / ABOUT, notes.model_dump())
    return notes


def _printable(line: str) -> str:
    return "".join(sign for sign in line if sign.isprintable())
