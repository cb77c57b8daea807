"""Facets of a dataset: the values to choose from, and which users and items meet the conditions of a slice."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, AGE_BANDS, CATEGORY, GENDER, PRICE, TEXT, TITLE, Dataset
from recsys.evaluation.segments import ITEM_SEGMENTS, item_segments
from recsys.sequences.split import leave_one_out
from recsys.services.workspace.slices import (
    ACTIVITY,
    ACTIVITY_LEVELS,
    ITEM_COLUMN,
    ITEM_IDS,
    LAST,
    POPULARITY,
    RANGE,
    RANK,
    USER_COLUMN,
    USER_IDS,
    Side,
    Slice,
    categories,
    in_categories,
    number_text,
    range_text,
    read_range,
    side_of,
)

MOST_VALUES = 30  # a column of more distinct words is no facet: it is a name or a text
FEW_NUMBERS, NUM_RANGES = 12, 5  # more distinct numbers are offered in ranges with about equally many rows each
RANKS = ("1..10", "11..100", "101..500", "501..")  # the last one includes items that are never recommended
BANDS = (*(f"{low}-{high - 1}" for low, high in itertools.pairwise(AGE_BANDS)), f"{AGE_BANDS[-1]}+")
PERIODS = ("D", "M", "Q", "Y")  # of the last event: the shortest with at most MOST_VALUES of them

Picked = Mapping[str, Sequence[str]]  # name of a picked set -> ids of its users or items


@dataclass(frozen=True)
class Facet:
    """What a dataset can be filtered by. `has_ranges`: ranges `low..high` may be chosen beside `values`."""

    name: str
    side: Side
    values: tuple[str, ...]
    has_ranges: bool = False


@dataclass(frozen=True, eq=False)
class Members:
    """Which users and items of a dataset meet conditions.

    `item_counts` [num_items + 1] are the training events that popularity counts; None for those of a run that holds
    out no items. Masks are [num_users + 1] or [num_items + 1] bool, index 0 False.
    """

    dataset: Dataset
    picked: Picked = field(default_factory=dict)
    item_counts: np.ndarray | None = None

    def users(self, chosen: Slice) -> np.ndarray:
        """Mask of the users that meet the conditions on users."""
        mask_U = np.arange(self.dataset.interactions.num_users + 1) > 0
        for facet, values in chosen.only("users"):
            mask_U &= self.rows(facet, values)
        return mask_U

    def items(self, chosen: Slice) -> np.ndarray:
        """Mask of the items that meet the conditions on items."""
        mask_N = np.arange(self.dataset.interactions.num_items + 1) > 0
        for facet, values in chosen.only("items"):
            mask_N &= self.rows(facet, values)
        return mask_N

    def rows(self, facet: str, values: Sequence[str]) -> np.ndarray:
        """Mask of the users or items that have one of these values; an unknown one fits nothing."""
        log, is_of_users = self.dataset.interactions, side_of(facet) == "users"
        mask = np.zeros(1 + (log.num_users if is_of_users else log.num_items), dtype=bool)
        for value in values:
            matching = self.value_rows(facet, value)
            if matching is not None:
                mask |= matching
        mask[0] = False
        return mask

    def restrict(self, chosen: Slice) -> Slice:
        """The conditions of the slice that this dataset supports; it supports any range of ranks."""
        return Slice.of({facet: [v for v in values if self.supports(facet, v)] for facet, values in chosen})

    def supports(self, facet: str, value: str) -> bool:
        return read_range(value) is not None if facet == RANK else self.value_rows(facet, value) is not None

    def value_rows(self, facet: str, value: str) -> np.ndarray | None:
        """Mask of the rows with this value; None if the dataset has no such facet, or the facet no such value."""
        log = self.dataset.interactions
        if facet in (USER_IDS, ITEM_IDS):
            return self._of_set(facet, value)
        if facet == ACTIVITY:
            ends = ACTIVITY_LEVELS.get(value) or read_range(value)
            return None if ends is None else _between(np.diff(log.offsets), ends)
        if facet == LAST:
            return None if log.times is None else _in_period(last_times(self.dataset), value)
        if facet == POPULARITY:
            return self._popularity == ITEM_SEGMENTS.index(value) if value in ITEM_SEGMENTS else None
        if facet == CATEGORY:
            if CATEGORY not in self.dataset.items or value not in categories(self.dataset):
                return None
            return in_categories(self.dataset, [value])
        column = column_of(self.dataset, facet)
        if column is None:
            return None
        if facet == AGE and value in BANDS:
            return age_bands(self.dataset) == BANDS.index(value)
        return _of_column(column, value)

    @cached_property
    def _popularity(self) -> np.ndarray:
        counts = self.item_counts
        return item_segments(leave_one_out(self.dataset.interactions).train.item_counts if counts is None else counts)

    def _of_set(self, facet: str, name: str) -> np.ndarray | None:
        """Mask of the picked ids; ids that the dataset does not have are left out."""
        if name not in self.picked:
            return None
        log = self.dataset.interactions
        index = log.user_index if facet == USER_IDS else log.item_index
        mask = np.zeros(len(index) + 1, dtype=bool)
        mask[[index[one] for one in self.picked[name] if one in index]] = True
        return mask


def facets(dataset: Dataset) -> tuple[Facet, ...]:
    """What the users and items of a dataset can be filtered by; only facets that tell some of them apart."""
    lengths = np.diff(dataset.interactions.offsets)[1:]
    levels = [name for name, ends in ACTIVITY_LEVELS.items() if _between(lengths, ends).any()]
    offered = [*_column_facets(dataset, "users")]
    if lengths.min() < lengths.max():
        offered.append(Facet(ACTIVITY, "users", tuple(levels), has_ranges=True))
    offered.append(Facet(LAST, "users", periods(dataset)))
    if len(names := categories(dataset)) > 1 or (names and not in_categories(dataset, names)[1:].all()):
        offered.append(Facet(CATEGORY, "items", tuple(names)))
    offered += [*_column_facets(dataset, "items"), Facet(POPULARITY, "items", ITEM_SEGMENTS)]
    offered.append(Facet(RANK, "run", RANKS, has_ranges=True))
    return tuple(facet for facet in offered if facet.values and (len(facet.values) > 1 or facet.name != LAST))


def _column_facets(dataset: Dataset, side: Side) -> list[Facet]:
    table = dataset.users if side == "users" else dataset.items
    prefix = USER_COLUMN if side == "users" else ITEM_COLUMN
    offered = []
    for name in table.columns:
        if side == "items" and name in (TITLE, CATEGORY, TEXT):
            continue
        facet = str(name) if name in ((GENDER, AGE) if side == "users" else (PRICE,)) else f"{prefix}{name}"
        column = table[name]
        numbers = numbers_of(column)
        if name == AGE and side == "users":
            codes = age_bands(dataset)[1:]
            values = [BANDS[code] for code in np.unique(codes) if code >= 0]
            has_unknown = bool((codes < 0).any())
        elif numbers is not None:
            values = number_values(numbers[1:])
            has_unknown = bool(np.isnan(numbers[1:]).any())
        else:
            words = texts_of(column)[1:]
            values = sorted(set(words) - {""})
            has_unknown = bool((words == "").any())
            values = values if len(values) <= MOST_VALUES else []
        if len(values) + has_unknown > 1 and values:
            offered.append(Facet(facet, side, tuple(values), has_ranges=numbers is not None))
    return offered


def column_of(dataset: Dataset, facet: str) -> pd.Series | None:
    """The column of users or items that a facet reads; None if the dataset does not have it."""
    table = dataset.users if side_of(facet) == "users" else dataset.items
    name = facet.removeprefix(USER_COLUMN) if side_of(facet) == "users" else facet.removeprefix(ITEM_COLUMN)
    return table.get(name)


def age_bands(dataset: Dataset) -> np.ndarray:
    """[num_users + 1] index of each user's band in BANDS, -1 where the age is unknown."""
    years = pd.to_numeric(dataset.users[AGE], errors="coerce").to_numpy("float64", na_value=np.nan)
    return np.where(np.isfinite(years), np.searchsorted(AGE_BANDS, np.nan_to_num(years), side="right") - 1, -1)


