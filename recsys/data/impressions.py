"""Impressions: which items each user was shown, and whether they were clicked. No model is fitted on them.

An impression of an unknown user or item is dropped and reported. Raises DataError with line and column for a click
that is neither yes nor no, a position that is not a whole number, and invalid ids or times. The same item shown
twice to the same user counts as two impressions.
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
from recsys.messages import message, plural

MAX_POSITION = 1_000_000


def read_impressions(
    table: Table, mapping: dict[str, str], log: Interactions, report: list[Repair]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read the impressions and the roles of their columns.

    Columns: USER, ITEM (int64 indices), TIME (int64, seconds since 1970) and POSITION (int64) if the file has them,
    CLICKED (bool). Rows are sorted by user, time, then file order. A column that only numbers the events is not a time
    and is dropped. Raises DataError for bad cells, and if no impression has a known user and item.
    """
    report += table.repairs
    roles = assign_roles(table, "impressions", mapping)
    users, items = (_indices(table, roles[role], role, log, report) for role in ("user", "item"))
    columns = {USER: users, ITEM: items, **_optional_columns(table, roles, report)}
    is_known = (users > 0) & (items > 0)
    if not is_known.any():
        raise DataError(
            message(
                "None of the {impressions:,} impressions is of a user and an item of the interactions. Do both files "
                "write ids the same way?",
                impressions=len(is_known),
            )
        )
    if not is_known.all():
        sentence = plural(
            "{n:,} impression of a user or item without interactions was left out.",
            "{n:,} impressions of users or items without interactions were left out.", int((~is_known).sum()),
        )  # fmt: skip
        report.append(at_lines("unknown_impressions", sentence, table.lines[~is_known]))
    frame = pd.DataFrame(columns)[is_known]
    order = np.lexsort([frame[name] for name in (TIME, USER) if name in frame])  # stable: ties keep file order
    return frame.iloc[order].reset_index(drop=True), roles


def _indices(table: Table, name: str, role: str, log: Interactions, report: list[Repair]) -> np.ndarray:
    """[num_rows] int64 indices of users or items, 0 if unknown to the dataset."""
    column = Column(table.frame[name], table.lines, name, f"{role}_id")
    ids = parse_ids(column)
    report += column.repairs
    all_ids = log.user_ids if role == "user" else log.item_ids
    return (pd.Index(all_ids[1:]).get_indexer(pd.Index(ids)) + 1).astype(np.int64)


def _optional_columns(table: Table, roles: dict[str, str], report: list[Repair]) -> dict[str, np.ndarray]:
    """TIME, POSITION and CLICKED, if the file has them."""
    columns: dict[str, np.ndarray] = {}
    for role, key in (("time", TIME), (POSITION, POSITION), (CLICKED, CLICKED)):
        if role not in roles:
            continue
        column = Column(table.frame[roles[role]], table.lines, roles[role], "timestamp" if role == "time" else role)
        if role == "time" and plain_name(column.name) in ORDER_NAMES:
            report.append(
                Repair(
                    kind="order",
                    message=message("{column} orders impressions and is no time.", column=short(column.name)),
                )
            )
            continue
        columns[key] = (
            parse_times(column) if role == "time" else (_positions if role == POSITION else parse_clicks)(column)
        )
        report += column.repairs
    return columns


def _positions(column: Column) -> np.ndarray:
    """[num_rows] int64 positions in the list shown."""
    values = parse_numbers(column)
    is_invalid = (values != np.floor(values)) | (values < 0) | (values > MAX_POSITION)
    if is_invalid.any():
        bad = sorted({int(code) for code in column.codes[is_invalid]})
        fault = message("{text} is no position in a list. Write a whole number, 0 to {limit:,}.")
        raise column.fail(bad, fault, limit=MAX_POSITION)
    return values.astype(np.int64)


def click_rate(dataset: Dataset) -> float | None:
    """Share of impressions that were clicked; None if the dataset has no impressions."""
    return None if dataset.impressions is None else float(dataset.impressions[CLICKED].mean())


def are_sound(frame: pd.DataFrame, log: Interactions) -> bool:
    """Whether stored impressions have the form that `read_impressions` returns."""
    names = [name for name in (USER, ITEM, TIME, POSITION, CLICKED) if name in frame]
    types_match = all(frame[name].dtype == (np.bool_ if name == CLICKED else np.int64) for name in names)
    if list(frame.columns) != names or not {USER, ITEM, CLICKED} <= set(names) or not types_match or not len(frame):
        return False
    for name, largest in ((USER, log.num_users), (ITEM, log.num_items)):
        if frame[name].min() < 1 or frame[name].max() > largest:
            return False
    if POSITION in frame and not frame[POSITION].between(0, MAX_POSITION).all():
        return False
    user_steps = np.diff(frame[USER])
    return bool(((user_steps > 0) | ((user_steps == 0) & (np.diff(frame[TIME]) >= 0 if TIME in frame else True))).all())
