"""Data model: a dataset with its interactions, items, users and import report.

Reading and writing files is in `store.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, PlainSerializer

from recsys.data.balance import Balance
from recsys.data.interactions import Interactions
from recsys.messages import from_json, message, to_json

TITLE, CATEGORY, PRICE, TEXT, AGE, GENDER = "title", "category", "price", "text", "age", "gender"
UNKNOWN = message("unknown")
AGE_BANDS = (0, 18, 25, 35, 45, 55, 65)  # lower bounds, in years
POSITION, CLICKED = "position", "clicked"  # columns of impressions


StoredText = Annotated[InstanceOf[str], BeforeValidator(from_json), PlainSerializer(to_json, when_used="json")]


class Repair(BaseModel):
    """One change made on import: `kind` is a short stable name, `lines` the first ten lines concerned.

    `users`, of treatments that drop rows, are the ids of the users of these rows. It is stored with the dataset only.
    """

    model_config = ConfigDict(frozen=True)
    kind: str
    message: StoredText
    count: int = 1
    lines: tuple[int, ...] = ()
    users: tuple[str, ...] = Field(default=(), exclude=True)


class Report(BaseModel):
    """Import report: column roles, the changes made, and warnings about data that was not changed.

    `before` counts the rows, users and items of the interactions file, before anything was left out; `balance` says where its
    rows went, None in reports of earlier versions and where a person was forgotten.
    """

    model_config = ConfigDict(frozen=True)
    roles: dict[str, str] = {}  # role -> the column's name in the file
    repairs: tuple[Repair, ...] = ()
    warnings: tuple[StoredText, ...] = ()
    before: dict[str, int] = {}
    balance: Balance | None = None

    def stored(self) -> dict[str, Any]:
        """Contents of `report.json`: also the users whose rows a treatment dropped."""
        content = self.model_dump(mode="json")
        for repair, values in zip(self.repairs, content["repairs"], strict=True):
            values |= {"users": repair.users} if repair.users else {}
        return content


ARTICLE = re.compile(r"^(.+), (The|A|An|Le|La|Les|L'|Der|Die|Das|El|Los|Las|Il)((?: \(.*\))?)$")


def display_title(title: str) -> str:
    """ "Matrix, The (1999)", as catalogues sort it, becomes "The Matrix (1999)"."""
    match = ARTICLE.match(title)
    return f"{match[2]}{'' if match[2].endswith(chr(39)) else ' '}{match[1]}{match[3]}" if match else title


@dataclass(frozen=True, eq=False)
class Dataset:
    """`items` has num_items + 1 rows and `users` num_users + 1 rows: row i belongs to index i, row 0 is empty.

    `items` always has TITLE (the item's id if the upload has none), and CATEGORY, PRICE, TEXT and further columns if
    they were uploaded. `users` has AGE (float, NaN if unknown), GENDER and further columns if they were uploaded.
    Missing text is "". `images` maps item indices to picture files. `impressions` has one row per item shown
    (impressions.py), None if none were uploaded. `folder` is where it is stored, None for a dataset in memory alone.
    """

    dataset_id: str
    name: str
    interactions: Interactions
    items: pd.DataFrame
    users: pd.DataFrame
    images: dict[int, Path] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    created: str = ""
    impressions: pd.DataFrame | None = None
    folder: Path | None = None

    def title(self, item: int) -> str:
        """The title as it is shown."""
        return display_title(str(self._titles[item]))

    @cached_property
    def _titles(self) -> np.ndarray:
        """Titles as stored, [num_items + 1]: a look-up in a table costs a hundred times as much."""
        return self.items[TITLE].to_numpy(dtype=object)
