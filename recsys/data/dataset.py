"""Data model: a dataset with its interactions, items, users and import report.

Reading and writing files is in `store.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict

from recsys.data.interactions import Interactions

TITLE, CATEGORY, PRICE, TEXT, AGE, GENDER = "title", "category", "price", "text", "age", "gender"
UNKNOWN = "unknown"
POSITION, CLICKED = "position", "clicked"  # columns of impressions


class Repair(BaseModel):
    """One change made on import: `kind` is a short stable name, `lines` the first ten lines concerned."""

    model_config = ConfigDict(frozen=True)
    kind: str
    message: str
    count: int = 1
    lines: tuple[int, ...] = ()


class Report(BaseModel):
    """Import report: column roles, the changes made, and warnings about data that was not changed."""

    model_config = ConfigDict(frozen=True)
    roles: dict[str, str] = {}  # role -> the column's name in the file
    repairs: tuple[Repair, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Dataset:
    """`items` has num_items + 1 rows and `users` num_users + 1 rows: row i belongs to index i, row 0 is empty.

    `items` always has TITLE (the item's id if the upload has none), and CATEGORY, PRICE, TEXT and further columns if
    they were uploaded. `users` has AGE (float, NaN if unknown), GENDER and further columns if they were uploaded.
    Missing text is "". `images` maps item indices to picture files. `impressions` has one row per item shown
    (impressions.py), None if none were uploaded.
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
