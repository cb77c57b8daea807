"""A dataset: the log, its items and users, and the report of what was found and done on the way in.

Nothing here reads files; `store.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict

from recsys.data.interactions import Interactions

TITLE, CATEGORY, PRICE, TEXT, AGE, GENDER = "title", "category", "price", "text", "age", "gender"
UNKNOWN = "unknown"
POSITION, CLICKED = "position", "clicked"  # of impressions


class Repair(BaseModel):
    """One thing that was found and done about: `kind` is a short stable name, `lines` the first ten places."""

    model_config = ConfigDict(frozen=True)
    kind: str
    message: str
    count: int = 1
    lines: tuple[int, ...] = ()


class Report(BaseModel):
    """What was found and done while importing; `warnings` are things that were left as they are."""

    model_config = ConfigDict(frozen=True)
    roles: dict[str, str] = {}  # role -> the column's name in the file
    repairs: tuple[Repair, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Dataset:
    """`items` has num_items + 1 rows and `users` num_users + 1 rows: row i belongs to index i, row 0 to no one.

    `items` always has TITLE (the item's id where the upload had none); CATEGORY, PRICE, TEXT and further
    columns where they were uploaded. `users` has AGE (float, NaN unknown), GENDER and further columns
    likewise. Missing text is "". `images` maps item indices to picture files. `impressions` has a row for each
    time an item was shown (impressions.py), None where none were uploaded.
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

    def title(self, item: int) -> str:
        return str(self.items[TITLE].iat[item])
