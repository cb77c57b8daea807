"""What was shown to whom, and whether it was clicked: a table beside the log, which no model is fitted on.

An impression of a user or an item that the dataset does not know is left out and reported. Refused, with line and
column: a click that is neither yes nor no, a place that is no whole number, ids and times that a log may not have
either. The same item shown twice to the same user is two impressions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.data.dataset import CLICKED, POSITION, Dataset, Repair
from recsys.data.decode import short
from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.data.read import Table, plain_name
from recsys.data.records import at_lines
from recsys.data.roles import ORDER_NAMES, assign_roles
from recsys.data.values import Column, parse_clicks, parse_ids, parse_numbers, parse_times
from recsys.errors import DataError

MAX_POSITION = 1_000_000


def read_impressions(
    table: Table, mapping: dict[str, str], log: Interactions, report: list[Repair]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The impressions and the roles of their columns.

    USER, ITEM (int64 indices), TIME (int64, seconds since 1970) and POSITION (int64) where the file has them, CLICKED
    (bool); sorted by user, time, then file order. A column that counts events is no time
    and is left out. Raises DataError for bad cells, and where no impression is of a known user and item.
    """
    report += table.repairs
    roles = assign_roles(table, "impressions", mapping)
    users, items = (_indices(table, roles[role], role, log, report) for role in ("user", "item"))
    columns = {USER: users, ITEM: items, **_further(table, roles, report)}
    is_known = (users > 0) & (items > 0)
    if not is_known.any():
        raise DataError(
            f"None of the {len(is_known):,} impressions is of a user and an item of the log. Do both files write ids the same way?"
        )
    if not is_known.all():
        message = f"{(~is_known).sum():,} impressions of users or items that the log does not have were left out."
        report.append(at_lines("unknown_impressions", message, table.lines[~is_known]))
    frame = pd.DataFrame(columns)[is_known]
    order = np.lexsort([frame[name] for name in (TIME, USER) if name in frame])  # stable: ties keep file order
    return frame.iloc[order].reset_index(drop=True), roles


def _indices(table: Table, name: str, role: str, log: Interactions, report: list[Repair]) -> np.ndarray:
    """[num_rows] int64 indices of users or items, 0 where the dataset does not know them."""
    column = Column(table.frame[name], table.lines, name, f"{role}_id")
    ids = parse_ids(column)
    report += column.repairs
    known_ids = log.user_ids if role == "user" else log.item_ids
    return (pd.Index(known_ids[1:]).get_indexer(pd.Index(ids)) + 1).astype(np.int64)


def _further(table: Table, roles: dict[str, str], report: list[Repair]) -> dict[str, np.ndarray]:
    """TIME, POSITION and CLICKED, as far as the file has them."""
    columns: dict[str, np.ndarray] = {}
    for role, key in (("time", TIME), (POSITION, POSITION), (CLICKED, CLICKED)):
        if role not in roles:
            continue
        column = Column(table.frame[roles[role]], table.lines, roles[role], "timestamp" if role == "time" else role)
        if role == "time" and plain_name(column.name) in ORDER_NAMES:
            report.append(Repair(kind="order", message=f"{short(column.name)} orders impressions and is no time."))
            continue
        columns[key] = (
            parse_times(column) if role == "time" else (_places if role == POSITION else parse_clicks)(column)
        )
        report += column.repairs
    return columns


def _places(column: Column) -> np.ndarray:
    """[num_rows] int64 places in the list that was shown."""
    values = parse_numbers(column)
    odd = (values != np.floor(values)) | (values < 0) | (values > MAX_POSITION)
    if odd.any():
        bad = sorted({int(code) for code in column.codes[odd]})
        raise column.fail(
            bad, lambda text: f"{text} is no place in a list. Write a whole number, 0 to {MAX_POSITION:,}."
        )
    return values.astype(np.int64)


def click_rate(dataset: Dataset) -> float | None:
    """The share of impressions that were clicked; None where the dataset has none."""
    return None if dataset.impressions is None else float(dataset.impressions[CLICKED].mean())


def are_sound(frame: pd.DataFrame, log: Interactions) -> bool:
    """Whether impressions are as `read_impressions` would have made them."""
    names = [name for name in (USER, ITEM, TIME, POSITION, CLICKED) if name in frame]
    whole = all(frame[name].dtype == (np.bool_ if name == CLICKED else np.int64) for name in names)
    if list(frame.columns) != names or not {USER, ITEM, CLICKED} <= set(names) or not whole or not len(frame):
        return False
    for name, most in ((USER, log.num_users), (ITEM, log.num_items)):
        if frame[name].min() < 1 or frame[name].max() > most:
            return False
    if POSITION in frame and not frame[POSITION].between(0, MAX_POSITION).all():
        return False
    later = np.diff(frame[USER])
    return bool(((later > 0) | ((later == 0) & (np.diff(frame[TIME]) >= 0 if TIME in frame else True))).all())
