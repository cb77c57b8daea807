"""Files of an upload -> one checked data set: the log, items, users, pictures, and the report of what was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.catalogue import cleaned, in_index_order, read_side_table, with_titles
from recsys.data.dataset import CATEGORY, PRICE, TEXT, TITLE, Repair, Report
from recsys.data.images import read_images
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.data.read import Table, read_table
from recsys.data.roles import ALL_NAMES, ROLES, assign_roles
from recsys.data.text import short
from recsys.data.values import Column, parse_ids, parse_numbers, parse_times
from recsys.errors import DataError

MAX_ROWS = 5_000_000
MAX_ITEMS = 500_000
MIN_EVENTS_TO_EVALUATE = 3  # of a user; see sequences/split.py


@dataclass(frozen=True)
class ImportRequest:
    """What a person brings. `mapping`: role -> column, a name or a number from 0. `scale`: allowed ratings."""

    ratings: Path
    items: Path | None = None
    users: Path | None = None
    images: Path | None = None
    name: str | None = None
    mapping: dict[str, str] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    max_rows: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, eq=False)
class Loaded:
    """A data set that has no id yet and is not stored. `pictures` are in the folder that the caller named."""

    interactions: Interactions
    items: pd.DataFrame
    users: pd.DataFrame
    pictures: dict[int, Path]
    report: Report


def load_dataset(request: ImportRequest, pictures_to: Path) -> Loaded:
    """Reads and checks everything before anything is kept. Raises DataError with line and column."""
    repairs: list[Repair] = []
    known = {role for roles in ROLES.values() for role in roles}
    if strange := [role for role in request.mapping if role not in known and not request.items and not request.users]:
        raise DataError(f"Unknown role {short(strange[0])!r} in the mapping. Roles are: {', '.join(sorted(known))}.")
    table = read_table(request.ratings, max_rows=request.max_rows or MAX_ROWS, aliases=ALL_NAMES)
    roles = assign_roles(table, "interactions", request.mapping)
    repairs += table.repairs
    frame = _events(table, roles, request.scale, repairs)
    frame = _without_repeats(frame, repairs)
    items, users = _embedded_items(table, roles, frame, repairs), None
    if request.items is not None:
        items, item_roles = read_side_table(_side(request.items), "items", _for(request, "items"), repairs)
        roles = {**roles, **{f"items.{role}": column for role, column in item_roles.items()}}
    if request.users is not None:
        users, user_roles = read_side_table(_side(request.users), "users", _for(request, "users"), repairs)
        roles = {**roles, **{f"users.{role}": column for role, column in user_roles.items()}}
    num_items = frame[ITEM].nunique()
    limit = request.max_items or MAX_ITEMS
    if num_items > limit:
        raise DataError(
            f"The log has {num_items:,} items; the limit is {limit:,}. Upload a part of it or raise the limit."
        )
    log = Interactions.from_frame(frame, None if items is None else list(items.index))
    _compare(log, frame, items, users, repairs)
    pictures: dict[int, Path] = {}
    if request.images is not None:
        pictures, passed = read_images(request.images, log.item_index, pictures_to)
        repairs += passed
    return Loaded(
        interactions=log,
        items=with_titles(in_index_order(items, log.item_ids), log.item_ids),
        users=in_index_order(users, log.user_ids),
        pictures=pictures,
        report=Report(roles=roles, repairs=tuple(repairs), warnings=tuple(_warnings(log))),
    )


def _side(path: Path) -> Table:
    return read_table(path, max_rows=MAX_ROWS, aliases=ALL_NAMES)


def _for(request: ImportRequest, kind: str) -> dict[str, str]:
    """The part of the mapping that speaks of a side table: its own roles but the id, which the log's mapping names."""
    return {r: c for r, c in request.mapping.items() if r in ROLES[kind] and r not in ("user", "item")}  # type: ignore[index]


def _events(
    table: Table, roles: dict[str, str], scale: tuple[float, float] | None, repairs: list[Repair]
) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {}
    for role, key in (("user", USER), ("item", ITEM), ("rating", RATING), ("time", TIME)):
        if role not in roles:
            continue
        if roles[role] != key and table.has_header:
            repairs.append(Repair(kind="column", message=f"Column {short(roles[role])!r} was read as {key}."))
        named = "timestamp" if role == "time" else key
        column = Column(table.frame[roles[role]], table.lines, roles[role], named)
        if role == "rating":
            columns[key] = parse_numbers(column, scale)
        else:
            columns[key] = parse_times(column) if role == "time" else parse_ids(column)
        repairs += column.repairs
    return pd.DataFrame({**columns, "line": table.lines})