def texts_of(column: pd.Series) -> np.ndarray:
    """Words of a column without surrounding blanks; "" where unknown."""
    return column.astype("str").str.strip().where(column.notna(), "").to_numpy(dtype=object)


def numbers_of(column: pd.Series) -> np.ndarray | None:
    """Numbers of a column, NaN where unknown; None for a column of words."""
    if pd.api.types.is_numeric_dtype(column):
        numbers: np.ndarray = column.to_numpy("float64", na_value=np.nan)
        return np.where(np.isfinite(numbers), numbers, np.nan)
    texts = pd.Series(texts_of(column)[1:])
    numbers = pd.to_numeric(texts.str.replace(",", ".", regex=False), errors="coerce").to_numpy("float64")
    is_known = (texts != "").to_numpy()
    if not is_known.any() or not np.isfinite(numbers[is_known]).all():
        return None
    return np.concatenate([[np.nan], numbers])


def number_values(numbers: np.ndarray) -> list[str]:
    """The distinct numbers, or ranges with about equally many of them: each from the least to the largest in it."""
    known = np.sort(numbers[~np.isnan(numbers)])
    distinct = np.unique(known)
    if len(distinct) <= FEW_NUMBERS:
        return [number_text(number) for number in distinct]
    shares = np.arange(1, NUM_RANGES) / NUM_RANGES
    starts = np.unique([known[0], *np.quantile(known, shares, method="higher")])
    ends = known[np.append(np.searchsorted(known, starts[1:]) - 1, len(known) - 1)]
    return [range_text(low, high) for low, high in zip(starts, ends, strict=True)]


