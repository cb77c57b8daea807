"""Descriptive statistics of a dataset: numbers and bins ready for plots. No plotting here."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, TITLE, Dataset
from recsys.data.importing.impressions import click_rate
from recsys.data.importing.read import plain_name
from recsys.data.importing.repeats import MIN_EVENTS_TO_EVALUATE
from recsys.messages import message

HISTORY_BINS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
MOST_RATINGS = 20  # drawn one by one; more are drawn in ranges
MOST_BINS = 15  # ranges of ratings
LONG_TAIL = 10  # times the median: a larger rating makes ranges that widen
TAIL_POINTS = 400  # most points of the long-tail curve
DAY = 86_400


@dataclass(frozen=True, eq=False)
class Profile:
    """Statistics of a dataset.

    `density`: share of (user, item) pairs with an event. `tie_rate`: share of events with the same time as another of
    the same user (None without times). `tail_share[i]`: share of events on the `tail_rank[i]` most popular items.
    `span`: first and last day. `rating_name`: the column of the file that the ratings stood in, if it has another name.
    `click_rate`: share of impressions that were clicked (None without impressions).
    """

    rows: int
    users: int
    items: int
    cold_items: int
    density: float
    median_history: float
    mean_history: float
    short_users: int
    tie_rate: float | None
    repeat_rate: float
    span: tuple[str, str] | None
    history_bins: tuple[str, ...]
    history_counts: np.ndarray
    tail_rank: np.ndarray
    tail_events: np.ndarray
    tail_share: np.ndarray
    items_for_80: int
    time_labels: tuple[str, ...]
    time_counts: np.ndarray
    time_unit: str
    rating_values: tuple[str, ...]
    rating_counts: np.ndarray
    rating_name: str | None
    category_counts: dict[str, int]
    missing: dict[str, int]
    impressions: int
    click_rate: float | None


def profile(dataset: Dataset) -> Profile:
    log = dataset.interactions
    lengths = np.diff(log.offsets)[1:]
    item_counts = log.item_counts[1:]
    warm = int((item_counts > 0).sum())
    bins, history_counts = _history(lengths)
    rank, events, share, items_for_80 = _tail(item_counts)
    labels, counts, unit = _over_time(log.times)
    values, rating_counts = _ratings(log.ratings)
    categories = dataset.items[CATEGORY].iloc[1:] if CATEGORY in dataset.items else pd.Series(dtype="str")
    pairs = log.num_pairs
    return Profile(
        rows=len(log),
        users=log.num_users,
        items=warm,
        cold_items=log.num_items - warm,
        density=pairs / (log.num_users * warm),
        median_history=float(np.median(lengths)),
        mean_history=float(lengths.mean()),
        short_users=int((lengths < MIN_EVENTS_TO_EVALUATE).sum()),
        tie_rate=_tie_rate(log.users, log.times),
        repeat_rate=1 - pairs / len(log),
        span=None if log.times is None else (_day(log.times.min()), _day(log.times.max())),
        history_bins=bins,
        history_counts=history_counts,
        tail_rank=rank,
        tail_events=events,
        tail_share=share,
        items_for_80=items_for_80,
        time_labels=labels,
        time_counts=counts,
        time_unit=unit,
        rating_values=values,
        rating_counts=rating_counts,
        rating_name=_rating_name(dataset),
        category_counts=_category_counts(categories),
        missing=_missing(dataset),
        impressions=0 if dataset.impressions is None else len(dataset.impressions),
        click_rate=click_rate(dataset),
    )


def history_bins(longest: int) -> dict[str, tuple[int, float]]:
    """Names of the bins of history lengths, with the shortest length in each and the first that is too long."""
    edges = [edge for edge in HISTORY_BINS if edge <= longest]
    bins: dict[str, tuple[int, float]] = {}
    for low, high in zip(edges, [*edges[1:], np.inf], strict=True):
        name = f"{low}+" if high == np.inf else str(low) if high == low + 1 else f"{low}-{high - 1:.0f}"
        bins[name] = (low, high)
    return bins


def rating_bins(ratings: np.ndarray) -> dict[str, tuple[float, float]]:
    """Names of single ratings, or of ranges where there are many, with the lowest and highest rating in each."""
    values = np.unique(ratings)
    if len(values) <= MOST_RATINGS:
        return {f"{value:g}": (float(value), float(value)) for value in values}
    is_wide = values[0] >= 0 and values[-1] > LONG_TAIL * np.median(ratings)
    edges = _widening_edges(values) if is_wide else _even_edges(values)
    number = ratings.dtype.type  # the largest below an edge depends on it
    ranges = [(low, float(np.nextafter(number(high), number(low)))) for low, high in itertools.pairwise(edges)]
    ranges[-1] = (edges[-2], edges[-1])
    names = [message("{low:,.10g} to {high:,.10g}", low=low, high=high) for low, high in itertools.pairwise(edges)]
    return dict(zip(names, ranges, strict=True))


def _even_edges(values: np.ndarray) -> list[float]:
    """Edges at round numbers, as far from each other, that hold sorted values in at most MOST_BINS ranges."""
    low, high = float(values[0]), float(values[-1])
    power = math.floor(math.log10((high - low) / MOST_BINS))
    for step in (Decimal(first).scaleb(power + further) for further in (0, 1) for first in (1, 2, 5)):
        begin = math.floor(Decimal(low) / step)
        count = max(1, math.ceil(Decimal(high) / step) - begin)
        if count <= MOST_BINS:
            break
    return [float((begin + number) * step) for number in range(count + 1)]


def _widening_edges(values: np.ndarray) -> list[float]:
    """Edges 1, 2, 5, 10, 20, … that hold sorted values of at least 0, or powers of ten where there were too many."""
    smallest, high = float(values[values > 0][0]), float(values[-1])
    power, last = math.floor(math.log10(smallest)), math.ceil(math.log10(high))
    power = max(power, last - MOST_BINS + 2)
    firsts = (1, 2, 5) if 3 * (last - power) <= MOST_BINS + 3 else (1,)
    edges = [float(Decimal(first).scaleb(exponent)) for exponent in range(power, last + 1) for first in firsts]
    above = next(position for position, edge in enumerate(edges) if edge >= high)
    below = max((position for position, edge in enumerate(edges) if edge <= smallest), default=0)
    edges = edges[below : above + 1]
    return edges if edges[0] <= values[0] else [0.0, *edges]


def _rating_name(dataset: Dataset) -> str | None:
    """The column that the ratings stood in; None for one that is called so, and for columns without names."""
    name = dataset.report.roles.get("rating")
    return None if name is None or plain_name(name) in ("rating", "ratings") or name.isdecimal() else name


def time_unit(times: np.ndarray) -> tuple[str, str]:
    """The unit of a chart over time, and pandas' code for its periods."""
    span = (times.max() - times.min()) / DAY
    if span <= 4:
        return "hour", "h"
    return ("day", "D") if span <= 120 else ("week", "W") if span <= 800 else ("month", "M")


