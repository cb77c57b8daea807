"""What a user decides about an import. It is kept with the dataset as its recipe, which replays on tomorrow's file.

A recipe leaves nothing to chance: columns are named, and each decided fault has its treatment. A fault that it does not
know is open again (faults.UndecidedError), never skipped.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from recsys.data.importing.faults import Kind


class FileChoices(BaseModel):
    """How a file is read, where the guess is wrong; None: as found."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    encoding: str | None = None
    separator: str | None = None
    has_header: bool | None = None
    sheet: str | None = None  # of a workbook


class Protection(BaseModel):
    """What is not kept of people (protection.py). `pseudonyms`: whose ids are replaced.

    Columns are those of the users and items table, `users.zip` or, where only one of the tables has it, `zip`. `drop` are left
    out. `bands`: column -> width of the bands that its numbers are coarsened to; None, for ages, the age bands of the app.
    `days`: times are coarsened to the day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    pseudonyms: tuple[Literal["users", "items"], ...] = ()
    drop: tuple[str, ...] = ()
    bands: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)] | None] = {}
    days: bool = False


class Choices(BaseModel):
    """All decisions of an import. `mapping`: role -> column, as split_mapping reads it; `treatments`: key of a fault -> name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    files: dict[Kind, FileChoices] = {}
    mapping: dict[str, str] = {}
    scale: tuple[float, float] | None = None
    treatments: dict[str, str] = {}
    protection: Protection = Protection()
