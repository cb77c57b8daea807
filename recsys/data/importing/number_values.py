"""Numbers, and answers of yes or no."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from recsys.data.importing.column import Column
from recsys.data.importing.faults import DROP_ROWS, Treatment
from recsys.messages import message

PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # could also be a thousands separator
MOST = 1e30
MEDIAN = Treatment(name="median", label=message("take the median rating"))
IMPLICIT = Treatment(name="implicit", label=message("use no ratings at all: every row is an event"))
CLIP = Treatment(name="clip", label=message("take the nearest end of the scale"))
RESCALE = Treatment(name="rescale", label=message("stretch all ratings so that they fit the scale"))
CLICKS = {"1": True, "true": True, "0": False, "false": False}


def parse_numbers(column: Column, scale: tuple[float, float] | None = None) -> np.ndarray:
    """Parse finite numbers as float32. Decimal commas and digits of other scripts are read if consistent.

    Numbers that are empty, none, or outside the `scale` are faults to decide about; NaN in rows that are dropped, and in
    those that rating_treatments.py fills. What looks at all ratings at once (median, rescaling) is done there, too.
    """
    digits = _decimal_points(column, _plain_digits(column))
    empty = [i for i, text in enumerate(digits) if not text]
    bad = [i for i, text in enumerate(digits) if text and not PLAIN_NUMBER.fullmatch(text)]
    values = np.array([float(text) if PLAIN_NUMBER.fullmatch(text) else np.nan for text in digits])
    large = [int(i) for i in np.flatnonzero(np.abs(values) >= MOST)]
    values[large] = np.nan
    if bad:
        column.ask("bad_number", bad, message("{text} is not a finite number such as 4 or 3.5."))
    if large:
        column.ask("large_number", large, message("{text} is too large to be finite here."))
    if empty:
        treatments = (DROP_ROWS, MEDIAN, IMPLICIT) if column.role == "rating" else (DROP_ROWS,)
        column.ask("no_number", empty, message("the {role} is empty (missing)."), treatments, role=column.role)
    if scale is not None:
        lowest, highest = scale
        outside = [int(i) for i in np.flatnonzero((values < lowest) | (values > highest))]
        fault = message("{text} is outside the scale of {lowest:g} to {highest:g}.")
        treatments = (DROP_ROWS, CLIP, RESCALE)
        if outside and column.ask("off_scale", outside, fault, treatments, lowest=lowest, highest=highest) == CLIP.name:
            values[outside] = values[outside].clip(lowest, highest)
    if len(np.unique(values)) == 1 and len(column.codes) > 1 and column.role == "rating":
        column.note(
            "constant",
            message("Every rating is the same (constant): ratings are of no use, events count as such (implicit)."),
        )
    return column.filled(values).astype("float32")


def _plain_digits(column: Column) -> list[str]:
    """The texts, trimmed and with the digits 0 to 9."""
    texts = [text.strip() for text in column.distinct]
    digits = [ascii_digits(text) for text in texts]
    if changed := [i for i, text in enumerate(digits) if text != texts[i]]:
        sentence = message("Digits of another script in {column} were read as numbers.", column=column.name)
        column.note("digits", sentence, changed)
    return digits


def _decimal_points(column: Column, texts: list[str]) -> list[str]:
    """The texts with decimal points. Raises DataError where a comma has two readings."""
    commas = [i for i, text in enumerate(texts) if DECIMAL_COMMA.fullmatch(text)]
    if not commas:
        return texts
    if any("." in text for text in texts):
        raise column.fail(commas, message("{text} has a decimal comma where other numbers have a point."))
    if all(THOUSANDS.fullmatch(texts[i]) for i in commas):
        raise column.fail(commas, message("{text}: decimal comma or thousands? Write the number without it."))
    sentence = message("A decimal comma in {column} was read as a decimal point.", column=column.name)
    column.note("decimal_comma", sentence, commas)
    return [text.replace(",", ".") for text in texts]


def parse_clicks(column: Column) -> np.ndarray:
    """Parse yes or no as bool, from 1 and 0 or true and false; False in rows that are dropped."""
    texts = [ascii_digits(text.strip()).lower() for text in column.distinct]
    if empty := [i for i, text in enumerate(texts) if not text]:
        fault = message("the cell is empty (missing). Write 1 for {role}, 0 for not.")
        column.ask("no_click", empty, fault, role=column.role)
    if bad := [i for i, text in enumerate(texts) if text and text not in CLICKS]:
        column.ask("bad_click", bad, message("{text} is neither yes nor no. Write 1 or 0, or true or false."))
    return column.filled(np.array([CLICKS.get(text, False) for text in texts], dtype=bool))


def ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