def period_names(times: np.ndarray) -> pd.Series:
    """The name of each event's period, as on the chart over time."""
    _, code = time_unit(times)
    starts = pd.Series(pd.to_datetime(times, unit="s")).dt.to_period(code).dt.start_time
    return starts.dt.strftime("%Y-%m-%d %H:%M" if code == "h" else "%Y-%m-%d")


def _history(lengths: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Number of users by length of history, in widening bins."""
    bins = history_bins(int(lengths.max()))
    counts, _ = np.histogram(lengths, [*(low for low, _ in bins.values()), np.inf])
    return tuple(bins), counts


def _tail(item_counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    events = np.sort(item_counts[item_counts > 0])[::-1]
    share = events.cumsum() / events.sum()
    points = np.arange(1, len(events) + 1)
    if len(points) > TAIL_POINTS:
        points = np.unique(np.rint(np.geomspace(1, len(events), TAIL_POINTS)).astype(int))
    return points, events[points - 1], share[points - 1], int(np.searchsorted(share, 0.8) + 1)


def _over_time(times: np.ndarray | None) -> tuple[tuple[str, ...], np.ndarray, str]:
    if times is None or times.min() == times.max():
        return (), np.array([], dtype=int), ""
    unit, code = time_unit(times)
    stamps = pd.Series(pd.to_datetime(times, unit="s").to_period(code)).value_counts().sort_index()
    filled = stamps.reindex(pd.period_range(stamps.index[0], stamps.index[-1], freq=code), fill_value=0)
    return tuple(str(p.start_time)[: 16 if code == "h" else 10] for p in filled.index), filled.to_numpy(), unit


def _ratings(ratings: np.ndarray | None) -> tuple[tuple[str, ...], np.ndarray]:
    if ratings is None:
        return (), np.array([], dtype=int)
    bins = rating_bins(ratings)
    return tuple(bins), np.array([((ratings >= low) & (ratings <= high)).sum() for low, high in bins.values()])


def _category_counts(categories: pd.Series) -> dict[str, int]:
    """Items of each single category ("Crime|Drama" is two), the most frequent first."""
    single = categories.astype("str").str.split("|").explode().str.strip()
    return {str(name): int(number) for name, number in single[single != ""].value_counts().items()}


def _tie_rate(users: np.ndarray, times: np.ndarray | None) -> float | None:
    if times is None:
        return None
    is_tied = (users[1:] == users[:-1]) & (times[1:] == times[:-1])
    return float((np.append(is_tied, False) | np.insert(is_tied, 0, False)).mean())


def _missing(dataset: Dataset) -> dict[str, int]:
    """Number of unknown values per column, for items and users; a title equal to the id counts as unknown."""
    counts = {}
    for kind, table in (("items", dataset.items), ("users", dataset.users)):
        for name in table.columns:
            column = table[name].iloc[1:]
            empty = column.isna() if pd.api.types.is_numeric_dtype(column) else column == ""
            if name == TITLE and kind == "items":
                empty = column.to_numpy() == dataset.interactions.item_ids[1:]
            if int(empty.sum()):
                counts[f"{kind}.{name}"] = int(empty.sum())
    return counts


def _day(seconds: int) -> str:
    return str(pd.Timestamp(int(seconds), unit="s").date())
