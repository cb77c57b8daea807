"""What a user decides about an import. It is kept with the dataset as its recipe, which replays on tomorrow's file.

A recipe leaves nothing to chance: columns are named, and each decided fault has its treatment. A fault that it does not
know is open again (faults.UndecidedError), never skipped.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from recsys.data.importing.faults import Kind

Weight = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Moment = Annotated[date | datetime, Field(union_mode="left_to_right")]


class FileChoices(BaseModel):
    """How a file is read, where the guess is wrong; None: as found."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    encoding: str | None = None
    separator: str | None = None
    has_header: bool | None = None
    sheet: str | None = None  # of a workbook


class Filters(BaseModel):
    """Events that are kept (filters.py); as they are, all.

    `since` and `until` are both included, a date as the whole day in UTC. `sample`: share of the users. `least_events` of a
    user are counted once, `user_core` and `item_core` until no user and no item has fewer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    since: Moment | None = None
    until: Moment | None = None
    least_rating: float | None = Field(None, allow_inf_nan=False)
    sample: float = Field(1.0, gt=0, le=1)
    seed: int = 0
    least_events: int = Field(0, ge=0)
    user_core: int = Field(0, ge=0)
    item_core: int = Field(0, ge=0)


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
    """All decisions of an import.

    `mapping`: role -> column, as split_mapping reads it; `treatments`: key of a fault -> name. `events`: weight of each type of
    event, 0 for one that is left out; where the weights differ, they are the ratings (event_types.py). `split_categories`: whether
    a cell of categories may hold several (several_values.py). `fill`: columns such as `users.age` whose missing values are
    filled (missing_values.py). `most_dropped`: share of the rows of a file that treatments
    may leave out; None: MOST_DROPPED, or FEW rows (decision_report.py).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    files: dict[Kind, FileChoices] = {}
    mapping: dict[str, str] = {}
    scale: tuple[float, float] | None = None
    treatments: dict[str, str] = {}
    events: dict[str, Weight] | None = None
    split_categories: bool = True
    fill: tuple[str, ...] = ()
    filters: Filters = Filters()
    most_dropped: float | None = Field(None, ge=0, le=1)
    protection: Protection = Protection()

    def filled_of(self, kind: Kind) -> frozenset[str]:
        """Columns of a table whose missing values are filled."""
        return frozenset(name.removeprefix(f"{kind}.") for name in self.fill if name.startswith(f"{kind}."))
