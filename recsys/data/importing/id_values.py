"""Ids as text."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from recsys.data.importing.column import Column
from recsys.messages import message

MAX_ID_LENGTH = 512
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def parse_ids(column: Column) -> np.ndarray:
    """Parse ids as text: surrounding blanks trimmed, Unicode normalised to NFC, otherwise as written."""
    if column.whole_numbers is not None:  # nothing to trim or to refuse
        return column.filled(np.array(column.distinct, dtype=object))
    stripped = [text.strip() for text in column.distinct]
    ids = [unicodedata.normalize("NFC", text) for text in stripped]
    if empty := [i for i, text in enumerate(ids) if not text]:
        raise column.fail(empty, message("the id is empty (missing). Every row needs one."))
    if long := [i for i, text in enumerate(ids) if len(text) > MAX_ID_LENGTH]:
        size = max(len(ids[i]) for i in long)
        raise column.fail(
            long,
            message("the id is {size:,} characters long; at most {limit} are taken."),
            size=size,
            limit=MAX_ID_LENGTH,
        )
    if control := [i for i, text in enumerate(ids) if CONTROL.search(text)]:
        raise column.fail(control, message("the id {text!r} holds control characters. Remove them."))
    if padded := [i for i, text in enumerate(stripped) if text != column.distinct[i]]:
        column.note(
            "trimmed", message("Blanks (whitespace) around ids in {column} were trimmed.", column=column.name), padded
        )
    if changed := [i for i, text in enumerate(ids) if text != stripped[i]]:
        column.note(
            "unicode",
            message("Ids in {column} were brought to one Unicode form (NFC, normalised).", column=column.name),
            changed,
        )
    return column.filled(np.array(ids, dtype=object))
