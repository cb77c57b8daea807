"""The rows of a text: which separator, what stands before the header, and which reader takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa

from recsys.data.dataset import Repair
from recsys.data.importing.bad_rows import decide_on_bad_rows
from recsys.data.importing.decode import Text, decoded, is_json
from recsys.data.importing.faults import Decisions, Fault, Kind, Treatment
from recsys.data.importing.import_choices import FileChoices
from recsys.data.importing.json_rows import NAMES, json_rows
from recsys.data.importing.lines import MAX_SHARE, split_lines
from recsys.data.importing.margins import ask_about_titles, comment_lines, title_lines
from recsys.data.importing.records import (
    WORDS,
    Rows,
    at_lines,
    find_separator,
    split_by_record,
    split_histories,
)
from recsys.data.importing.unpack import Source
from recsys.errors import DataError
from recsys.messages import message, plural, short

EXCEL = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # first line written by spreadsheets
SPOKEN = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "bar": "|",
    "blank": " ",
    "blanks": " ",
    "space": " ",
}
HEAD = 1000  # lines inspected before the whole file is split


class Reading(Protocol):
    """What text_rows needs of read.Reading."""

    @property
    def file(self) -> Kind: ...
    @property
    def choices(self) -> FileChoices: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def max_rows(self) -> int | None: ...

    def has_name(self, cells: list[str]) -> bool: ...


@dataclass
class TextRows:
    """The rows of a file, how they were read, and the column names where the format has them."""

    rows: Rows
    separator: str
    format: str
    names: list[str] | None = None
    encoding: str = "UTF-8"
    encodings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    num_rows: int = 0


def text_rows(source: Source, reading: Reading) -> TextRows:
    """The rows of a text, including the header. Raises DataError for what is no table."""
    text = decoded(source, reading.choices.encoding, reading.decisions, reading.file, reading.max_rows)
    try:
        if reading.choices.separator is None and is_json(text.head(4096), Path(source.name).suffix.lower() in NAMES):
            found = _json(source, text, reading)
        else:
            found = _delimited(text, reading)
    finally:
        if text.file is not source.file:
            text.file.close()
    found.encoding, found.encodings = text.encoding, text.others
    found.rows.repairs[:0] = text.repairs
    return found


def _json(source: Source, text: Text, reading: Reading) -> TextRows:
    if Path(source.name).suffix.lower() not in NAMES:
        read = Treatment(name="read", label=message("read it as JSON"))
        sentence = message(
            "The file holds JSON, though its name, {name!r}, is that of another format.", name=short(source.name)
        )
        lines = text.scan.num_lines
        fault = Fault(
            kind="json", file=reading.file, message=sentence, count=lines, rows=lines, lines=(1,),
            treatments=(read,), usual=read.name,
        )  # fmt: skip
        reading.decisions.treatment(fault)
    rows, names = json_rows(text, reading.max_rows)
    return TextRows(rows, ",", "json", names=names)


def _delimited(text: Text, reading: Reading) -> TextRows:
    head = text.head()[:HEAD]
    repairs: list[Repair] = []
    skipped = comment_lines(head)
    excel = EXCEL.fullmatch(head[0])
    excel_separator = excel[1] if excel and excel[1] in WORDS else None
    if excel_separator:
        skipped = max(1, skipped)
    if skipped:
        sentence = plural(
            "{n} comment line before the header was skipped.", "{n} comment lines before the header were skipped.",
            skipped,
        )  # fmt: skip
        repairs.append(at_lines("preamble", sentence, list(range(1, skipped + 1))))
    titles = title_lines(head[skipped:], reading.has_name)
    if titles:
        ask_about_titles(
            head[skipped : skipped + titles], skipped + 1, text.scan.num_lines, reading.decisions, reading.file
        )
        skipped += titles
    separator = _chosen(reading.choices.separator) or excel_separator or find_separator(head[skipped:])
    found = _split(text, skipped, separator, reading)
    found.rows.repairs[:0] = repairs
    return found


def _split(text: Text, skipped: int, separator: str, reading: Reading) -> TextRows:
    """The rows below the lines skipped; each line is a history if it can be read so and makes no other table."""
    error_found: DataError | None = None
    rows = Rows(pa.table({}), np.empty(0, dtype=np.int32))
    try:
        rows = _records(text, skipped, separator)
    except DataError as error:
        error_found = error
    if error_found or rows.bad or rows.cells.num_columns <= 1:
        histories = split_histories(text, skipped)
        if histories is not None:
            sentence = message(
                "Each line is a history: a user, then their items, oldest first. Read as one row for each item."
            )
            histories.repairs.append(Repair(kind="histories", message=sentence))
            return TextRows(histories, " ", "histories")
    if error_found is not None:
        raise error_found
    width, num_rows = rows.cells.num_columns, max(text.scan.num_lines - skipped, 1)
    last_line = None if text.scan.ends_whole or text.is_cut else text.scan.num_lines
    decide_on_bad_rows(rows.bad, width, num_rows, last_line, reading.decisions, reading.file)
    if separator != ",":
        sentence = message("Fields are separated by {separator}.", separator=WORDS.get(separator, separator))
        rows.repairs.append(Repair(kind="separator", message=sentence))
    return TextRows(rows, separator, "text")


def _records(text: Text, skipped: int, separator: str) -> Rows:
    rows = split_lines(text, skipped, separator)
    if rows is None:
        return split_by_record(text, skipped, separator)
    too_many_bad = len(rows.bad) > MAX_SHARE * (text.scan.num_lines - skipped)
    if too_many_bad and len({row.num_fields for row in rows.bad}) == 1:  # perhaps a trailing delimiter
        return split_by_record(text, skipped, separator)
    return rows


def _chosen(separator: str | None) -> str | None:
    """The separator that the user chose. Raises DataError for one that cannot separate fields."""
    if separator is None:
        return None
    sign = SPOKEN.get(separator.lower(), separator)
    if sign in WORDS or (len(sign) == 1 and sign.isascii() and not sign.isalnum() and sign not in '"\n\r.-\\'):
        return sign
    names = ", ".join(str(word) for word in WORDS.values())
    text = message("{separator!r} cannot separate fields. Choose one of these: {names}.")
    raise DataError(text.format(separator=short(separator), names=names))
