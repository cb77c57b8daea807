"""Separator detection, and splitting of text into records with their line numbers.

Text without quotes is split by pyarrow's CSV reader. Text with quotes, or that pyarrow refuses, is split record by
record so that errors name a line. Raises DataError for an open quote and for rows with another number of fields.
"""

from __future__ import annotations

import csv
import re
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from recsys.data.dataset import Repair
from recsys.errors import DataError
from recsys.messages import Message, message, plural

SEPARATORS = ("::", "\t", ";", "|", ",")
WORDS = {
    "::": "::",
    "\t": message("tab"),
    ";": message("semicolon (;)"),
    "|": message("bar (|)"),
    ",": message("comma"),
    " ": message("blanks"),
}
UNIT_SEPARATOR = "\x1f"  # replaces "::" for the fast reader, which takes single-character separators only
SNIFFED = 200  # lines inspected to find the separator
MAX_FIELD = 2_000_000  # characters
csv.field_size_limit(MAX_FIELD)


def at_lines(kind: str, message: str, lines: list[int] | np.ndarray) -> Repair:
    """A repair with the number of lines concerned and the first ten of them."""
    return Repair(kind=kind, message=message, count=len(lines), lines=tuple(int(line) for line in lines[:10]))


def with_count(sentence: Message, num_lines: int) -> Message:
    """The sentence about one line, and how many lines are like it if there are more."""
    if num_lines == 1:
        return sentence
    return message("{sentence} {lines:,} lines are like that.", sentence=sentence, lines=num_lines)


def find_separator(lines: list[str]) -> str:
    """The separator that splits the lines most evenly outside quotes; blanks are penalised, comma is the default."""
    unquoted = [re.sub(r'"[^"]*"', "", line) for line in lines[:SNIFFED] if line.strip()]
    best, best_score = ",", 0.0
    for separator in (*SEPARATORS, " "):
        counts = [len(line.split()) - 1 if separator == " " else line.count(separator) for line in unquoted]
        if not counts or max(counts) == 0:
            continue
        mode, times = Counter(counts).most_common(1)[0]
        if mode == 0 or counts[0] == 0:
            continue
        score = times / len(counts) - (0.3 if separator == " " else 0)
        if score > best_score + 1e-9:
            best, best_score = separator, score
    return best


def split_records(text: str, skipped: int, separator: str) -> tuple[pd.DataFrame, np.ndarray, list[Repair]]:
    """Split text into cells, without the first `skipped` lines.

    Returns text cells in columns 0, 1, …, the line of each row and the repairs. Raises DataError with the line for an
    open quote or a row with another number of fields than the first.
    """
    start = 0
    for _ in range(skipped):
        start = text.index("\n", start) + 1
    body = text[start:]
    is_unquoted = separator in ("::", " ")  # formats without quoting
    if (is_unquoted or '"' not in body) and (frame := _split_fast(body, separator)) is not None:
        return frame, np.arange(skipped + 1, skipped + 1 + len(frame)), []
    repairs: list[Repair] = []
    rows, starts = _split_by_record(body, separator, skipped + 1, repairs)
    return _equal_width(rows, starts, text.endswith("\n"), repairs)


