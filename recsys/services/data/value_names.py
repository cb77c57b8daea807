"""How values of a dataset are written for people: genders, ranges, categories, periods. Ids and links keep the raw values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from recsys.messages import message
from recsys.services.workspace.slices import split_categories

MALE, FEMALE = message("male"), message("female")
WORDS = {"male": MALE, "female": FEMALE}
LETTERS = {"m": MALE, "f": FEMALE}
RANGE = re.compile(r"(\d+)-(\d+)")


def gender_names(values: Iterable[object]) -> dict[str, str]:
    """Name of each gender of a column: "male" and "female" are messages, any other value stays as it is.

    "M" and "F" are read so only where the column has nothing else, since elsewhere they may mean something else.
    """
    written = {str(value) for value in values if value}
    are_letters = {value.strip().casefold() for value in written} <= LETTERS.keys()
    names = LETTERS if are_letters else WORDS
    return {value: names.get(value.strip().casefold(), value) for value in written}


def range_name(text: str) -> str:
    """A range with an en dash: "20-49" -> "20–49"; any other text stays as it is."""
    return RANGE.sub("\\1–\\2", text) if RANGE.fullmatch(text) else text


def category_names(text: str) -> str:
    """ "Crime|Drama" -> "Crime, Drama", with the comma of the language; a single category stays as it is."""
    parts = split_categories(text)
    return message(", ").join(parts) if len(parts) > 1 else text


def period_starts(starts: Sequence[str], span: tuple[str, str] | None) -> list[str]:
    """Starts of periods ("2022-12-26"); one that begins before the first event starts with the day of that event."""
    first = span[0] if span else ""
    return [max(start, first) for start in starts]
