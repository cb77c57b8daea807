"""Item and user tables: reading, cleaning and aligning them with the indices.

Row i belongs to index i; row 0 is empty. Items without an event stay in the catalogue, users without an event are
dropped.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, GENDER, PRICE, TEXT, TITLE, Repair
from recsys.data.importing.column import Column
from recsys.data.importing.decimal_marks import PlainNumbers, plain_numbers
from recsys.data.importing.faults import Decisions, Kind
from recsys.data.importing.id_values import CONTROL, parse_ids
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.number_values import currency_note, without_currency
from recsys.data.importing.read import Table
from recsys.data.importing.records import at_lines
from recsys.data.importing.repeated_ids import once_each
from recsys.data.importing.roles import assign_roles
from recsys.data.importing.several_values import with_bars
from recsys.data.interactions import ITEM, USER
from recsys.messages import message, plural

AGES = (1, 120)  # years; a value outside counts as unknown
MAX_TEXT = 20_000  # characters per cell; longer text is cut


def read_side_table(
    table: Table, kind: Kind, mapping: dict[str, str], decisions: Decisions, choices: Choices, report: list[Repair]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read an item or user table, indexed by text id, and its column roles.

    Columns are named by role, or keep the name in the file. An id that is there twice is a fault to decide about, but for
    items whose rows differ only in the category: these are its categories.
    """
    assert kind in ("items", "users")
    id_column = kind[:-1]
    report += table.repairs
    is_duplicate = table.frame.duplicated().to_numpy()
    if is_duplicate.any():
        num_duplicates = int(is_duplicate.sum())
        sentence = plural(
            "{n:,} repeat (a duplicate row) was merged.", "{n:,} repeats (duplicate rows) were merged.", num_duplicates
        )
        report.append(at_lines("duplicate_rows", sentence, table.lines[is_duplicate]))
        table = _rows_of(table, ~is_duplicate)
    roles = assign_roles(table, kind, mapping)
    ids = Column(table.frame[roles[id_column]], table.lines, roles[id_column], f"{id_column}_id", decisions, kind)
    index = pd.Index(parse_ids(ids), name=id_column)
    report += [*ids.repairs]
    table, index = _rows_of(table, ~ids.dropped), index[~ids.dropped]
    names = {column: role for role, column in roles.items()}
    taken = {*roles, USER, ITEM}  # an extra column with a role's name must not replace the chosen column
    columns = {
        names.get(c) or (f"{c} (column)" if c in taken else c): table.frame[c].to_numpy()
        for c in table.frame.columns
        if c != roles[id_column]
    }
    frame = pd.DataFrame(columns, index=index)
    if CATEGORY in frame and choices.split_categories:
        frame[CATEGORY] = with_bars(frame[CATEGORY], CATEGORY, report)
    frame = once_each(frame, table.lines, kind, decisions, report)
    return cleaned(frame, report, choices.filled_of(kind)), roles


def _rows_of(table: Table, kept: np.ndarray) -> Table:
    return (
        table if kept.all() else replace(table, frame=table.frame[kept].reset_index(drop=True), lines=table.lines[kept])
    )


def cleaned(frame: pd.DataFrame, report: list[Repair], filled: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Convert price and age to numbers and all other columns to trimmed text without control characters.

    Missing values are added to `report`, but for those of the `filled` columns, which are filled later.
    """
    for name in frame.columns:
        notes: list[Repair] = []
        frame[name] = _numbers(frame[name], name, notes) if name in (PRICE, AGE) else _texts(frame[name], name, notes)
        report += [note for note in notes if name not in filled or note.kind != "missing"]
    return frame


def _texts(cells: pd.Series, name: str, report: list[Repair]) -> pd.Series:
    text = cells.astype("str").str.strip().str.slice(0, MAX_TEXT)
    clean = text.str.replace(CONTROL, " ", regex=True)
    if name == GENDER:
        clean = clean.mask(clean.str.lower().isin(["null", "nan", "n/a", "na", "none", "unknown"]), "")
    empty = int((clean == "").sum())
    if empty and name in (TITLE, CATEGORY, GENDER, TEXT):
        sentence = plural(
            "{n:,} value of {column} is missing: kept as unknown.",
            "{n:,} values of {column} are missing: kept as unknown.", empty, column=name,
        )  # fmt: skip
        report.append(Repair(kind="missing", message=sentence, count=empty))
    return clean


def _numbers(cells: pd.Series, name: str, report: list[Repair]) -> pd.Series:
    text = cells.astype("str").str.strip()
    amounts = without_currency(text.tolist())
    if note := currency_note(amounts, name):
        report.append(Repair(kind="currency", message=note))
    plain = plain_numbers(amounts.texts)
    report += _notes_on_commas(plain, text, name)
    numbers = pd.to_numeric(pd.Series(plain.texts, index=cells.index), errors="coerce").astype("float64")
    numbers = numbers.where(numbers.between(*AGES) if name == AGE else np.isfinite(numbers))
    missing = int(numbers.isna().sum())
    if missing:
        if name == AGE:
            sentence = message(
                "{count:,} values of {column} are missing, no number or outside {lowest} to {highest}: kept as unknown.",
                count=missing, column=name, lowest=AGES[0], highest=AGES[1],
            )  # fmt: skip
        else:
            sentence = message(
                "{count:,} values of {column} are missing, no number: kept as unknown.", count=missing, column=name
            )
        report.append(Repair(kind="missing", message=sentence, count=missing))
    return numbers


def _notes_on_commas(plain: PlainNumbers, text: pd.Series, name: str) -> list[Repair]:
    """How the commas of a column of numbers were read."""
    notes = []
    if plain.thousands:
        sentence = message("Commas in {column} were read as thousands separators: {text} is {number}.")
        if plain.is_ambiguous:
            sentence = message(
                "Commas in {column} could be decimal commas or thousands separators. They were read as thousands "
                "separators: {text} is {number}."
            )
        first = plain.thousands[0]
        sentence = sentence.format(column=name, text=text.iat[first], number=plain.texts[first])
        notes.append(Repair(kind="thousands", message=sentence, count=len(plain.thousands)))
    if plain.decimals:
        sentence = message("A decimal comma in {column} was read as a decimal point.", column=name)
        notes.append(Repair(kind="decimal_comma", message=sentence, count=len(plain.decimals)))
    return notes


def in_index_order(frame: pd.DataFrame | None, ids: np.ndarray) -> pd.DataFrame:
    """Reorder a side table to one row per index, row 0 empty; ids without a row get missing values."""
    order = pd.Index(ids[1:])
    rows = pd.DataFrame(index=order, columns=pd.Index([], dtype="str")) if frame is None else frame.reindex(order)
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            rows[name] = rows[name].astype("str").fillna("")
    first = pd.DataFrame({n: [np.nan if pd.api.types.is_numeric_dtype(rows[n]) else ""] for n in rows.columns})
    return pd.concat(
        [first if len(rows.columns) else pd.DataFrame(index=[0], columns=rows.columns), rows], ignore_index=True
    )


def with_titles(items: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    """Fill missing titles with the item id; MovieLens' "(no genres listed)" becomes an empty category."""
    if TITLE not in items:
        items.insert(0, TITLE, pd.Series(ids.astype("str"), dtype="str"))
    else:
        items[TITLE] = items[TITLE].where(items[TITLE] != "", pd.Series(ids.astype("str"), dtype="str"))
    if CATEGORY in items:
        items[CATEGORY] = items[CATEGORY].mask(items[CATEGORY] == "(no genres listed)", "")
    return items
