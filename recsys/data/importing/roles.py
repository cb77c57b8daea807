"""Column mapping: which column has which role, guessed from names and content.

Roles of interactions: user, item, rating, time, event. Of items: item, title, category, price, text. Of users: user, age,
gender. Of impressions: user, item, time, position, clicked; further columns of impressions are dropped. Further
columns of other files keep their name. A mapping given by the user overrides every guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recsys.data.dataset import CLICKED, POSITION, Repair
from recsys.data.importing.faults import Decisions, Fault, Kind
from recsys.data.importing.guess_roles import guess_roles
from recsys.data.importing.import_choices import FileChoices
from recsys.data.importing.read import Table, read_table
from recsys.data.importing.records import WORDS
from recsys.data.importing.role_names import ALL_NAMES, ORDER_NAMES, REQUIRED, ROLES
from recsys.errors import DataError
from recsys.messages import message, short

__all__ = [
    "ALL_NAMES",
    "ORDER_NAMES",
    "ROLES",
    "Preview",
    "assign_roles",
    "by_number",
    "guess_roles",
    "preview",
    "split_mapping",
]
PREVIEW_ROWS = 20


@dataclass(frozen=True, eq=False)
class Preview:
    """What is shown before an import: the first rows, the columns and their guessed roles, and how the file was read.

    `separator` is its name, `sign` itself, as FileChoices takes it. `encodings` are further plausible ones, `sheets` those of a
    workbook, `format` is "text", "histories", "json", "parquet" or "xlsx". `num_rows` is about right if `is_estimate`: of a
    large text only the beginning was read. `faults` are those of the file's form, still to be decided.
    """

    rows: pd.DataFrame
    columns: list[str]
    roles: dict[str, str]
    num_rows: int
    separator: str
    encoding: str
    repairs: list[Repair]
    sign: str = ","
    has_header: bool = True
    format: str = "text"
    encodings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    is_estimate: bool = False
    faults: tuple[Fault, ...] = ()


def preview(path: Path, kind: Kind = "interactions", choices: FileChoices | None = None) -> Preview:
    """Read the beginning of a file and guess its column roles. Raises DataError if it is not a table."""
    decisions = Decisions()
    table = read_table(path, aliases=ALL_NAMES, choices=choices, decisions=decisions, file=kind, head=True)
    return Preview(
        rows=table.frame.head(PREVIEW_ROWS),
        columns=list(table.frame.columns),
        roles=guess_roles(table, kind),
        num_rows=table.num_rows,
        separator=WORDS.get(table.separator, table.separator),
        encoding=table.encoding,
        repairs=table.repairs,
        sign=table.separator,
        has_header=table.has_header,
        format=table.format,
        encodings=table.encodings,
        sheets=table.sheets,
        is_estimate=table.share < 1,
        faults=tuple(decisions.open),
    )


def split_mapping(mapping: dict[str, str], sides: tuple[Kind, ...]) -> dict[Kind, dict[str, str]]:
    """Assign each entry of a column mapping to its file; `sides` are the files uploaded beside the interactions.

    `items.year`, `users.year` and `impressions.time` name the file. A role belongs to its own file; user, item, rating
    and time belong to the interactions. Any other name is a column of the only file of items or users. Raises DataError
    if the file is ambiguous or missing, or if impressions do not have the role.
    """
    parts: dict[Kind, dict[str, str]] = {"interactions": {}, "items": {}, "users": {}, "impressions": {}}
    tables: list[Kind] = [side for side in sides if side != "impressions"]
    for name, column in mapping.items():
        file, dot, column_name = name.partition(".")
        if dot and file in ("items", "users", "impressions"):
            kind, role = file, column_name
            if kind not in sides:
                raise DataError(
                    message(
                        "The mapping names {name!r}, and there is no {kind} file. Add one.",
                        name=short(name),
                        kind=kind,
                    )
                )
        elif name in ROLES["interactions"]:
            kind, role = "interactions", name
        elif matching_sides := [side for side in ("items", "users") if name in ROLES[side]]:
            kind, role = matching_sides[0] if matching_sides[0] in sides else "interactions", name
        elif name in (POSITION, CLICKED) and "impressions" in sides:
            kind, role = "impressions", name
        elif len(tables) == 1:
            kind, role = tables[0], name
        else:
            roles = sorted({role for side in parts for role in ROLES[side]})
            raise DataError(
                message(
                    "Unknown role {name!r} in the mapping. Roles are: {roles}; other columns of a file beside "
                    "the interactions are items.NAME or users.NAME.",
                    name=short(name),
                    roles=", ".join(roles),
                )
            )
        if kind == "impressions" and role not in ROLES["impressions"]:
            impression_roles = ", ".join(ROLES["impressions"])
            raise DataError(
                message(
                    "Impressions have no role {role!r}. Their roles are: {roles}.",
                    role=short(role),
                    roles=impression_roles,
                )
            )
        parts[kind][role] = column  # type: ignore[index]
    return parts


def assign_roles(table: Table, kind: Kind, mapping: dict[str, str]) -> dict[str, str]:
    """Roles by column mapping, completed by guesses: role -> column. A role mapped to "" gets no column.

    Raises DataError with the column names if a required role has no column, or a mapped column does not exist.
    """
    columns = list(table.frame.columns)
    unmapped = {role for role, column in mapping.items() if not column.strip()}
    column_list = short(", ".join(columns), 120)
    chosen = {role: column for role, column in mapping.items() if role not in unmapped}
    for role, column in chosen.items():
        if column not in columns and column.isdigit() and int(column) < len(columns):
            chosen[role] = columns[int(column)]
        elif column not in columns:
            raise DataError(
                message(
                    "No column {column!r} for {role} among {columns}. Choose one of these.",
                    column=short(column),
                    role=role,
                    columns=column_list,
                ),
                column=column,
            )
    repeated = [c for c in chosen.values() if list(chosen.values()).count(c) > 1]
    if repeated:
        raise DataError(
            message("Column {column!r} is chosen twice. Give each role its own.", column=short(repeated[0])),
            column=repeated[0],
        )
    guessed = {r: c for r, c in guess_roles(table, kind).items() if r not in chosen and c not in chosen.values()}
    roles = {**{role: column for role, column in guessed.items() if role not in unmapped}, **chosen}
    for role in REQUIRED[kind]:
        if role not in roles:
            wanted_name = role if role == CLICKED else f"{role}_id"
            text = message(
                "Missing: no column {name} among {columns}. Choose the column of {name}, by its number from 0 if the "
                "first line is no header."
            )
            raise DataError(text.format(name=wanted_name, columns=column_list), column=wanted_name)
    return roles


def by_number(mapping: dict[str, str]) -> bool:
    """Whether a mapping names columns only by number, as for a file without a header."""
    return bool(mapping) and all(column.isdigit() for column in mapping.values() if column)
