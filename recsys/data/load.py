"""Files of an upload -> one checked dataset: log, items, users, pictures, impressions, and what was found and done."""

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

MAX_ROWS = 5_000_000
MAX_ITEMS = 500_000


@dataclass(frozen=True)
class ImportRequest:
    """What a person brings. `mapping`: role -> column, a name or a number from 0. `scale`: allowed ratings."""

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
    """A dataset that has no id yet and is not stored. `pictures` are in the folder that the caller named."""

    interactions: Interactions
    items: pd.DataFrame
    users: pd.DataFrame
    pictures: dict[int, Path]
    report: Report
    impressions: pd.DataFrame | None = None


def load_dataset(request: ImportRequest, pictures_to: Path) -> Loaded:
    """Reads and checks everything before anything is kept. Raises DataError with line and column."""
    repairs: list[Repair] = []
    sides: dict[Kind, Path] = {} if request.items is None else {"items": request.items}
    sides |= {} if request.users is None else {"users": request.users}
    beside_log: tuple[Kind, ...] = (*sides, *(("impressions",) if request.impressions is not None else ()))
    mapping = split_mapping(request.mapping, beside_log)
    numbered = by_number(mapping["interactions"])
    table = read_table(request.ratings, max_rows=request.max_rows or MAX_ROWS, aliases=ALL_NAMES, numbered=numbered)
    roles = assign_roles(table, "interactions", mapping["interactions"])
    repairs += table.repairs
    frame = _events(table, roles, request.scale, repairs)
    frame = in_exact_order(without_repeats(frame, table.frame, repairs))
    beside: dict[Kind, pd.DataFrame | None] = {"items": _embedded_items(table, roles, frame, repairs), "users": None}
    for kind, path in sides.items():
        beside[kind], side_report = _side(
            path, kind, mapping[kind], roles[kind[:-1]] if table.has_header else None, repairs
        )
        roles = {**roles, **{f"{kind}.{role}": column for role, column in side_report.items()}}
    items, users = beside["items"], beside["users"]
    num_items = len({*frame[ITEM].unique(), *(() if items is None else items.index)})
    limit = request.max_items or MAX_ITEMS
    if num_items > limit:
        raise DataError(
            f"The catalogue has {num_items:,} items; the limit is {limit:,}. Upload a part of it or raise the limit."
        )
    log = Interactions.from_frame(frame, None if items is None else list(items.index))
    _compare(log, frame, items, users, repairs)
    pictures: dict[int, Path] = {}
    if request.images is not None:
        pictures, passed = read_images(request.images, log.item_index, pictures_to)
        repairs += passed
    impressions = None
    if request.impressions is not None:
        same = {role: roles[role] for role in ("user", "item")} if table.has_header else {}
        impressions, side_report = _shown(request.impressions, same, mapping["impressions"], log, repairs)
        roles = {**roles, **{f"impressions.{role}": column for role, column in side_report.items()}}
    return Loaded(
        interactions=log,
        items=with_titles(in_index_order(items, log.item_ids), log.item_ids),
        users=in_index_order(users, log.user_ids),
        pictures=pictures,
        report=Report(roles=roles, repairs=tuple(repairs), warnings=tuple(warnings_of(log))),
        impressions=impressions,
    )


def _shown(
    path: Path, same_ids: dict[str, str], mapping: dict[str, str], log: Interactions, repairs: list[Repair]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The impressions and their roles; what is said of them names the file. Ids are the columns that are called as the
    log's (`same_ids`), where there are such."""
    notes: list[Repair] = []
    with _naming("Impressions file", notes, repairs):
        table = read_table(path, max_rows=MAX_ROWS, aliases=ALL_NAMES, numbered=by_number(mapping))
        if table.has_header:
            mapping = {role: name for role, name in same_ids.items() if name in table.frame.columns} | mapping
        return read_impressions(table, mapping, log, notes)


@contextmanager
def _naming(file: str, notes: list[Repair], repairs: list[Repair]) -> Iterator[None]:
    """Puts the file's name before errors, and before notes, which go to `repairs`."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{file}: {error.message}", line=error.line, column=error.column) from error
    repairs += [note.model_copy(update={"message": f"{file}: {note.message}"}) for note in notes]


def _side(
    path: Path, kind: Kind, mapping: dict[str, str], same_id: str | None, repairs: list[Repair]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """A table beside the log and its roles; what is said of it names the file. Its id is the column that is called as
    the log's (`same_id`), where there is one."""
    notes: list[Repair] = []
    with _naming(f"{kind.capitalize()} file", notes, repairs):
        table = read_table(path, max_rows=MAX_ROWS, aliases=ALL_NAMES, numbered=by_number(mapping))
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
            repairs.append(Repair(kind="column", message=f"Column {short(roles[role])!r} was read as {key}."))
        named = "timestamp" if role == "time" else key
        column = Column(table.frame[roles[role]], table.lines, roles[role], named)
        if role == "rating":
            columns[key] = parse_numbers(column, scale)
        elif role == "time":
            times = parse_times(column)
            if plain_name(column.name) in ORDER_NAMES:
                columns[EXACT] = times
                column.repairs = [Repair(kind="order", message=f"{short(column.name)} orders events and is no time.")]
            else:
                columns |= {key: times} if column.finer is None else {key: times, EXACT: column.finer}
        else:
            columns[key] = parse_ids(column)
        repairs += column.repairs
    return pd.DataFrame({**columns, "line": table.lines})


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
                f"{idle:,} items of the items file have no event yet: models that read only ids cannot recommend them."
            )
            repairs.append(Repair(kind="cold_items", message=message, count=idle))
    if users is not None:
        user_ids = set(users.index)
        unknown, idle = sum(user not in user_ids for user in log.user_ids[1:]), len(user_ids - set(log.user_ids[1:]))
        if unknown:
            message = f"{unknown:,} users of the log are not in the users file: their traits are unknown."
            repairs.append(Repair(kind="unknown_users", message=message, count=unknown))
        if idle:
            message = f"{idle:,} users of the users file have no event and were left out."
            repairs.append(Repair(kind="idle_users", message=message, count=idle))
