"""Several values in a cell, such as the genres of a film: `Crime|Drama` is the form that the app reads.

Other forms are brought to it: lists in JSON, and values separated by semicolons or commas where the column says clearly that
they are several. "Shoes & Bags, Jewelry" stays one category if its parts are in no other cell.
"""

from __future__ import annotations

import re
from collections import Counter

import orjson
import pandas as pd

from recsys.data.dataset import Repair
from recsys.messages import message, short

BAR = "|"
SIGNS = {";": re.compile("[;；]"), ",": re.compile("[,，、]")}
REPEATED = 1.5  # mean number of different cells that a value is in, the least for a list of values
MOST = 0.5


def with_bars(cells: pd.Series, name: str, repairs: list[Repair]) -> pd.Series:
    """The cells of a column of categories with BAR between several values; what was changed is reported."""
    texts = cells.astype("str")
    counts = Counter(texts.str.strip())
    counts.pop("", None)
    lists = {text: values for text in counts if (values := _json_values(text)) is not None}
    sign = None
    if lists:
        new = {text: joined(values) for text, values in lists.items()}
        sentence = message("Lists in {column} were read as several values: {before} is {after}.")
    elif not any(BAR in text for text in counts) and (sign := _separator(counts)) is not None:
        new = {text: joined(SIGNS[sign].split(text)) for text in counts if SIGNS[sign].search(text)}
        sentence = message("Cells of {column} have several values: {before} is {after}.")
    else:
        return cells
    first = next(iter(new))
    sentence = sentence.format(column=name, before=short(first), after=short(new[first]))
    repairs.append(Repair(kind="several_values", message=sentence, count=sum(counts[text] for text in new)))
    stripped = texts.str.strip()
    return stripped.map(new).where(stripped.isin(new.keys()), cells)


def joined(values: list[str]) -> str:
    """Distinct values in their order, with BAR between them."""
    return BAR.join(dict.fromkeys(text for value in values if (text := value.strip())))


def parts(text: str) -> list[str]:
    """The values of a cell."""
    return [part.strip() for part in text.split(BAR)]


def _json_values(text: str) -> list[str] | None:
    """Values of a list in JSON or, with single quotes, in Python; of objects their name. None for any other text."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    for form in (text, text.replace("'", '"')):
        try:
            values = orjson.loads(form)
        except orjson.JSONDecodeError:
            continue
        names = [value.get("name") if isinstance(value, dict) else value for value in values]
        texts = [name for name in names if isinstance(name, str)]
        return texts if len(texts) == len(names) else None
    return None


def _separator(counts: Counter[str]) -> str | None:
    """The sign that separates values, if most cells have it or most values also stand alone, and values recur."""
    for sign, pattern in SIGNS.items():
        several = {text: pattern.split(text) for text in counts if pattern.search(text)}
        if not several:
            continue
        cells_of = Counter(part for text in counts for part in {part.strip() for part in pattern.split(text)} if part)
        values = {part.strip() for split in several.values() for part in split if part.strip()}
        share = sum(counts[text] for text in several) / sum(counts.values())
        alone = len(values & counts.keys()) / max(1, len(values))
        if sum(cells_of[value] for value in values) >= REPEATED * len(values) and max(share, alone) > MOST:
            return sign
    return None
