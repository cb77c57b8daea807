"""The rows of an interactions file, cell by cell: nothing yet that looks at several rows at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.importing.column import Column
from recsys.data.importing.event_types import EVENT, parse_event_types
from recsys.data.importing.faults import Decisions
from recsys.data.importing.id_values import parse_ids
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.lost_times import UNTIMED
from recsys.data.importing.number_values import IMPLICIT, parse_numbers
from recsys.data.importing.read import Table, plain_name
from recsys.data.importing.repeats import EXACT, FURTHER
from recsys.data.importing.roles import ORDER_NAMES
from recsys.data.importing.time_values import parse_order, parse_times
from recsys.data.interactions import ITEM, RATING, TIME, USER
from recsys.data.threads import in_threads
from recsys.messages import message, short

KEYS = {"user": USER, "item": ITEM, "rating": RATING, "time": TIME, "event": EVENT}  # role -> column
READ_AS = {
    USER: message("the user"), ITEM: message("the item"), RATING: message("the rating"), TIME: message("the timestamp"),
    EVENT: message("the event type"),
}  # fmt: skip


def read_rows(
    table: Table, roles: dict[str, str], choices: Choices, decisions: Decisions, repairs: list[Repair]
) -> pd.DataFrame:
    """The rows whose cells are right or treated, indexed by their number in the table.

    Columns: USER, ITEM and `line`; RATING, TIME, EXACT and EVENT as far as there are; FURTHER where it tells events apart. The
    roles of ratings and times leave `roles` if it was decided to use none.
    """
    columns: dict[str, np.ndarray | pd.Categorical] = {}
    dropped = np.zeros(len(table.frame), dtype=bool)
    keys = {role: key for role, key in KEYS.items() if role in roles}

    def encoded(role: str) -> Column:
        column = Column(
            table.frame[roles[role]], table.lines, roles[role], "timestamp" if role == "time" else KEYS[role], decisions
        )
        if role in ("user", "item"):
            column.plain_categories  # noqa: B018 - computed here
        return column

    for (role, key), column in zip(keys.items(), in_threads(encoded, keys), strict=True):
        name = roles[role]
        if (name != key or key == EVENT) and table.has_header:
            sentence = message("Column {column!r} was read as {key}.", column=short(name), key=READ_AS[key])
            repairs.append(Repair(kind="column", message=sentence))
        columns |= _values(column, key, choices)
        repairs += column.repairs
        dropped |= column.dropped
    if RATING in columns and decisions.has_made(IMPLICIT, column=RATING):
        del columns[RATING], roles["rating"]
    if decisions.has_made(UNTIMED, column="timestamp"):
        columns = {key: values for key, values in columns.items() if key not in (TIME, EXACT)}
        del roles["time"]
    further = [
        name for name in table.frame.columns if name not in {roles.get(role) for role in ("user", "item", "time")}
    ]
    if RATING not in columns and {TIME, EXACT} & columns.keys() and further:
        columns[FURTHER] = pd.util.hash_pandas_object(table.frame[further].astype("str"), index=False).to_numpy()
    frame = pd.DataFrame({**columns, "line": table.lines}, copy=False)
    return frame[~dropped] if dropped.any() else frame


def _values(column: Column, key: str, choices: Choices) -> dict[str, np.ndarray | pd.Categorical]:
    if key == TIME:
        return _time_columns(column)
    if key == RATING:
        return {key: parse_numbers(column, choices.scale)}
    return {key: parse_event_types(column) if key == EVENT else column.categorical(parse_ids)}


def _time_columns(column: Column) -> dict[str, np.ndarray | pd.Categorical]:
    """TIME, and EXACT where fractions of a second order the events; EXACT alone for a column that only numbers them."""
    times = parse_order(column) if plain_name(column.name) in ORDER_NAMES else parse_times(column)
    if not column.is_order:
        return {TIME: times} if column.finer is None else {TIME: times, EXACT: column.finer}
    sentence = message("{column} orders events and is no time.", column=short(column.name))
    column.repairs = [Repair(kind="order", message=sentence)]
    return {EXACT: times}
