"""Impressions: which items each user was shown, and whether they were clicked. No model is fitted on them.

An impression of an unknown user or item is dropped and reported. Raises DataError with line and column for a click
that is neither yes nor no, a position that is not a whole number, and invalid ids or times. The same item shown
twice to the same user counts as two impressions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.data.dataset import CLICKED, POSITION, Dataset, Repair
from recsys.data.importing.column import Column
from recsys.data.importing.faults import Decisions
from recsys.data.importing.guess_roles import role_notes
from recsys.data.importing.id_values import parse_ids
from recsys.data.importing.number_values import parse_clicks, parse_numbers
from recsys.data.importing.read import Table, plain_name
from recsys.data.importing.records import at_lines
from recsys.data.importing.roles import ORDER_NAMES, assign_roles
from recsys.data.importing.similar_ids import same_form
from recsys.data.importing.time_values import parse_times
from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.errors import DataError
from recsys.messages import message, plural, short

MAX_POSITION = 1_000_000
KEYS = {"user": USER, "item": ITEM, "time": TIME, POSITION: POSITION, CLICKED: CLICKED}  # role -> column


def read_impressions(
    table: Table, mapping: dict[str, str], log: Interactions, decisions: Decisions, report: list[Repair]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read the impressions and the roles of their columns.

    Columns: USER, ITEM (int64 indices), TIME (int64, seconds since 1970) and POSITION (int64) if the file has them,
    CLICKED (bool). Rows are sorted by user, time, then file order. A column that only numbers the events is not a time
    and is dropped. Raises DataError for bad cells, and if no impression has a known user and item.
    """
    report += table.repairs
    roles = assign_roles(table, "impressions", mapping)
    report += role_notes(table, "impressions", roles)
    columns: dict[str, np.ndarray] = {}
    dropped = np.zeros(len(table.frame), dtype=bool)
    for role, key in KEYS.items():
        if role not in roles:
            continue
        name = f"{role}_id" if key in (USER, ITEM) else "timestamp" if role == "time" else role
        column = Column(table.frame[roles[role]], table.lines, roles[role], name, decisions, "impressions")
        if role == "time" and plain_name(column.name) in ORDER_NAMES:
            sentence = message("{column} orders impressions and is no time.", column=short(column.name))
            report.append(Repair(kind="order", message=sentence))
            continue
        columns[key] = _values(column, key, log)
        report += column.repairs
        dropped |= column.dropped
    is_known = (columns[USER] > 0) & (columns[ITEM] > 0)
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
    return in_order(pd.DataFrame(columns)[is_known & ~dropped]), roles


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Impressions by user, then time, then as they are."""
    order = np.lexsort([frame[name] for name in (TIME, USER) if name in frame])  # stable: ties keep file order
    return frame.iloc[order].reset_index(drop=True)


def _values(column: Column, key: str, log: Interactions) -> np.ndarray:
    """Values of a column: indices of users or items, int64 with 0 for one that the dataset does not know, or as parsed."""
    if key in (USER, ITEM):
        all_ids = log.user_ids if key == USER else log.item_ids
        ids = pd.Index(parse_ids(column))
        if column.decisions is not None:
            ids = same_form(ids, all_ids[1:], "impressions", key, column.decisions)
        return (pd.Index(all_ids[1:]).get_indexer(ids) + 1).astype(np.int64)
    if key == POSITION:
        return _positions(column)
    return parse_times(column) if key == TIME else parse_clicks(column)


def _positions(column: Column) -> np.ndarray:
    """[num_rows] int64 positions in the list shown; 0 in rows that are dropped."""
    values = parse_numbers(column)
    is_invalid = ~np.isnan(values) & ((values != np.floor(values)) | (values < 0) | (values > MAX_POSITION))
    if is_invalid.any():
        bad = sorted({int(code) for code in column.codes[is_invalid]})
        fault = message("{text} is no position in a list. Write a whole number, 0 to {limit:,}.")
        column.ask("bad_position", bad, fault, limit=MAX_POSITION)
    return np.where(is_invalid | np.isnan(values), 0, values).astype(np.int64)


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
