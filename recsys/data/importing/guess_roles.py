"""The role of each column, guessed from its name and, where names say nothing, from its content."""

from __future__ import annotations

import re

import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, CLICKED, GENDER, POSITION, PRICE, TEXT, TITLE, Repair
from recsys.data.importing.column_content import (
    are_dates,
    are_epochs,
    are_events,
    are_long_numbers,
    are_ratings,
    are_row_numbers,
    is_of_item,
    sample_of,
)  # fmt: skip
from recsys.data.importing.faults import Kind
from recsys.data.importing.read import NUMBER, Table, plain_name
from recsys.data.importing.role_names import EVENT, OF_ITEM_OR_USER, REQUIRED, ROLES, TIME_HINT, place_in
from recsys.messages import message, plural, short

YES_OR_NO = re.compile(r"[01]|true|false", re.IGNORECASE)
PLACE = re.compile(r"\d{1,6}")
GENDERS = ["m", "f", "male", "female", "other", "男", "女"]
MAX_EVENT_TYPES = 30
ENOUGH = 20  # rows that show that a column is constant
LISTED = 200  # characters of a list of columns in a message


def guess_roles(table: Table, kind: Kind) -> dict[str, str]:
    """Guess role -> column from the names or, without a header, from the content."""
    if not table.has_header:
        return _without_header(table, kind)
    roles: dict[str, str] = {}
    extra = (TITLE, CATEGORY, PRICE, TEXT) if kind == "interactions" else ()
    for role in (*ROLES[kind], *extra):
        places = {column: place_in(role, column) for column in table.frame.columns if column not in roles.values()}
        matches = {column: place for column, place in places.items() if place is not None}
        if role == "time" and len(matches) > 1:  # a date and a clock in two columns: the date is the time
            dated = {column: place for column, place in matches.items() if _may_be_time(table, column)}
            matches = dated or matches
        if role == EVENT:
            matches = {c: place for c, place in matches.items() if table.frame[c].nunique() <= MAX_EVENT_TYPES}
        if matches:
            roles[role] = min(matches, key=lambda column: matches[column])
    id_role = "user" if kind == "users" else "item"
    if kind in ("items", "users") and id_role not in roles:
        ids = [column for column in table.frame.columns if plain_name(column) == "id"]
        roles |= {id_role: ids[0]} if ids else {}
    for role in REQUIRED[kind]:
        ids = [
            c for c in _rest(table, roles) if len(plain_name(c)) > 3 and plain_name(c).endswith(("id", "编号", "編號"))
        ]
        if role in ("user", "item") and role not in roles and len(ids) == 1:
            roles[role] = ids[0]  # the only other id column: anime_id beside user_id
    if kind == "interactions":
        _complete(table, roles)
    return roles


def _rest(table: Table, roles: dict[str, str]) -> list[str]:
    return [column for column in table.frame.columns if column not in roles.values()]


def _may_be_time(table: Table, column: str) -> bool:
    cells = sample_of(table.frame)[column]
    return are_dates(cells) or bool(cells.str.fullmatch(NUMBER).all())


def _complete(table: Table, roles: dict[str, str]) -> None:
    """Add the roles of interactions that the content shows and no name does."""
    sample = sample_of(table.frame)
    if EVENT not in roles:
        events = [c for c in (*_rest(table, roles), roles.get(CATEGORY, "")) if c and are_events(sample[c])]
        if events:
            roles[EVENT] = events[0]
            if roles.get(CATEGORY) == events[0]:
                del roles[CATEGORY]
    if "time" not in roles and len(times := time_columns(table, roles)) == 1:
        roles["time"] = times[0]
    missing = [role for role in ("user", "item") if role not in roles]
    if len(missing) == 1:
        ids = [c for c in _rest(table, roles) if _may_be_ids(table, sample, c)]
        roles |= {missing[0]: ids[0]} if len(ids) == 1 else {}


def time_columns(table: Table, roles: dict[str, str]) -> list[str]:
    """Columns without a role that hold times of events: dates, or numbers under a name for times.

    Dates that go with the item, or whose name is one of an item's or a user's, are none.
    """
    sample = sample_of(table.frame)
    times = []
    for column in _rest(table, roles):
        is_time = are_dates(sample[column]) or (bool(TIME_HINT.search(column)) and are_epochs(sample[column]))
        if is_time and not OF_ITEM_OR_USER.search(column.lower()):
            is_item = "item" in roles and is_of_item(table.frame, roles["item"], column)
            times += [] if is_item else [column]
    return times


def _may_be_ids(table: Table, sample: pd.DataFrame, column: str) -> bool:
    """Whether a column may hold ids: more than one, and no times, event types, row numbers or numbers with decimals."""
    cells = sample[column]
    if _is_constant(cells):
        return False
    if any(place_in(role, column) is not None for role in (AGE, GENDER, POSITION, TITLE, CATEGORY, PRICE, TEXT)):
        return False
    is_number = cells.str.fullmatch(NUMBER).all()
    has_decimals = bool(is_number and cells.str.contains(r"[.,]").any())
    return not (has_decimals or are_dates(cells) or are_events(cells) or are_row_numbers(table.frame[column]))


