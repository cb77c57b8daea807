"""JSON lines, or a JSON array, of flat objects as a table of text cells. Numbers stay as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from recsys.data.dataset import Repair
from recsys.data.importing.decode import Text
from recsys.data.importing.records import Rows, table_of
from recsys.errors import DataError
from recsys.messages import message, short

NAMES = (".json", ".jsonl", ".ndjson")
SEVERAL = "|"  # between the values of a list
DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
MAX_COLUMNS = 1000


def json_rows(text: Text, max_rows: int | None) -> tuple[Rows, list[str]]:
    """Rows and column names, in the order in which keys first appear. A key that an object lacks is an empty cell.

    Raises DataError with the line for what is no flat object.
    """
    objects = _of_array(text) if text.head(4096)[0].lstrip().startswith("[") else _of_lines(text)
    columns: dict[str, list[str]] = {}
    lines: list[int] = []
    has_lists = False
    for line, parsed in objects:
        if not isinstance(parsed, dict):
            sentence = message(
                "Line {line}: an object such as {example} is expected.", line=line, example='{"user_id": "u1", …}'
            )
            raise DataError(sentence, line=line)
        for key, value in parsed.items():
            if key not in columns:
                columns[key] = [""] * len(lines)
            if isinstance(value, list):
                has_lists = True
            columns[key].append(_cell(value, key, line))
        lines.append(line)
        for cells in columns.values():
            if len(cells) < len(lines):
                cells.append("")
        if len(columns) > MAX_COLUMNS or (max_rows is not None and len(lines) > max_rows + 1):
            break
    rows = Rows(table_of(list(columns.values())), np.array(lines))
    if has_lists:
        sentence = message("Lists were joined with {sign}.", sign=SEVERAL)
        rows.repairs.append(Repair(kind="lists", message=sentence))
    return rows, list(columns)


def _of_lines(text: Text) -> Iterator[tuple[int, Any]]:
    text.file.seek(text.start)
    for number, line in enumerate(text.file, start=1):
        content = line.decode().strip()
        if content:
            yield number, _parsed(content, number)


def _of_array(text: Text) -> Iterable[tuple[int, Any]]:
    """Objects of an array that spans the file, with their lines."""
    whole, place, line = text.whole(), 0, 1
    place = whole.index("[") + 1
    line += whole.count("\n", 0, place)
    while True:
        start = place
        while place < len(whole) and whole[place] in " \t\n\r,":
            place += 1
        line += whole.count("\n", start, place)
        if place >= len(whole):
            if text.is_cut:
                return
            raise _no_json(line)
        if whole[place] == "]":
            return
        try:
            parsed, end = DECODER.raw_decode(whole, place)
        except (ValueError, RecursionError) as error:
            if text.is_cut:
                return
            raise _no_json(line) from error
        yield line, parsed
        line += whole.count("\n", place, end)
        place = end


def _parsed(content: str, line: int) -> Any:
    try:
        return DECODER.decode(content)
    except (ValueError, RecursionError) as error:
        raise _no_json(line) from error


def _no_json(line: int) -> DataError:
    text = message("Line {line} is no complete JSON. Write one object a line, or one array of objects.", line=line)
    return DataError(text, line=line)


def _cell(value: Any, key: str, line: int) -> str:
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return SEVERAL.join(_cell(one, key, line) for one in value)
    if isinstance(value, dict | list):
        text = message("Line {line}: {key!r} holds an object. Only flat objects are read: give each value its key.")
        raise DataError(text.format(line=line, key=short(key)), line=line, column=key)
    if value is None:
        return ""
    cell = str(value).lower() if isinstance(value, bool) else str(value)
    return cell if cell.isascii() else cell.encode("utf-8", "replace").decode()
