"""CSV export without formula injection: cells that look like a formula are prefixed with an apostrophe."""

from __future__ import annotations

import re

import pandas as pd

FORMULA = re.compile(r"[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\0]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)


def harmless(text: str) -> str:
    """Prefix a text with an apostrophe if a spreadsheet could read it as a formula."""
    if FORMULA.match(text) and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def safe_csv(frame: pd.DataFrame) -> str:
    """Write a frame as CSV text, with text cells and headers escaped by `harmless`; numeric columns are unchanged."""
    safe = frame.rename(columns={column: harmless(str(column)) for column in frame.columns})
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [harmless(str(cell)) for cell in safe[column]]
    return safe.to_csv(index=False, lineterminator="\n")
