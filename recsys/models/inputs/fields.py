"""Keys of a pair model's inputs: "user", "user.<column>", "item", "item.<column>".

The table is part of the key because both tables may have a column of the same name.
"""

from __future__ import annotations

from collections.abc import Sequence

USER, ITEM = "user", "item"


def user_field(column: str) -> str:
    return f"{USER}.{column}"


def item_field(column: str) -> str:
    return f"{ITEM}.{column}"


def split_field(field: str) -> tuple[str, str]:
    """Split a field key into (table, column); the column is "" for plain "user" and "item"."""
    table, _, column = field.partition(".")
    return table, column


def field_label(field: str, fields: Sequence[str]) -> str:
    """Display name of a field; adds the table if two of `fields` share the column: "age", "category (user)"."""
    table, column = split_field(field)
    names = [split_field(other)[1] or other for other in fields]
    return f"{column} ({table})" if column and names.count(column) > 1 else column or field
