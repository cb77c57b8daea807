"""Missing values of items and users, filled where the user chose so: otherwise they stay unknown."""

from __future__ import annotations

import pandas as pd

from recsys.data.dataset import TITLE, Repair
from recsys.data.importing.faults import Kind
from recsys.data.importing.import_choices import Choices
from recsys.errors import DataError
from recsys.messages import message, short


def with_filled(table: pd.DataFrame, kind: Kind, choices: Choices, repairs: list[Repair]) -> pd.DataFrame:
    """Fill missing values of the columns that the user chose: numbers with the median, texts with the most frequent one.

    Row 0 of the table stays empty. Raises DataError for a column that the table does not have, and for titles.
    """
    for name in sorted(choices.filled_of(kind)):
        if name not in table or name == TITLE:
            text = message("There is no column {column!r} to fill. Columns are: {columns}.")
            columns = ", ".join(column for column in table.columns if column != TITLE)
            raise DataError(text.format(column=short(f"{kind}.{name}"), columns=short(columns, 120)), column=name)
        cells = table[name].iloc[1:]
        is_number = pd.api.types.is_numeric_dtype(cells)
        is_missing = cells.isna() if is_number else cells == ""
        if not is_missing.any() or is_missing.all():
            continue
        value = float(cells.median()) if is_number else cells[~is_missing].mode().iloc[0]
        table[name] = pd.concat([table[name].iloc[:1], cells.mask(is_missing, value)])
        template = (
            message("Missing values of {column} were filled with the median, {value:g}.")
            if is_number
            else message("Missing values of {column} were filled with the most frequent one, {value!r}.")
        )
        sentence = template.format(column=f"{kind}.{name}", value=value if is_number else short(str(value)))
        repairs.append(Repair(kind="filled", message=sentence, count=int(is_missing.sum())))
    return table


def check_fill(fill: tuple[str, ...]) -> None:
    """Raise DataError for a column to fill that names no table."""
    for name in fill:
        if not name.startswith(("items.", "users.")):
            text = message("{column!r} cannot be filled. Name a column with its table, such as users.age.")
            raise DataError(text.format(column=short(name)), column=name)
