"""Tables of typed cells, Parquet and Excel, as text: times in ISO form, missing values empty.

Excel needs the package python-calamine, which is imported when a workbook is read.
"""

from __future__ import annotations

import importlib
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys.data.dataset import Repair
from recsys.data.importing.records import Rows, table_of
from recsys.data.importing.scan import too_many_rows
from recsys.errors import DataError
from recsys.messages import message, plural, short

SEVERAL = "|"  # between the values of a list
MAX_COLUMNS = 1000


def parquet_rows(file: BinaryIO, max_rows: int | None, head: int | None = None) -> tuple[Rows, list[str], int]:
    """Rows, column names and the number of rows of a Parquet file; with `head`, so many rows at most.

    Raises DataError if it is damaged, too large, or has a column that is no text, number, time or list of these.
    """
    try:
        parquet = pq.ParquetFile(file)
        num_rows = parquet.metadata.num_rows
        if max_rows is not None and num_rows > max_rows:
            raise too_many_rows(max_rows, num_rows)
        if len(parquet.schema_arrow) > MAX_COLUMNS:
            text = message("The table has {columns:,} columns; the limit is {limit:,}.")
            raise DataError(text.format(columns=len(parquet.schema_arrow), limit=MAX_COLUMNS))
        if head is None:
            table = parquet.read()
        else:
            batch = next(parquet.iter_batches(head), None)
            table = parquet.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])
        names = [name for name in table.column_names if not name.startswith("__index_level_")]
        columns = [_as_text(table[name], name) for name in names]
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise DataError(message("The Parquet file cannot be read: damaged or cut off. Upload it again.")) from error
    cells = pa.table(columns, names=[str(i) for i in range(len(names))])
    return Rows(cells, np.arange(1, cells.num_rows + 1, dtype=np.int32)), names, num_rows


def _as_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type), name)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = pa.list_(pa.string())
        return pc.fill_null(pc.binary_join(column.cast(inner), SEVERAL), "").cast(pa.large_string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        text = message(
            "Column {column!r} is of type {type}, which is no cell of a table. Leave it out or write it as text."
        )
        raise DataError(text.format(column=short(name), type=str(kind)), column=name)
    if pa.types.is_floating(kind):
        return _numbers_as_text(column)
    if pa.types.is_timestamp(kind):
        column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%S" + ("Z" if kind.tz else ""))
    return pc.fill_null(column.cast(pa.large_string()), "")


def _numbers_as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers as text; whole numbers, such as ids beside missing values, without a decimal point."""
    column = pc.if_else(pc.is_nan(pc.fill_null(column, float("nan"))), None, column).cast(pa.float64())
    is_whole = pc.and_(pc.equal(column, pc.round(column)), pc.less(pc.abs(column), 2.0**53))
    if pc.all(is_whole).as_py():
        column = column.cast(pa.int64())
    return pc.fill_null(column.cast(pa.large_string()), "")


def workbook_rows(file: BinaryIO, sheet: str | None) -> tuple[Rows, tuple[str, ...]]:
    """Rows of a sheet of an .xlsx workbook, the first with two rows and two columns unless `sheet` names one; all sheet names.

    Lines are the rows of the sheet. Raises DataError for a damaged workbook, an unknown sheet and one without a table.
    """
    try:
        calamine: Any = importlib.import_module("python_calamine")
    except ModuleNotFoundError as error:
        text = message("Reading Excel files needs the package python-calamine. Install it, or save the sheet as CSV.")
        raise DataError(text) from error
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(file)
        sheets = tuple(workbook.sheet_names)
        if sheet is not None and sheet not in sheets:
            text = message("There is no sheet {sheet!r}. Choose one of these: {sheets}.")
            raise DataError(text.format(sheet=short(sheet), sheets=short(", ".join(sheets), 120)))
        for name in [sheet] if sheet is not None else sheets:
            found = workbook.get_sheet_by_name(name)
            if sheet is not None or (found.height > 1 and found.width > 1):
                break
        else:
            raise DataError(message("No sheet of the workbook has a table. Save the rows as CSV."))
        if found.width > MAX_COLUMNS:
            text = message("The table has {columns:,} columns; the limit is {limit:,}.")
            raise DataError(text.format(columns=found.width, limit=MAX_COLUMNS))
        cells = found.to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise DataError(
            message("The workbook cannot be read: damaged or encrypted. Save it again as .xlsx.")
        ) from error
    texts = [[_excel_text(cell) for cell in row] for row in cells]
    rows = Rows(table_of(list(zip(*texts, strict=True))), np.arange(1, len(texts) + 1, dtype=np.int32))
    if len(sheets) > 1:
        sentence = plural(
            "The sheet {sheet!r} was read; {n:,} other sheet was not.",
            "The sheet {sheet!r} was read; {n:,} other sheets were not.", len(sheets) - 1, sheet=short(name),
        )  # fmt: skip
        rows.repairs.append(Repair(kind="sheet", message=sentence))
    return rows, sheets


def _excel_text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
