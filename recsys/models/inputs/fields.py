"""Keys of a pair model's inputs: "user", "user.<column>", "item", "item.<column>". Both tables may have a column."""

from __future__ import annotations

from collections.abc import Sequence

USER, ITEM = "user", "item"


def user_field(column: str) -> str:
    return f"{USER}.{column}"


def item_field(column: str) -> str:
    return f"{ITEM}.{column}"


def split_field(field: str) -> tuple[str, str]:
    """(table, column); the column is "" for a field that is no column, such as "user"."""
    table, _, column = field.partition(".")
    return table, column


def field_label(field: str, fields: Sequence[str]) -> str:
    """The name of the column, with its table where another of `fields` has that name: "age", "category (user)"."""
    table, column = split_field(field)
    names = [split_field(each)[1] or each for each in fields]
    return f"{column} ({table})" if column and names.count(column) > 1 else column or field