def last_times(dataset: Dataset) -> np.ndarray:
    """[num_users + 1] int64 time of each user's last event; 0 at index 0."""
    log = dataset.interactions
    assert log.times is not None, "no last time without times"
    return np.concatenate([[0], log.times[log.offsets[2:] - 1]])


def periods(dataset: Dataset) -> tuple[str, ...]:
    """Periods of the last events, such as "2024-03", from the first to the last; empty without times."""
    if dataset.interactions.times is None:
        return ()
    days = pd.Series(pd.to_datetime(last_times(dataset)[1:], unit="s"))
    for code in PERIODS:
        first, last = days.min().to_period(code), days.max().to_period(code)
        if (last - first).n < MOST_VALUES:
            return tuple(str(period) for period in pd.period_range(first, last, freq=code))
    return ()


def _in_period(times: np.ndarray, value: str) -> np.ndarray | None:
    """Times within a period ("2024-03", "2024Q1", "2024") or from one to another ("2024-01..2024-03")."""
    first, has_range, last = value.partition(RANGE)
    try:
        start, end = (pd.Period(text) if text else None for text in (first, last if has_range else first))
    except ValueError:
        return None
    if pd.NaT in (start, end) or (start is None and end is None):
        return None
    low = -np.inf if start is None else start.start_time.timestamp()
    return _between(times, (low, np.inf if end is None else end.end_time.timestamp()))


def _of_column(column: pd.Series, value: str) -> np.ndarray | None:
    """Rows with this value of a column: a word, a number or a range of numbers."""
    numbers = numbers_of(column)
    if numbers is not None:
        ends = read_range(value)
        return None if ends is None else _between(numbers, ends)
    matching = texts_of(column) == value
    return matching if matching.any() else None


def _between(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    return np.asarray((values >= ends[0]) & (values <= ends[1]))


def rank_rows(ranks: np.ndarray, chosen: Slice) -> np.ndarray:
    """[num_targets] bool mask of the ranks that meet the conditions on ranks; a target that cannot be scored has rank MISS."""
    values = chosen.values(RANK)
    if not values:
        return np.ones(len(ranks), dtype=bool)
    ends = [pair for pair in map(read_range, values) if pair is not None]
    return np.logical_or.reduce([_between(ranks, pair) for pair in ends] or [np.zeros(len(ranks), dtype=bool)])
