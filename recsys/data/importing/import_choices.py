"""What a user decides about an import. It is kept with the dataset as its recipe, which replays on tomorrow's file.

A recipe leaves nothing to chance: columns are named, and each decided fault has its treatment. A fault that it does not
know is open again (faults.UndecidedError), never skipped.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from recsys.data.importing.faults import Kind


class FileChoices(BaseModel):
    """How a file is read, where the guess is wrong; None: as found."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    encoding: str | None = None
    separator: str | None = None
    has_header: bool | None = None
    sheet: str | None = None  # of a workbook


class Choices(BaseModel):
    """All decisions of an import. `mapping`: role -> column, as split_mapping reads it; `treatments`: key of a fault -> name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    files: dict[Kind, FileChoices] = {}
    mapping: dict[str, str] = {}
    scale: tuple[float, float] | None = None
    treatments: dict[str, str] = {}
