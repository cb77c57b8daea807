"""Text -> a table of text cells with the line of the file that each row began on.

Fields may be apart by comma, tab, semicolon, `::`, `|` or blanks, with or without a header. What has one reading is
read and reported (comments before the header, blank lines, an empty last column); a row with too many or too few
fields, an open quote or two columns of one name are refused with their line.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.text import read_text
from recsys.errors import DataError

SEPARATORS = ("::", "\t", ";", "|", ",")
WORDS = {"::": "::", "\t": "tab", ";": "semicolon (;)", "|": "bar (|)", ",": "comma", " ": "blanks"}
NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?(e[+-]?\d+)?\s*", re.IGNORECASE)
DATE = re.compile(r"\s*\d{4}-\d\d?-\d\d?.*|\s*\d\d?[/.]\d\d?[/.]\d{2,4}.*")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
SNIFFED = 200  # lines looked at to find the separator
MAX_COLUMNS = 1000
MAX_LINE = 2_000_000
csv.field_size_limit(MAX_LINE)


@dataclass
class Table:
    """`frame` holds text; its columns are header names, or "0", "1", … where the file has no header.

    `lines` [num_rows] is the line of the file on which each row begins, from 1.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    separator: str
    has_header: bool
    repairs: list[Repair] = field(default_factory=list)


def read_table(path: Path, max_rows: int | None = None, aliases: frozenset[str] = frozenset()) -> Table:
    """Reads a file into text cells. `aliases` are known column names (as `plain_name` writes them): a first row that
    holds one is a header. Raises DataError with line and column."""
    text, repairs = read_text(path)
    ends_whole = text.endswith("\n")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    skipped = _preamble(lines)
    if skipped:
        repairs.append(
            _repair("preamble", f"{skipped} comment lines before the header were skipped.", range(1, skipped + 1))
        )
    separator = _separator(lines[skipped : skipped + SNIFFED])
    if separator not in (",", " "):
        repairs.append(Repair(kind="separator", message=f"Fields are apart by {WORDS[separator]}."))
    elif separator == " ":
        repairs.append(Repair(kind="separator", message="Fields are apart by blanks."))
    rows, starts = _records(lines, skipped, separator)
    blank = [start for row, start in zip(rows, starts, strict=True) if not any(row)]
    if blank:
        kept = [(row, start) for row, start in zip(rows, starts, strict=True) if any(row)]
        rows, starts = [row for row, _ in kept], [start for _, start in kept]
        repairs.append(_repair("blank_lines", f"{len(blank)} blank lines were passed over.", blank))
    if not rows:
        raise DataError("The file holds no rows, only blank lines. Choose a file with data.")
    has_header = _is_header(rows, aliases)
    names = _names(rows[0], starts[0], repairs) if has_header else [str(i) for i in range(len(rows[0]))]
    if has_header:
        rows, starts = rows[1:], starts[1:]
    else:
        repairs.append(
            Repair(kind="no_header", message="No header: the first line is already data. Columns are numbered from 0.")
        )
    if not rows:
        raise DataError("The file has a header and no rows: no data to learn from. Add rows below the header.")
    if max_rows is not None and len(rows) > max_rows:
        raise DataError(
            f"The file has {len(rows):,} rows; the limit is {max_rows:,}. Upload a part of it or raise the limit."
        )
    names = _checked_widths(names, rows, starts, ends_whole, repairs)
    columns = list(zip(*rows, strict=True))
    frame = pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in zip(names, columns, strict=True)})
    return Table(frame, np.array(starts), separator, has_header, repairs)


