"""Rows that do not fit their table, as faults to decide about; a file with too many of them is refused."""

from __future__ import annotations

from recsys.data.importing.faults import DROP_ROWS, Decisions, Fault, Kind
from recsys.data.importing.lines import MAX_SHARE
from recsys.data.importing.records import BadRow, quote_error, with_count
from recsys.errors import DataError
from recsys.messages import Message, message, short

SHOWN = 10


def decide_on_bad_rows(
    bad: list[BadRow], width: int, num_rows: int, last_line: int | None, decisions: Decisions, kind: Kind
) -> None:
    """Ask about rows with another number of fields than `width` and about quotes that are not closed; the rows are left out.

    `num_rows` counts all rows; `last_line` is the last line if it has no line end, and a short row there is a truncated upload.
    Raises DataError if more than MAX_SHARE of the rows are bad.
    """
    if not bad:
        return
    first = bad[0]
    if first.num_fields == 0 and len(bad) > MAX_SHARE * num_rows:
        raise quote_error("", first.line)
    wrong_width = [row for row in bad if row.num_fields]
    open_quotes = [row for row in bad if not row.num_fields]
    if wrong_width and wrong_width[0].line == last_line and wrong_width[0].num_fields < width:
        raise _truncated(wrong_width[0], width)
    if len(bad) > MAX_SHARE * num_rows:
        raise DataError(_width_sentence(wrong_width, width), line=wrong_width[0].line)
    if open_quotes:
        _ask("open_quotes", _quote_sentence(open_quotes), open_quotes, num_rows, decisions, kind)
    if wrong_width:
        _ask("bad_rows", _width_sentence(wrong_width, width), wrong_width, num_rows, decisions, kind)


def _ask(name: str, sentence: Message, rows: list[BadRow], num_rows: int, decisions: Decisions, kind: Kind) -> None:
    lines = [row.line for row in rows]
    fault = Fault(
        kind=name, file=kind, message=sentence, count=len(rows), rows=num_rows, lines=tuple(lines[:SHOWN]),
        values=tuple(short(row.text) for row in rows[:SHOWN]), usual=DROP_ROWS.name,
    )  # fmt: skip
    decisions.treatment(fault)


def _quote_sentence(rows: list[BadRow]) -> Message:
    sentence = message(
        "Line {line}: a quotation mark opens a field and the quote is not closed as it should be.", line=rows[0].line
    )
    return with_count(sentence, len(rows))


def _truncated(row: BadRow, width: int) -> DataError:
    text = message(
        "The last line, {line}, has {fields} of {width} fields and no line end: the file looks "
        "truncated (an incomplete upload). Upload it again."
    )
    return DataError(text.format(line=row.line, fields=row.num_fields, width=width), line=row.line)


def _width_sentence(rows: list[BadRow], width: int) -> Message:
    text = message(
        "Line {line} has {fields} fields where {width} are expected. "
        "Is a comma inside a value, or a decimal comma, unquoted?"
    )
    if rows[0].num_fields < width:
        text = message("Line {line} has {fields} fields where {width} are expected. A value is missing.")
    sentence = text.format(line=rows[0].line, fields=rows[0].num_fields, width=width)
    return with_count(sentence, len(rows))