def _without_repeats(frame: pd.DataFrame, repairs: list[Repair]) -> pd.DataFrame:
    """With ratings, drops rows that come twice and keeps a user's latest rating of an item.

    Without ratings, repeats are legitimate events: nothing is dropped.
    """
    if RATING not in frame:
        return frame
    again = frame.duplicated([c for c in (USER, ITEM, RATING, TIME) if c in frame])
    if again.any():
        message = f"{int(again.sum()):,} duplicate rows (repeated, all alike) were dropped."
        repairs.append(_at("duplicates", message, frame[again]))
        frame = frame[~again]
    pairs = frame.duplicated([USER, ITEM], keep=False)
    if not pairs.any():
        return frame
    if TIME not in frame:
        lines = frame.loc[frame.duplicated([USER, ITEM]), "line"]
        row = frame[frame["line"] == lines.iloc[0]].iloc[0]
        raise DataError(
            f"Line {lines.iloc[0]}: user {short(row[USER])!r} rates item {short(row[ITEM])!r} again with a different "
            "rating, and there are no times: a conflict (duplicate). Add times or keep one of the rows.",
            line=int(lines.iloc[0]),
            column=RATING,
        )
    latest = ~frame.sort_values(TIME, kind="stable").duplicated([USER, ITEM], keep="last").sort_index()
    dropped = frame[~latest]
    message = (
        f"{len(dropped):,} ratings gave way to a later one of the same user and item (duplicate): the latest counts."
    )
    repairs.append(_at("later_rating", message, dropped))
    return frame[latest]


def _embedded_items(
    table: Table, roles: dict[str, str], frame: pd.DataFrame, repairs: list[Repair]
) -> pd.DataFrame | None:
    """What the log itself says about its items, taken from each item's first row."""
    named = [role for role in (TITLE, CATEGORY, PRICE, TEXT) if role in roles]
    if not named:
        return None
    first = frame.drop_duplicates(ITEM)
    cells = table.frame.iloc[first.index]  # rows keep their place in the table
    columns = {role: cells[roles[role]].to_numpy() for role in named}
    return cleaned(pd.DataFrame(columns, index=pd.Index(first[ITEM].to_numpy())), repairs)


def _at(kind: str, message: str, rows: pd.DataFrame) -> Repair:
    return Repair(
        kind=kind, message=message, count=len(rows), lines=tuple(int(line) for line in rows["line"].iloc[:10])
    )


def _compare(
    log: Interactions,
    frame: pd.DataFrame,
    items: pd.DataFrame | None,
    users: pd.DataFrame | None,
    repairs: list[Repair],
) -> None:
    """Reports who is in one table and not in the other."""
    if items is not None:
        touched = set(frame[ITEM])
        unknown, idle = len(touched - set(items.index)), len(set(items.index) - touched)
        if unknown:
            message = f"{unknown:,} items of the log are not in the items file: they are shown by their id."
            repairs.append(Repair(kind="unknown_items", message=message, count=unknown))
        if idle:
            message = (
                f"{idle:,} items of the items file have no event yet: in the catalogue, not suggested by models of ids."
            )
            repairs.append(Repair(kind="cold_items", message=message, count=idle))
    if users is not None:
        known = set(users.index)
        unknown, idle = sum(user not in known for user in log.user_ids[1:]), len(known - set(log.user_ids[1:]))
        if unknown:
            message = f"{unknown:,} users of the log are not in the users file: their traits are unknown."
            repairs.append(Repair(kind="unknown_users", message=message, count=unknown))
        if idle:
            message = f"{idle:,} users of the users file have no event and were left out."
            repairs.append(Repair(kind="idle_users", message=message, count=idle))


def _warnings(log: Interactions) -> list[str]:
    few = int((np.diff(log.offsets)[1:] < MIN_EVENTS_TO_EVALUATE).sum())
    if not few:
        return []
    least = f"{MIN_EVENTS_TO_EVALUATE} events, the least for a test (at least {MIN_EVENTS_TO_EVALUATE})"
    who = "No user has" if few == log.num_users else f"{few:,} of {log.num_users:,} users do not have"
    return [f"{who} {least}: they train, and are not evaluated."]