def _without_header(table: Table, kind: Kind) -> dict[str, str]:
    if kind in ("interactions", "impressions"):
        return _events_without_header(table, kind)
    columns, sample = list(table.frame.columns), sample_of(table.frame)
    roles = {"user" if kind == "users" else "item": columns[0]}
    for column in columns[1:]:
        cells = sample[column].str.strip()
        filled = cells[cells != ""]
        distinct, is_number = filled.nunique(), filled.str.fullmatch(NUMBER).all()
        if not len(filled):
            continue
        if kind == "users":
            if GENDER not in roles and filled.str.lower().isin(GENDERS).all():
                roles[GENDER] = column
            elif AGE not in roles and is_number and pd.to_numeric(filled, errors="coerce").between(1, 120).all():
                roles[AGE] = column
        elif TITLE not in roles and not is_number:
            roles[TITLE] = column
        elif CATEGORY not in roles and not is_number and distinct <= len(filled) / 2:
            is_words = filled.str.contains(r"\d|://").mean() < 0.1  # dates and links are not categories
            roles |= {CATEGORY: column} if is_words else {}
    return roles


def _events_without_header(table: Table, kind: Kind) -> dict[str, str]:
    """Roles of interactions or impressions by content: times and event types first, then ids in the order of the file.

    Of the rest the first column of small numbers is the rating (the position in impressions); in impressions the last
    column with only yes and no is the click.
    """
    sample = sample_of(table.frame)
    roles: dict[str, str] = {}
    if kind == "interactions" and (events := [c for c in _rest(table, roles) if are_events(sample[c])]):
        roles[EVENT] = events[0]
    if times := _times_without_header(sample, _rest(table, roles)):
        roles["time"] = times[0]
    ids = _ids_without_header(table, _rest(table, roles))
    if len(ids) < 2:
        return {}
    roles |= {"user": ids[0], "item": ids[1]}
    if kind == "impressions":
        clicks = [c for c in _rest(table, roles) if sample[c].str.strip().str.fullmatch(YES_OR_NO).all()]
        roles |= {CLICKED: clicks[-1]} if clicks else {}
    for column in _rest(table, roles):
        cells = sample[column].str.strip()
        if kind == "interactions" and are_ratings(cells) and not are_row_numbers(table.frame[column]):
            return {**roles, "rating": column}
        if kind == "impressions" and cells.str.fullmatch(PLACE).all():
            return {**roles, POSITION: column}
    return roles


def _times_without_header(sample: pd.DataFrame, columns: list[str]) -> list[str]:
    """Columns of dates; else of long numbers behind the first two; else of times as numbers that hardly repeat."""
    dates = [c for c in columns if are_dates(sample[c])]
    numbers = [c for c in columns[2:] if are_long_numbers(sample[c]) and (are_epochs(sample[c]) or len(columns) < 5)]
    plausible = [c for c in numbers if are_epochs(sample[c])]
    early = [
        c for c in columns[:2] if len(columns) > 3 and are_epochs(sample[c]) and 2 * sample[c].nunique() > len(sample)
    ]
    return dates or plausible or numbers or early


def _ids_without_header(table: Table, columns: list[str]) -> list[str]:
    """Columns that may hold ids, without row numbers and columns of one value if two others remain."""
    varied = [c for c in columns if not are_row_numbers(table.frame[c]) and not _is_constant(table.frame[c])]
    return varied if len(varied) >= 2 else columns


def _is_constant(cells: pd.Series) -> bool:
    """Whether there is one value in rows enough to tell."""
    return len(cells) >= ENOUGH and bool((cells == cells.iloc[0]).all())


def role_notes(table: Table, kind: Kind, roles: dict[str, str]) -> list[Repair]:
    """What a user should know about the columns of interactions or impressions: those not used, and what was guessed."""
    rest = _rest(table, roles)
    notes = []
    if kind == "interactions" and "time" not in roles and (times := time_columns(table, roles)):
        sentence = message(
            "No column was taken as the time, and {columns} may hold times: choose one, or events keep the order of the file."
        )
        notes.append(Repair(kind="time_columns", message=sentence.format(columns=_names(times))))
    if kind == "interactions" and not table.has_header and rest:
        sample = sample_of(table.frame)
        others = [c for c in rest if not are_ratings(sample[c]) and _may_be_ids(table, sample, c)]
        if others and "item" in roles:
            sentence = message(
                "Column {item} was taken as the item; {columns} may be it too. Choose another if that is wrong."
            )
            notes.append(Repair(kind="item_guess", message=sentence.format(item=roles["item"], columns=_names(others))))
    if rest:
        sentence = plural("{n} column is not used: {columns}.", "{n} columns are not used: {columns}.", len(rest), columns=_names(rest))  # fmt: skip
        notes.append(Repair(kind="ignored_columns", message=sentence, count=len(rest)))
    return notes


def _names(columns: list[str]) -> str:
    return short(", ".join(short(column) for column in columns), LISTED)
