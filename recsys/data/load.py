"""Import of uploaded files into one validated dataset, with its import report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.catalogue import cleaned, in_index_order, read_side_table, with_titles
from recsys.data.dataset import CATEGORY, PRICE, TEXT, TITLE, Repair, Report
from recsys.data.decode import short
from recsys.data.images import read_images
from recsys.data.impressions import read_impressions
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.data.read import Table, plain_name, read_table
from recsys.data.repeats import EXACT, in_exact_order, warnings_of, without_repeats
from recsys.data.roles import ALL_NAMES, ORDER_NAMES, Kind, assign_roles, by_number, split_mapping
from recsys.data.values import Column, parse_ids, parse_numbers, parse_times
from recsys.errors import DataError
from recsys.messages import Message, message, plural

MAX_ROWS = 5_000_000
MAX_ITEMS = 500_000
IN_FILE: dict[Kind, Message] = {
    "items": message("Items file: {text}"),
    "users": message("Users file: {text}"),
    "impressions": message("Impressions file: {text}"),
}


@dataclass(frozen=True)
class ImportRequest:
    """Files and options of an import.

    `mapping`: role -> column, a name or a number from 0. `scale`: lowest and highest rating allowed. `max_rows`: limit of
    each file.
    """

    ratings: Path
    items: Path | None = None
    users: Path | None = None
    images: Path | None = None
    impressions: Path | None = None
    name: str | None = None
    mapping: dict[str, str] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    max_rows: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, eq=False)
class Loaded:
    """An imported dataset without an id, not yet stored. `pictures` are files in the caller's folder."""

    interactions: Interactions
    items: pd.DataFrame
    users: pd.DataFrame
    pictures: dict[int, Path]
    report: Report
    impressions: pd.DataFrame | None = None


def load_dataset(request: ImportRequest, pictures_to: Path) -> Loaded:
    """Read and validate all files of an import. Raises DataError with line and column."""
    repairs: list[Repair] = []
    sides: dict[Kind, Path] = {} if request.items is None else {"items": request.items}
    sides |= {} if request.users is None else {"users": request.users}
    side_kinds: tuple[Kind, ...] = (*sides, *(("impressions",) if request.impressions is not None else ()))
    mapping = split_mapping(request.mapping, side_kinds)
    numbered = by_number(mapping["interactions"])
    max_rows = request.max_rows or MAX_ROWS
    table = read_table(request.ratings, max_rows=max_rows, aliases=ALL_NAMES, numbered=numbered)
    roles = assign_roles(table, "interactions", mapping["interactions"])
    repairs += table.repairs
    frame = _events(table, roles, request.scale, repairs)
    frame = in_exact_order(without_repeats(frame, table.frame, repairs))
    side_tables: dict[Kind, pd.DataFrame | None] = {
        "items": _embedded_items(table, roles, frame, repairs),
        "users": None,
    }
    for kind, path in sides.items():
        side_tables[kind], side_roles = _read_side(
            path, kind, mapping[kind], roles[kind[:-1]] if table.has_header else None, repairs, max_rows
        )
        roles = {**roles, **{f"{kind}.{role}": column for role, column in side_roles.items()}}
    items, users = side_tables["items"], side_tables["users"]
    num_items = len({*frame[ITEM].unique(), *(() if items is None else items.index)})
    limit = request.max_items or MAX_ITEMS
    if num_items > limit:
        raise DataError(
            message(
                "The catalogue has {items:,} items; the limit is {limit:,}. Upload a part of it or raise the limit.",
                items=num_items,
                limit=limit,
            )
        )
    log = Interactions.from_frame(frame, None if items is None else list(items.index))
    _compare(log, frame, items, users, repairs)
    pictures: dict[int, Path] = {}
    if request.images is not None:
        pictures, skipped = read_images(request.images, log.item_index, pictures_to)
        repairs += skipped
    impressions = None
    if request.impressions is not None:
        same_ids = {role: roles[role] for role in ("user", "item")} if table.has_header else {}
        impressions, side_roles = _read_impressions(
            request.impressions, same_ids, mapping["impressions"], log, repairs, max_rows
        )
        roles = {**roles, **{f"impressions.{role}": column for role, column in side_roles.items()}}
    return Loaded(
        interactions=log,
        items=with_titles(in_index_order(items, log.item_ids), log.item_ids),
        users=in_index_order(users, log.user_ids),
        pictures=pictures,
        report=Report(roles=roles, repairs=tuple(repairs), warnings=tuple(warnings_of(log))),
        impressions=impressions,
    )