def _split_fast(body: str, separator: str) -> pd.DataFrame | None:
    """Split with pyarrow, one row per line; None unless all rows have the same width."""
    if separator == "::":
        if UNIT_SEPARATOR in body:
            return None
        body, separator = body.replace("::", UNIT_SEPARATOR), UNIT_SEPARATOR
    width = body[: body.find("\n") + 1 or None].count(separator) + 1
    if width == 1:
        return None
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(body.encode()),
            arrow_csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 22),
            arrow_csv.ParseOptions(delimiter=separator, quote_char=False, double_quote=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(
                column_types={f"f{i}": pa.large_string() for i in range(width)},
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_columns != width or table.num_rows != body.count("\n") + (not body.endswith("\n")):
        return None
    frame = pd.DataFrame({i: pd.Series(pd.array(cells, dtype="str")) for i, cells in enumerate(table.columns)})
    if separator == " " and any((frame[i] == "").any() for i in frame):
        return None  # more than one blank between fields
    return frame


def _split_by_record(
    body: str, separator: str, first_line: int, repairs: list[Repair]
) -> tuple[list[list[str]], list[int]]:
    lines = body.split("\n")
    if lines[-1] == "":
        lines.pop()
    starts = list(range(first_line, first_line + len(lines)))
    if separator == " ":
        return [line.split() for line in lines], starts
    if separator == "::":
        return [line.split(separator) for line in lines], starts
    # Many tab-separated files have no quoting. If plain splitting fits every line and no field is quoted on both
    # sides, a quotation mark is part of a value.
    if separator == "\t" and not re.search(r'(^|\t)"[^"\t\n]*"(\t|$)', body, re.MULTILINE):
        cells = [line.split(separator) for line in lines]
        if len({len(row) for row in cells if any(row)}) == 1:
            return cells, starts
    rows, starts = _split_quoted(lines, separator, first_line)
    multiline = [a for a, b in zip(starts, [*starts[1:], first_line + len(lines)], strict=False) if b - a > 1]
    if multiline:
        sentence = plural(
            "{n:,} row has line breaks inside quotes: kept. Line numbers are those of the file.",
            "{n:,} rows have line breaks inside quotes: kept. Line numbers are those of the file.", len(multiline),
        )  # fmt: skip
        repairs.append(at_lines("line_breaks", sentence, multiline))
    return rows, starts


def _split_quoted(lines: list[str], separator: str, first_line: int) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    starts: list[int] = []
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    while True:
        start = reader.line_num + first_line
        try:
            row = next(reader)
        except StopIteration:
            return rows, starts
        except csv.Error as error:
            raise _quote_error(str(error), start) from None
        rows.append(row)
        starts.append(start)


def _quote_error(text: str, line: int) -> DataError:
    if "field larger" in text:
        return DataError(
            message(
                "Line {line}: a field is too long, over {limit:,} characters. Check the quotes there.",
                line=line,
                limit=MAX_FIELD,
            ),
            line=line,
        )
    return DataError(
        message(
            "Line {line}: a quotation mark opens a field and the quote is not closed as it should be. "
            'Close it, or write quotes inside a quoted field twice ("").',
            line=line,
        ),
        line=line,
    )


def _equal_width(
    rows: list[list[str]], starts: list[int], ends_whole: bool, repairs: list[Repair]
) -> tuple[pd.DataFrame, np.ndarray, list[Repair]]:
    """Rows of equal width as a frame. Raises DataError if widths differ.

    Blank rows are filled; a trailing delimiter in the header only, or in the rows only, is dropped.
    """
    blank = [not any(map(str.strip, row)) for row in rows]
    full = [row for row, is_blank in zip(rows, blank, strict=True) if not is_blank]
    if not full:
        raise DataError(message("The file holds no rows, only blank lines: it is empty. Choose a file with data."))
    width = len(full[0])
    widths = {len(row) for row in full[1:]}
    if widths == {width - 1} and not full[0][-1].strip():
        full[0].pop()
        width -= 1
        repairs.append(Repair(kind="empty_column", message=message("A trailing delimiter of the header was dropped.")))
    elif widths == {width + 1} and not any(row[-1].strip() for row in full[1:]):
        for row in full[1:]:
            row.pop()
        repairs.append(
            Repair(
                kind="empty_column",
                message=message("A trailing delimiter (an empty column without a name) was dropped."),
            )
        )
    wrong_width = [
        (len(row), line)
        for row, line, is_blank in zip(rows, starts, blank, strict=True)
        if not is_blank and len(row) != width
    ]
    if wrong_width:
        raise _width_error(wrong_width, width, starts[-1], ends_whole)
    cells = zip(*([""] * width if is_blank else row for row, is_blank in zip(rows, blank, strict=True)), strict=True)
    frame = pd.DataFrame({i: pd.Series(column, dtype="str") for i, column in enumerate(cells)})
    return frame, np.array(starts), repairs


def _width_error(wrong_width: list[tuple[int, int]], width: int, last: int, ends_whole: bool) -> DataError:
    num_fields, line = wrong_width[0]
    if num_fields < width and line == last and not ends_whole:
        return DataError(
            message(
                "The last line, {line}, has {fields} of {width} fields and no line end: the file looks "
                "truncated (an incomplete upload). Upload it again.",
                line=line,
                fields=num_fields,
                width=width,
            ),
            line=line,
        )
    if num_fields < width:
        text = message("Line {line} has {fields} fields where {width} are expected. A value is missing.")
    else:
        text = message(
            "Line {line} has {fields} fields where {width} are expected. "
            "Is a comma inside a value, or a decimal comma, unquoted?"
        )
    sentence = text.format(line=line, fields=num_fields, width=width)
    return DataError(with_count(sentence, len(wrong_width)), line=line)


def split_histories(text: str, skipped: int) -> tuple[pd.DataFrame, np.ndarray] | None:
    """(user, item) rows of a file with one user per line: the user, then their items, oldest first.

    None for any other file. Required: only whole numbers, separated by blanks, tabs or commas, lines of different
    lengths, and no user twice.
    """
    sample = _histories(text.split("\n", skipped + SNIFFED)[skipped : skipped + SNIFFED], skipped)
    if sample is None or len({len(cells) for cells, _ in sample}) < 3:
        return None
    histories = _histories(text.split("\n")[skipped:], skipped)
    if histories is None or len({cells[0] for cells, _ in histories}) < len(histories):
        return None
    sizes = [len(cells) - 1 for cells, _ in histories]
    users = np.repeat(np.array([cells[0] for cells, _ in histories], dtype=object), sizes)
    items = [item for cells, _ in histories for item in cells[1:]]
    frame = pd.DataFrame({0: pd.Series(users, dtype="str"), 1: pd.Series(items, dtype="str")})
    return frame, np.repeat([number for _, number in histories], sizes)


def _histories(lines: list[str], skipped: int) -> list[tuple[list[str], int]] | None:
    """Cells and number of each non-blank line; None unless each line has two or more whole numbers."""
    rows = [(line.replace(",", " ").split(), number) for number, line in enumerate(lines, start=skipped + 1)]
    filled = [(cells, number) for cells, number in rows if cells]
    all_numbers = all(len(cells) > 1 and all(c.isdecimal() and c.isascii() for c in cells) for cells, _ in filled)
    return filled if all_numbers else None
