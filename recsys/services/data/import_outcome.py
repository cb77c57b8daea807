"""What a try of an import says: what is seen of its files, and how it ended. Both are stored beside the files (upload.py)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from recsys.data.dataset import TITLE, Dataset, Report, StoredText
from recsys.data.importing.event_types import EVENT
from recsys.data.importing.faults import Fault, Kind
from recsys.data.interactions import Interactions
from recsys.data.store import DatasetSummary
from recsys.services.data.user_groups import headline, user_groups

FIRST_ROWS = 5
FileKind = Literal["interactions", "items", "users", "impressions", "images"]


class FileLook(BaseModel):
    """What is seen of a file before it is checked. `times` are columns without a role that look like times.

    `rows` are the first rows as text, `format` is "text", "histories", "json", "parquet" or "xlsx". `encodings` and `sheets` are
    what can be chosen instead of what was found.
    """

    model_config = ConfigDict(frozen=True)
    columns: tuple[str, ...]
    roles: dict[str, str]
    rows: tuple[tuple[str, ...], ...]
    separator: str
    encoding: str
    has_header: bool = True
    format: str = "text"
    times: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()

    def examples(self, column: str, most: int = 3) -> list[str]:
        """A few distinct values of a column."""
        index = self.columns.index(column)
        return list(dict.fromkeys(row[index] for row in self.rows if row[index].strip()))[:most]

    def unused(self, roles: dict[str, str]) -> list[str]:
        """Columns that have none of these roles."""
        return [column for column in self.columns if column not in roles.values()]


class FirstRow(BaseModel):
    """An event as it was read; `time` is an ISO time."""

    user: str
    item: str
    rating: float | None = None
    time: str | None = None


class Outcome(BaseModel):
    """How a try ended: with a dataset that can be kept (`summary`), with open `faults`, or with an `error` in a `file`.

    `people` says how many users the columns of the users table expose. `span`: first and last day of its events. `missing`:
    column, such as `users.age`, -> number of items or users that have no value in it, where some have.
    """

    summary: DatasetSummary | None = None
    report: Report = Report()
    rows: tuple[FirstRow, ...] = ()
    people: StoredText | None = None
    span: tuple[date, date] | None = None
    missing: dict[str, int] = {}
    faults: tuple[Fault, ...] = ()
    error: StoredText | None = None
    file: FileKind | None = None
    line: int | None = None
    column: str | None = None


def ready(dataset: Dataset, summary: DatasetSummary) -> Outcome:
    """The outcome of a try that made a dataset, with its first events; of weighted types of events, first ones of each weight."""
    log, rows = dataset.interactions, []
    has_titles = TITLE in dataset.items and any(role.partition(".")[2] == TITLE for role in dataset.report.roles)
    for row in _shown(log, is_weighted=has_weights(dataset.report)):
        item = int(log.items[row])
        when = None if log.times is None else datetime.fromtimestamp(int(log.times[row]), UTC)
        rows.append(
            FirstRow(
                user=str(log.user_ids[int(log.users[row])]),
                item=dataset.title(item) if has_titles else str(log.item_ids[item]),
                rating=None if log.ratings is None else float(log.ratings[row]),
                time=None if when is None else f"{when:%Y-%m-%d %H:%M:%S}",
            )
        )
    groups = user_groups(dataset.users)
    people = None if groups is None else headline(groups)
    span = None
    if log.times is not None and len(log):
        span = _day(log.times.min()), _day(log.times.max())
    missing = _missing("items", dataset.items) | _missing("users", dataset.users)
    return Outcome(summary=summary, report=dataset.report, rows=tuple(rows), people=people, span=span, missing=missing)


def has_weights(report: Report) -> bool:
    """Whether the ratings, if there are any, are weights of types of events."""
    return EVENT in report.roles and "rating" not in report.roles


def _shown(log: Interactions, *, is_weighted: bool) -> list[int]:
    """The first rows; with weights the first of each weight among them."""
    first = list(range(min(FIRST_ROWS, len(log))))
    if log.ratings is None or not is_weighted:
        return first
    of_each = np.unique(log.ratings, return_index=True)[1].tolist()
    return sorted(list(dict.fromkeys([*of_each, *first]))[:FIRST_ROWS])


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(int(seconds), UTC).date()


def _missing(kind: Kind, table: pd.DataFrame) -> dict[str, int]:
    """Number of missing values of each column but the titles, where some rows have one and some do not."""
    cells = table.drop(columns=TITLE, errors="ignore").iloc[1:]
    counts = {f"{kind}.{name}": int((cells[name].isna() | (cells[name] == "")).sum()) for name in cells.columns}
    return {name: count for name, count in counts.items() if 0 < count < len(cells)}
