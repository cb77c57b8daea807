"""Ids as text."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow.compute as pc

from recsys.data.importing.column import Column
from recsys.data.importing.invisible import INVISIBLE, without_edges, without_invisible
from recsys.messages import message, plural, short

MAX_ID_LENGTH = 512
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PLAIN_ID = r"^[!-~]([ -~]*[!-~])?$"  # visible ASCII: neither trimmed nor normalised


def parse_ids(column: Column) -> np.ndarray:
    """Parse ids as text, otherwise as written: no blanks and no invisible characters at the ends, Unicode NFC.

    Invisible characters inside are removed too, unless the script or an emoji needs them. "" in rows that are dropped.
    """
    if column.whole_numbers is not None:  # nothing to trim or to refuse
        return column.filled(np.array(column.distinct, dtype=object))
    texts = column.arrow_texts
    is_plain = pc.match_substring_regex(texts, PLAIN_ID) if len(texts) else None
    ids = list(column.distinct)
    unusual = np.flatnonzero(~is_plain.to_numpy(zero_copy_only=False)).tolist() if is_plain is not None else []
    trimmed = {i: without_edges(ids[i]) for i in unusual}
    visible = {i: without_invisible(text) for i, text in trimmed.items()}
    for i, text in visible.items():
        ids[i] = unicodedata.normalize("NFC", text)
    _check(column, ids, unusual)
    _report_edges(column, trimmed)
    if changed := [i for i in unusual if visible[i] != trimmed[i]]:
        _report_invisible(column, ids, trimmed, changed)
    if changed := [i for i in unusual if ids[i] != visible[i]]:
        sentence = message("Ids in {column} were brought to one Unicode form (NFC, normalised).", column=column.name)
        column.note("unicode", sentence, changed)
    return column.filled(np.array(ids, dtype=object))


def _check(column: Column, ids: list[str], unusual: list[int]) -> None:
    """Ask about empty ids. Raises DataError for long ones and for control characters."""
    if empty := [i for i in unusual if not ids[i]]:
        column.ask("no_id", empty, message("the id is empty (missing). Every row needs one."))
    if long := [i for i, text in enumerate(ids) if len(text) > MAX_ID_LENGTH]:
        size = max(len(ids[i]) for i in long)
        fault = message("the id is {size:,} characters long; at most {limit} are taken.")
        raise column.fail(long, fault, size=size, limit=MAX_ID_LENGTH)
    if control := [i for i in unusual if CONTROL.search(ids[i])]:
        raise column.fail(control, message("the id {text!r} holds control characters. Remove them."))


def _report_edges(column: Column, trimmed: dict[int, str]) -> None:
    padded = [i for i, text in trimmed.items() if text and text != column.distinct[i]]
    if blanks := [i for i in padded if trimmed[i] == column.distinct[i].strip()]:
        sentence = message("Blanks (whitespace) around ids in {column} were trimmed.", column=column.name)
        column.note("trimmed", sentence, blanks)
    if hidden := [i for i in padded if trimmed[i] != column.distinct[i].strip()]:
        sentence = message("Invisible characters around ids in {column} were removed: {examples}.")
        sentence = sentence.format(column=column.name, examples=_examples([column.distinct[i] for i in hidden]))
        column.note("invisible", sentence, hidden)


def _report_invisible(column: Column, ids: list[str], trimmed: dict[int, str], changed: list[int]) -> None:
    """Report invisible characters inside ids, and which ids became one by removing them."""
    sentence = message("Invisible characters inside ids in {column} were removed: {examples}.")
    sentence = sentence.format(column=column.name, examples=_examples([trimmed[i] for i in changed]))
    column.note("invisible", sentence, changed)
    names = {ids[i] for i in changed}
    forms: dict[str, set[str]] = {name: set() for name in names}
    for i, name in enumerate(ids):
        if name in names:
            forms[name].add(unicodedata.normalize("NFC", trimmed.get(i, name)))
    if merged := [name for name in forms if len(forms[name]) > 1]:
        sentence = plural(
            "{n:,} id of {column} was written with and without invisible characters and became one: {examples}.",
            "{n:,} ids of {column} were written with and without invisible characters and became one each: {examples}.",
            len(merged), column=column.name, examples=_examples(merged),
        )  # fmt: skip
        column.note("same_ids", sentence, [i for i, name in enumerate(ids) if name in set(merged)])


def _examples(texts: list[str]) -> str:
    """Up to three texts with what is invisible in them written as escapes."""
    shown = [INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) for text in texts[:3]]
    return ", ".join(f"“{short(text)}”" for text in shown)
