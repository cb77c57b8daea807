"""What stands before and below a table: comments, title lines, a footer of totals.

Comments are skipped and reported. Lines before the header that are no comments, and rows of totals, are faults to decide about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import numpy as np

from recsys.data.importing.faults import DROP_ROWS, Decisions, Fault, Kind, Treatment
from recsys.data.importing.records import SEPARATORS, SNIFFED, Rows, as_text, unquoted
from recsys.messages import message, plural, short

MAX_TITLES = 10  # lines before the header
EVEN = 0.9  # share of lines with one number of fields that makes a table
LEAST_ROWS = 2
FOOTER_ROWS = 3  # last rows that may be totals
TOTAL = re.compile(
    r"\W*(grand\s+)?(totals?|sum|count|average|summe|gesamt|insgesamt|合计|总计|总数|小计|\d+ rows?)\b.*", re.IGNORECASE
)
KEEP = Treatment(name="keep", label=message("they are data"))


def comment_lines(lines: list[str]) -> int:
    """Number of comment and blank lines before the first line of the table."""
    count = 0
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith(("#", "//")):
            count = number
        elif line.strip():
            break
    return count if count < len(lines) else 0


def title_lines(lines: list[str], has_name: Callable[[list[str]], bool]) -> int:
    """Number of lines before the header that are no part of the table: they have fewer fields than it, and no column name.

    `has_name` tells whether a known column name is among cells. 0 if the lines make no table with a separator other than blanks.
    """
    filled = [(number, line) for number, line in enumerate(lines[:SNIFFED], start=1) if line.strip()]
    sample = unquoted([line for _, line in filled])
    befores = {
        separator: before
        for separator in SEPARATORS
        if (before := _before_table([line.count(separator) for line in sample])) is not None
    }
    if not befores or 0 in befores.values():
        return 0
    separator, before = next(iter(befores.items()))
    cells = [cell for _, line in filled[:before] for cell in line.split(separator)]
    return 0 if has_name(cells) else filled[before][0] - 1


def _before_table(counts: list[int]) -> int | None:
    """Number of leading lines with fewer separators than the even lines below them; None if there are no such lines."""
    if len(counts) <= LEAST_ROWS:
        return None
    mode, _ = Counter(counts).most_common(1)[0]
    if mode == 0:
        return None
    before = counts.index(mode)
    below = counts[before:]
    is_even = len(below) >= LEAST_ROWS and below.count(mode) >= EVEN * len(below)
    is_short = all(count == 0 or count < mode - 1 for count in counts[:before])
    return before if before <= MAX_TITLES and is_even and is_short else None


def ask_about_titles(lines: list[str], first_line: int, num_rows: int, decisions: Decisions, kind: Kind) -> None:
    """A fault about lines that stand before the header. They are skipped."""
    filled = [(first_line + place, line) for place, line in enumerate(lines) if line.strip()]
    number, text = filled[0]
    sentence = plural(
        "Line {line} stands before the header and is no part of the table: {text!r}.",
        "{n:,} lines from line {line} on stand before the header and are no part of the table: {text!r}.",
        len(filled), line=number, text=short(text),
    )  # fmt: skip
    skip = Treatment(name="drop", label=message("skip the lines before the header"))
    decisions.treatment(
        Fault(
            kind="title_lines", file=kind, message=sentence, count=len(filled), rows=max(num_rows, len(filled)),
            lines=tuple(number for number, _ in filled), values=tuple(short(text) for _, text in filled),
            treatments=(skip,), usual=skip.name,
        )
    )  # fmt: skip


def without_footer(rows: Rows, decisions: Decisions, kind: Kind) -> Rows:
    """The rows without a footer of totals, unless the user decided that it is data."""
    tail = as_text(rows.cells.slice(max(1, rows.cells.num_rows - FOOTER_ROWS))).to_pylist()
    is_total = [bool(TOTAL.fullmatch(_first(row))) and not all(cell.strip() for cell in row.values()) for row in tail]
    if not any(is_total):
        return rows
    places = [rows.cells.num_rows - len(tail) + place for place, is_one in enumerate(is_total) if is_one]
    texts = [" ".join(filter(None, row.values())) for row, is_one in zip(tail, is_total, strict=True) if is_one]
    lines = [int(line) for line in rows.lines[places]]
    sentence = message(
        "Line {line} at the end looks like a footer of totals, which is no data: {text!r}.",
        line=lines[0],
        text=short(texts[0]),
    )
    fault = Fault(
        kind="footer", file=kind, message=sentence, count=len(lines), rows=rows.cells.num_rows, lines=tuple(lines),
        values=tuple(map(short, texts)), treatments=(DROP_ROWS, KEEP), usual=DROP_ROWS.name,
    )  # fmt: skip
    if decisions.treatment(fault) == KEEP.name:
        return rows
    kept = np.ones(rows.cells.num_rows, dtype=bool)
    kept[places] = False
    return Rows(rows.cells.filter(kept), rows.lines[kept], rows.bad, rows.repairs)


def _first(row: dict[str, str]) -> str:
    return next((cell.strip() for cell in row.values() if cell.strip()), "")