def _read_impressions(
    path: Path,
    same_ids: dict[str, str],
    mapping: dict[str, str],
    log: Interactions,
    repairs: list[Repair],
    max_rows: int,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Impressions and the roles of their columns; messages name the file.

    A column with the name of the interactions' id column (`same_ids`) holds the ids, if there is one.
    """
    notes: list[Repair] = []
    with _naming_file("impressions", notes, repairs):
        table = read_table(path, max_rows=max_rows, aliases=ALL_NAMES, numbered=by_number(mapping))
        if table.has_header:
            mapping = {role: name for role, name in same_ids.items() if name in table.frame.columns} | mapping
        return read_impressions(table, mapping, log, notes)


@contextmanager
def _naming_file(kind: Kind, notes: list[Repair], repairs: list[Repair]) -> Iterator[None]:
    """Prefix errors and notes with the file's name; the notes are added to `repairs`."""
    try:
        yield
    except DataError as error:
        raise DataError(IN_FILE[kind].format(text=error.message), line=error.line, column=error.column) from error
    repairs += [note.model_copy(update={"message": IN_FILE[kind].format(text=note.message)}) for note in notes]


def _read_side(
    path: Path, kind: Kind, mapping: dict[str, str], same_id: str | None, repairs: list[Repair], max_rows: int
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Item or user table and the roles of its columns; messages name the file.

    A column with the name of the interactions' id column (`same_id`) holds the ids, if there is one.
    """
    notes: list[Repair] = []
    with _naming_file(kind, notes, repairs):
        table = read_table(path, max_rows=max_rows, aliases=ALL_NAMES, numbered=by_number(mapping))
        if table.has_header and same_id is not None and same_id in table.frame.columns:
            mapping = {kind[:-1]: same_id, **mapping}
        return read_side_table(table, kind, mapping, notes)


def _events(
    table: Table, roles: dict[str, str], scale: tuple[float, float] | None, repairs: list[Repair]
) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {}
    for role, key in (("user", USER), ("item", ITEM), ("rating", RATING), ("time", TIME)):
        if role not in roles:
            continue
        if roles[role] != key and table.has_header:
            repairs.append(
                Repair(
                    kind="column",
                    message=message("Column {column!r} was read as {key}.", column=short(roles[role]), key=key),
                )
            )
        name = "timestamp" if role == "time" else key
        column = Column(table.frame[roles[role]], table.lines, roles[role], name)
        if role == "rating":
            columns[key] = parse_numbers(column, scale)
        elif role == "time":
            times = parse_times(column)
            if plain_name(column.name) in ORDER_NAMES:
                columns[EXACT] = times
                column.repairs = [
                    Repair(
                        kind="order",
                        message=message("{column} orders events and is no time.", column=short(column.name)),
                    )
                ]
            else:
                columns |= {key: times} if column.finer is None else {key: times, EXACT: column.finer}
        else:
            columns[key] = parse_ids(column)
        repairs += column.repairs
    return pd.DataFrame({**columns, "line": table.lines})


def _embedded_items(
    table: Table, roles: dict[str, str], frame: pd.DataFrame, repairs: list[Repair]
) -> pd.DataFrame | None:
    """Item columns of the interactions file, from each item's first row; None if there are none."""
    item_roles = [role for role in (TITLE, CATEGORY, PRICE, TEXT) if role in roles]
    if not item_roles:
        return None
    first = frame.drop_duplicates(ITEM)
    cells = table.frame.iloc[first.index]  # the index is the row number in the table
    columns = {role: cells[roles[role]].to_numpy() for role in item_roles}
    return cleaned(pd.DataFrame(columns, index=pd.Index(first[ITEM].to_numpy())), repairs)


def _compare(
    log: Interactions,
    frame: pd.DataFrame,
    items: pd.DataFrame | None,
    users: pd.DataFrame | None,
    repairs: list[Repair],
) -> None:
    """Report the items and users that are in one table but not in the other."""
    if items is not None:
        with_events = set(frame[ITEM])
        unknown, idle = len(with_events - set(items.index)), len(set(items.index) - with_events)
        if unknown:
            sentence = plural(
                "{n:,} item with interactions is not in the items file: it is shown by its id.",
                "{n:,} items with interactions are not in the items file: they are shown by their id.", unknown,
            )  # fmt: skip
            repairs.append(Repair(kind="unknown_items", message=sentence, count=unknown))
        if idle:
            sentence = plural(
                "{n:,} item of the items file has no event yet: models that read only ids cannot recommend it.",
                "{n:,} items of the items file have no event yet: models that read only ids cannot recommend them.",
                idle,
            )
            repairs.append(Repair(kind="cold_items", message=sentence, count=idle))
    if users is not None:
        user_ids = set(users.index)
        unknown, idle = sum(user not in user_ids for user in log.user_ids[1:]), len(user_ids - set(log.user_ids[1:]))
        if unknown:
            sentence = plural(
                "{n:,} user with interactions is not in the users file: the user's features are unknown.",
                "{n:,} users with interactions are not in the users file: their features are unknown.", unknown,
            )  # fmt: skip
            repairs.append(Repair(kind="unknown_users", message=sentence, count=unknown))
        if idle:
            sentence = plural(
                "{n:,} user of the users file has no event and was left out.",
                "{n:,} users of the users file have no event and were left out.", idle,
            )  # fmt: skip
            repairs.append(Repair(kind="idle_users", message=sentence, count=idle))