def plain_name(name: str) -> str:
    """A column name as it is compared: letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", INVISIBLE.sub("", name)).lower()


def _repair(kind: str, message: str, lines: range | list[int]) -> Repair:
    return Repair(kind=kind, message=message, count=len(lines), lines=tuple(lines[:10]))


def _preamble(lines: list[str]) -> int:
    """How many comment and blank lines stand before the first line of the table."""
    count = 0
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith(("#", "//")):
            count = number
        elif line.strip():
            break
    return count


def _separator(lines: list[str]) -> str:
    """The separator that cuts the lines most evenly, quoted parts aside; blanks where no other does."""
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines if line.strip()]
    best, best_score = ",", 0.0
    for separator in (*SEPARATORS, " "):
        counts = [len(line.split()) - 1 if separator == " " else line.count(separator) for line in bare]
        if not counts or max(counts) == 0:
            continue
        common, times = Counter(counts).most_common(1)[0]
        if common == 0 or counts[0] == 0:
            continue
        score = times / len(counts) - (0.3 if separator == " " else 0)
        if score > best_score + 1e-9:
            best, best_score = separator, score
    return best


def _records(lines: list[str], skipped: int, separator: str) -> tuple[list[list[str]], list[int]]:
    if separator == " ":
        return [line.split() for line in lines[skipped:]], list(range(skipped + 1, len(lines) + 1))
    if separator == "::":
        return [line.split("::") for line in lines[skipped:]], list(range(skipped + 1, len(lines) + 1))
    try:
        return _csv_records(lines, skipped, separator)
    except DataError:
        if separator != "\t":
            raise
        # Tab-separated files often use no quoting at all: a lone quotation mark is then part of a value.
        return [line.split("\t") for line in lines[skipped:]], list(range(skipped + 1, len(lines) + 1))


def _csv_records(lines: list[str], skipped: int, separator: str) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    starts: list[int] = []
    reader = csv.reader((line + "\n" for line in lines[skipped:]), delimiter=separator, strict=True)
    while True:
        start = reader.line_num + skipped + 1
        try:
            row = next(reader)
        except StopIteration:
            return rows, starts
        except csv.Error as error:
            raise _quote_error(str(error), start) from None
        rows.append(row)
        starts.append(start)


def _quote_error(said: str, line: int) -> DataError:
    if "field larger" in said:
        return DataError(
            f"Line {line}: a field is too long, over {MAX_LINE:,} characters. Check the quotes there.", line=line
        )
    return DataError(
        f"Line {line}: a quotation mark opens a field there and the quote is not closed as it should be. "
        'Close it, or write quotes inside a quoted field twice ("").',
        line=line,
    )


def _is_header(rows: list[list[str]], aliases: frozenset[str]) -> bool:
    """A first row with a known name is one; else one without numbers above rows that have some, or above text."""
    first = rows[0]
    if any(plain_name(cell) in aliases for cell in first):
        return True
    return not any(NUMBER.fullmatch(cell) or DATE.fullmatch(cell) for cell in first)


def _names(cells: list[str], line: int, repairs: list[Repair]) -> list[str]:
    names = [INVISIBLE.sub("", cell).strip() for cell in cells]
    changed = [f"{c!r} read as {n!r}" for c, n in zip(cells, names, strict=True) if c != n]
    if changed:
        hidden = "invisible characters" if any(INVISIBLE.search(cell) for cell in cells) else "blanks around names"
        repairs.append(Repair(kind="header", message=f"Column names with {hidden}: {'; '.join(changed)[:200]}."))
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"The header has {len(names):,} columns; the limit is {MAX_COLUMNS:,}. Is this a matrix?", line=line
        )
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise DataError(
            f"Column {twice[0]!r} stands twice in the header (duplicate). Rename one of them.",
            line=line,
            column=twice[0],
        )
    return names


def _checked_widths(
    names: list[str], rows: list[list[str]], starts: list[int], ends_whole: bool, repairs: list[Repair]
) -> list[str]:
    """Drops columns without a name and without content at the end; refuses rows of another width."""
    widths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    if len(set(names)) < len(names) or names[-1] == "" or (widths.min() == widths.max() == len(names) + 1):
        extra = int(widths.min()) if widths.min() == widths.max() else len(names)
        while (
            extra
            and (extra > len(names) or not names[extra - 1])
            and not any(row[extra - 1].strip() for row in rows if len(row) >= extra)
        ):
            extra -= 1
        if extra < max(len(names), int(widths.max())):
            repairs.append(
                Repair(
                    kind="empty_column",
                    message="An empty column without a name at the end (trailing delimiter) was dropped.",
                )
            )
            names = names[:extra]
            for row in rows:
                del row[extra:]
            widths = np.minimum(widths, extra)
    for place, name in enumerate(names):
        if not name:
            names[place] = f"column {place}"
    odd = np.flatnonzero(widths != len(names))
    if len(odd):
        row, line = int(odd[0]), starts[int(odd[0])]
        few = widths[row] < len(names)
        if few and row == len(rows) - 1 and not ends_whole:
            raise DataError(
                f"The last line, {line}, has {widths[row]} of {len(names)} fields and no line end: the file looks "
                "truncated (an incomplete upload). Upload it again.",
                line=line,
            )
        others = f" {len(odd)} lines are like that." if len(odd) > 1 else ""
        hint = "A value is missing." if few else "Is a comma inside a value, or a decimal comma, unquoted?"
        raise DataError(
            f"Line {line} has {widths[row]} fields where {len(names)} are expected. {hint}{others}", line=line
        )
    return names
