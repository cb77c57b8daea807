"""Tables that leave the app. A spreadsheet would run a cell that begins like a formula; here it begins with '."""

from __future__ import annotations

import re

import pandas as pd

FORMULA = re.compile(r"[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\0]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)


def harmless(text: str) -> str:
    """The text itself, with an apostrophe before it where a spreadsheet might take it for a formula."""
    if FORMULA.match(text) and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def safe_csv(frame: pd.DataFrame) -> str:
    """CSV text with every text cell and header made harmless; numbers stay numbers."""
    safe = frame.rename(columns={column: harmless(str(column)) for column in frame.columns})
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [harmless(str(cell)) for cell in safe[column]]
    return safe.to_csv(index=False, lineterminator="\n")
