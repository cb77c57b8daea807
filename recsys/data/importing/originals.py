"""What an import read, before rows are treated together: kept with the dataset, so that a later log can be appended.

A median, a k-core or two ratings of one item depend on all rows, so that they cannot be appended to what is left of the rows.
Rows and tables of which the dataset lost nothing are not kept: they are its own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import pandas as pd

from recsys.data.dataset import Dataset
from recsys.data.files import write_atomic
from recsys.data.importing.import_recipe import Recipe
from recsys.data.importing.repeats import EXACT
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions

TABLES = ("rows", "items", "users")
OF_ONE_FILE = ("constant", "constant_time")  # kinds of notes that say nothing of a dataset with earlier events
PLAIN = {USER, ITEM, RATING, TIME, "line"}  # columns that a dataset keeps, but for the line


@dataclass(frozen=True, eq=False)
class Originals:
    """`rows`: events with the columns USER, ITEM and optionally RATING (NaN where it is to be filled), TIME, EXACT, EVENT and
    FURTHER; None while the dataset's events are these rows.

    `items` and `users`: tables of the files by id, with ids that the dataset left out; `items` without a file are the texts of
    the interactions file. None without such a table.
    """

    rows: pd.DataFrame | None = None
    items: pd.DataFrame | None = None
    users: pd.DataFrame | None = None

    def events_of(self, user_id: str) -> int | None:
        """Number of rows of a person; None if neither the rows nor the users have the person."""
        events = 0 if self.rows is None else int((self.rows[USER] == user_id).sum())
        is_user = self.users is not None and user_id in self.users.index
        return events if events or is_user else None

    def without(self, user_id: str) -> Originals:
        """The same without a person's rows and features."""
        rows, users = self.rows, self.users
        return replace(
            self,
            rows=None if rows is None else _without_unused(rows[rows[USER] != user_id]),
            users=None if users is None else users[users.index != user_id],
        )

    def write(self, folder: Path) -> None:
        """Write the tables to a folder, in place of those there; no folder for no tables."""
        for name in TABLES:
            table = getattr(self, name)
            if table is not None:
                folder.mkdir(exist_ok=True)
                buffer = io.BytesIO()
                table.to_parquet(buffer, index=name != "rows")
                write_atomic(folder / f"{name}.parquet", buffer.getvalue())

    @classmethod
    def read(cls, folder: Path) -> Self:
        paths = {name: folder / f"{name}.parquet" for name in TABLES}
        return cls(**{name: pd.read_parquet(path) for name, path in paths.items() if path.exists()})


@dataclass(frozen=True, eq=False)
class Earlier:
    """A dataset that a log is appended to; none, as it is. `rows` as in Originals; `impressions` and `pictures` by id; `roles` of its tables."""

    rows: pd.DataFrame | None = None
    recipe: Recipe = field(default_factory=Recipe)
    items: pd.DataFrame | None = None
    users: pd.DataFrame | None = None
    impressions: pd.DataFrame | None = None
    pictures: dict[str, Path] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)


def _without_unused(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows without ids that only their categories hold, which would be written, too."""
    names = [name for name in rows.columns if isinstance(rows[name].dtype, pd.CategoricalDtype)]
    return rows.assign(**{name: rows[name].cat.remove_unused_categories() for name in names})


def originals_of(
    rows: pd.DataFrame, frame: pd.DataFrame, items: pd.DataFrame | None, users: pd.DataFrame | None
) -> Originals:
    """What to keep of an import: `rows` as read, `frame` as stored."""
    is_kept = set(rows.columns) <= PLAIN and len(rows) == len(frame)
    if is_kept and RATING in rows:
        is_kept = bool((frame[RATING].to_numpy() == rows[RATING].to_numpy()).all())  # NaN is equal to nothing
    return Originals(None if is_kept else _without_unused(rows.drop(columns="line")), items, users)


def earlier_of(dataset: Dataset, originals: Originals, recipe: Recipe) -> Earlier:
    """The dataset as what a log is appended to."""
    log, shown = dataset.interactions, dataset.impressions
    if shown is not None:
        shown = shown.assign(**{USER: log.user_ids[shown[USER]], ITEM: log.item_ids[shown[ITEM]]})
    return Earlier(
        rows=_rows_of(log) if originals.rows is None else originals.rows,
        recipe=recipe,
        items=originals.items,
        users=originals.users,
        impressions=shown,
        pictures={str(log.item_ids[index]): path for index, path in dataset.images.items()},
        roles=dataset.report.roles,
    )


def _rows_of(log: Interactions) -> pd.DataFrame:
    columns = {USER: log.user_ids[log.users], ITEM: log.item_ids[log.items]}
    columns |= {} if log.ratings is None else {RATING: log.ratings}
    columns |= {} if log.times is None else {TIME: log.times}
    return pd.DataFrame(columns)


def appended(earlier: pd.DataFrame | None, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a dataset and those of a later file; `line` is 0 in the first."""
    if earlier is None:
        return rows
    earlier = earlier.assign(line=0)
    if (EXACT in earlier) != (EXACT in rows) and TIME in earlier and TIME in rows:  # only one has fractions of a second
        earlier, rows = (frame if EXACT in frame else frame.assign(**{EXACT: frame[TIME].astype("float64")}) for frame in (earlier, rows))  # fmt: skip
    return pd.concat([earlier, rows], ignore_index=True)


def merged(earlier: pd.DataFrame | None, table: pd.DataFrame | None) -> pd.DataFrame | None:
    """The rows of a newer table, and those of an earlier one whose ids it lacks."""
    if earlier is None or table is None:
        return earlier if table is None else table
    return pd.concat([earlier[~earlier.index.isin(table.index)], table])
