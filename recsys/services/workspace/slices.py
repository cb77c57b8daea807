"""Slices: filters of users and items by what is known of them, and by the ranks of a run.

A slice is a set of conditions. A condition names a facet and the values of it: it is met by any of them (OR). A slice
takes what meets all its conditions (AND).

- Facets of users: `gender`, `age`, `activity` (number of events), `last` (period of the last event), `user.COLUMN`, and
  `user_ids`, a picked set of users (saved_slices.py).
- Facets of items: `category` (an item may have several, as "Crime|Drama"), `price`, `popularity` (segments.py),
  `item.COLUMN`, and `item_ids`.
- Facet of a run: `rank` of the held-out item.

A test target (user, held-out item) is in a slice if its user meets the conditions on users, its held-out item those on
items, and its rank those on ranks. Lists of users follow the conditions on users, recommendations those on items.

A value is a word, or a range `low..high` of numbers or days, both ends included, either of which may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode

import numpy as np

from recsys.data.dataset import AGE, CATEGORY, GENDER, PRICE, Dataset
from recsys.errors import SettingError
from recsys.messages import message

SEPARATOR, RANGE = "|", ".."
ACTIVITY, LAST, POPULARITY, RANK = "activity", "last", "popularity", "rank"
USER_IDS, ITEM_IDS = "user_ids", "item_ids"
USER_COLUMN, ITEM_COLUMN = "user.", "item."  # before the name of a column
ACTIVITY_LEVELS: dict[str, tuple[float, float]] = {
    "low": (1, 10),
    "medium": (11, 50),
    "high": (51, np.inf),
}  # number of events
NUMBER = r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)?"
NUMBERS = re.compile(rf"{NUMBER}\.\.{NUMBER}")
MAX_VALUES, MAX_CONDITIONS, MAX_TEXT = 50, 20, 4000  # values of a condition, conditions, characters of the short form

Side = Literal["users", "items", "run"]
SIDES: dict[str, Side] = {
    **dict.fromkeys((GENDER, AGE, ACTIVITY, LAST, USER_IDS), "users"),
    **dict.fromkeys((CATEGORY, PRICE, POPULARITY, ITEM_IDS), "items"),
    RANK: "run",
}


def side_of(facet: str) -> Side | None:
    """What a facet is about; None for a name that is no facet."""
    if facet.startswith(USER_COLUMN):
        return "users"
    if facet.startswith(ITEM_COLUMN):
        return "items"
    return SIDES.get(facet)


@dataclass(frozen=True)
class Slice:
    """Conditions (facet, values), sorted by facet; without any, everything is in the slice."""

    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Iterable[str]]) -> Slice:
        """Slice with these values by facet. Raises SettingError for too many of them."""
        kept = {facet: tuple(dict.fromkeys(chosen)) for facet, chosen in values.items()}
        for facet, chosen in kept.items():
            if len(chosen) > MAX_VALUES:
                text = message("A slice takes at most {limit} values of {facet}; {count} were chosen. Choose fewer.")
                raise SettingError(text.format(limit=MAX_VALUES, facet=facet, count=len(chosen)), column=facet)
        conditions = tuple(sorted((facet, chosen) for facet, chosen in kept.items() if chosen))
        if len(conditions) > MAX_CONDITIONS:
            text = message("A slice takes at most {limit} conditions; {count} were given. Remove some.")
            raise SettingError(text.format(limit=MAX_CONDITIONS, count=len(conditions)))
        return cls(conditions)

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def __iter__(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        return iter(self.conditions)

    def values(self, facet: str) -> tuple[str, ...]:
        """The chosen values of a facet; empty without a condition on it."""
        return dict(self.conditions).get(facet, ())

    def with_values(self, facet: str, values: Iterable[str]) -> Slice:
        """The slice with other values of a facet; without values, the condition is dropped."""
        return Slice.of({**dict(self.conditions), facet: values})

    def only(self, *sides: Side) -> Slice:
        """The conditions on these sides."""
        return Slice(tuple(condition for condition in self.conditions if side_of(condition[0]) in sides))

    def text(self) -> str:
        """Short form for links, e.g. "activity=high&gender=F"; "" where nothing is filtered."""
        return urlencode([(facet, value) for facet, values in self.conditions for value in values])

    @classmethod
    def read(cls, text: str) -> Slice:
        """Read the short form; what is unknown, and what is more than a slice takes, is ignored."""
        by_facet: dict[str, list[str]] = {}
        for facet, value in parse_qsl(text[:MAX_TEXT]):
            if side_of(facet) is not None and len(by_facet.setdefault(facet, [])) < MAX_VALUES:
                by_facet[facet].append(value)
        return cls.of(dict(list(by_facet.items())[:MAX_CONDITIONS]))


def number_text(number: float) -> str:
    """A number without exponent and trailing zeros."""
    return np.format_float_positional(float(number), trim="-")


def range_text(low: float, high: float) -> str:
    """ "low..high"; an infinite end is left out."""
    return RANGE.join(number_text(end) if np.isfinite(end) else "" for end in (low, high))


def read_range(text: str) -> tuple[float, float] | None:
    """The ends of "low..high", infinite where left out; both are a number that stands alone. None for any other text."""
    match = NUMBERS.fullmatch(text)
    if match is not None and text != RANGE:
        return float(match[1] or -np.inf), float(match[2] or np.inf)
    if text and re.fullmatch(NUMBER, text):
        return float(text), float(text)
    return None


def categories(dataset: Dataset) -> list[str]:
    """All single categories in alphabetical order."""
    if CATEGORY not in dataset.items:
        return []
    return sorted({part for text in set(dataset.items[CATEGORY].iloc[1:]) for part in split_categories(str(text))})


def split_categories(text: str) -> list[str]:
    """ "Crime|Drama" -> ["Crime", "Drama"]."""
    return [part.strip() for part in text.split(SEPARATOR) if part.strip()]


def item_filter(
    dataset: Dataset, chosen: Collection[str], disliked: Collection[int] = (), within: np.ndarray | None = None
) -> np.ndarray | None:
    """[num_items + 1] bool mask of the items in one of the chosen categories that are not disliked (item indices).

    No chosen category allows all of them. `within` [num_items + 1] bool restricts them further. None if every item is
    allowed.
    """
    if not chosen and not disliked and within is None:
        return None
    allowed_N = np.ones(len(dataset.items), dtype=bool) if within is None else within.copy()
    if chosen and CATEGORY in dataset.items:
        allowed_N &= in_categories(dataset, chosen)
    allowed_N[list(disliked)] = False
    return allowed_N


def in_categories(dataset: Dataset, chosen: Collection[str]) -> np.ndarray:
    """[num_items + 1] bool mask of the items in one of the chosen categories."""
    wanted, texts = set(chosen), dataset.items[CATEGORY].astype("str")
    matching = [text for text in texts.unique() if wanted.intersection(split_categories(text))]
    return texts.isin(matching).to_numpy()
