"""Groups of the points of a map: by a column of the items or users, by popularity, by error.

Every column becomes a few groups, so that each can be drawn in one colour and named: text by its most frequent values,
numbers by quintiles. Shapes: M points, of items by item index (row 0 is none) or of users by test target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, TEXT, TITLE
from recsys.evaluation.metrics import CUT_OFF, MISS, evaluated_only
from recsys.messages import Message, message
from recsys.services.data.value_names import gender_names
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import SEPARATOR

Kind = Literal["item", "user"]
POPULARITY, HIT_RATE, RANK, EVENTS, YEAR = "popularity", "hit_rate", "rank", "events", "year"
LABELS = {
    CATEGORY: message("Category"), POPULARITY: message("Popularity"), HIT_RATE: message("Hit rate when held out"),
    YEAR: message("Year"), "price": message("Price"), RANK: message("Rank of the held-out item"), EVENTS: message("Events"),
    "gender": message("Gender"), "age": message("Age"),
}  # fmt: skip
MOST_VALUES, BINS = 11, 5
YEAR_IN_TITLE = r"\((\d{4})\)\s*$"
RANK_EDGES = (1, 10, 100)  # the last rank of a group
HIT_EDGES = (0.0, 0.25, 0.5, 1.0)  # the highest share of a group
OTHER, UNKNOWN = message("other"), message("unknown")


@dataclass(frozen=True, eq=False)
class Group:
    """Points in one colour: `rows` are their indices. `step` counts ordered groups from 0; None is a value without order,
    and -1 what has no value."""

    name: str
    rows: np.ndarray
    step: int | None


@dataclass(frozen=True)
class SelectionMetrics:
    """What a selection amounts to. `held_out` test targets; `hit_rate` and `mean_rank` None without a ranked one."""

    size: int
    events: int
    held_out: int
    hit_rate: float | None
    mean_rank: float | None


def columns(run: OpenRun, kind: Kind) -> dict[str, str]:
    """Columns to group by, with their labels: Messages, or the name of the user's column."""
    has_ranks = len(test_ranks(run)) > 0
    if kind == "item":
        table, names = run.dataset.items.iloc[1:], [CATEGORY, POPULARITY] + [HIT_RATE] * has_ranks
        names += [YEAR] * (YEAR not in table and 2 * int(_years(table).notna().sum()) >= len(table))
    else:
        table, names = run.dataset.users.iloc[1:], [RANK] * has_ranks + [EVENTS]
    names = [name for name in names if name != CATEGORY or CATEGORY in table]
    names += [str(name) for name in table if name not in (*names, TITLE, TEXT) and _is_telling(table[name])]
    return {name: LABELS.get(name, name) for name in names}


def groups(run: OpenRun, kind: Kind, column: str) -> list[Group]:
    """The points in groups by a column; groups do not overlap and none is empty. Row 0 of items is in none."""
    ranks = test_ranks(run)
    if column == HIT_RATE and kind == "item":
        names = [message("0%"), message("up to 25%"), message("up to 50%"), message("more than 50%")]
        return _binned(_hit_rates(run, ranks), HIT_EDGES, names, message("never held out"), first=1)
    if column == RANK and kind == "user":
        names = [message("rank 1"), message("rank 2–10"), message("rank 11–100"), message("beyond rank 100")]
        ranked_M = np.where(ranks == MISS, np.nan, ranks.astype(np.float64))
        return _binned(ranked_M, (*RANK_EDGES, np.inf), names, message("not ranked"), first=0)
    values = _values(run, kind, column)
    if pd.api.types.is_numeric_dtype(values):
        return _quantiles(values.to_numpy(np.float64, na_value=np.nan), first=int(kind == "item"))
    return _by_value(values.astype("str"), first=int(kind == "item"))


def item_events(run: OpenRun) -> np.ndarray:
    """Training events of each item, [num_items + 1]: its popularity as the model knows it."""
    return run.split.train.item_counts


def test_ranks(run: OpenRun) -> np.ndarray:
    """Stored ranks of the test targets, [num_targets]; empty for a run whose ranks are not computed yet."""
    frame = run.folder.load_ranks()
    return np.empty(0, dtype=np.int64) if frame is None else evaluated_only(frame["test"].to_numpy())


def metrics(run: OpenRun, kind: Kind, rows: np.ndarray) -> SelectionMetrics:
    """Metrics of the items with these indices, or of the users of these test targets."""
    targets, ranks = run.split.test, test_ranks(run)
    if kind == "item":
        events, at = item_events(run)[rows].sum(), np.flatnonzero(np.isin(targets.items, rows))
    else:
        events, at = np.diff(run.dataset.interactions.offsets)[targets.users[rows]].sum(), rows
    chosen = ranks[at] if len(ranks) else ranks
    ranked = chosen[chosen != MISS]
    return SelectionMetrics(
        size=len(rows),
        events=int(events),
        held_out=len(chosen),
        hit_rate=float((chosen <= CUT_OFF).mean()) if len(chosen) else None,
        mean_rank=float(ranked.mean()) if len(ranked) else None,
    )


def _values(run: OpenRun, kind: Kind, column: str) -> pd.Series:
    if kind == "user":
        users = run.split.test.users
        if column == EVENTS:
            return pd.Series(np.diff(run.dataset.interactions.offsets)[users])
        values = run.dataset.users[column].iloc[users]
        return values.map(gender_names(values.unique())).fillna("") if column == "gender" else values
    items = run.dataset.items
    if column == POPULARITY:
        return pd.Series(item_events(run))
    if column == YEAR and YEAR not in items:
        return _years(items)
    return items[column]


def _hit_rates(run: OpenRun, ranks: np.ndarray) -> np.ndarray:
    """Share of the targets of each item that are in the top CUT_OFF, [num_items + 1]; NaN for one that is no target."""
    targets, size = run.split.test.items, run.dataset.interactions.num_items + 1
    counts, hits = np.bincount(targets, minlength=size), np.bincount(targets[ranks <= CUT_OFF], minlength=size)
    return np.divide(hits, counts, out=np.full(size, np.nan), where=counts > 0)


def _years(items: pd.DataFrame) -> pd.Series:
    return pd.to_numeric(items[TITLE].astype("str").str.extract(YEAR_IN_TITLE)[0], errors="coerce")


def _is_telling(values: pd.Series) -> bool:
    """Whether a column may have groups: not one value for all, and not a text of its own for most."""
    num_values = values.nunique()
    return num_values > 1 and (pd.api.types.is_numeric_dtype(values) or 2 * num_values <= len(values))


def _binned(
    values_M: np.ndarray, edges: Sequence[float], names: Sequence[Message], missing: Message, first: int
) -> list[Group]:
    """Groups up to each edge, and last the points without a value; `first` is the first row."""
    steps_M = np.where(np.isnan(values_M), -1, np.searchsorted(edges, values_M))[first:]
    all_groups = [
        Group(name, np.flatnonzero(steps_M == step) + first, step) for step, name in [*enumerate(names), (-1, missing)]
    ]
    return [group for group in all_groups if len(group.rows)]


def _quantiles(values_M: np.ndarray, first: int) -> list[Group]:
    """Quintiles, or single values where there are no more than BINS of them."""
    finite = values_M[first:][np.isfinite(values_M[first:])]
    distinct = np.unique(finite)
    fifths = np.quantile(finite, np.arange(1, BINS + 1) / BINS, method="higher") if len(finite) else finite
    edges = distinct if len(distinct) <= BINS else np.unique(fifths)
    steps_M = np.where(np.isfinite(values_M), np.searchsorted(edges, values_M), -1)
    quantile_groups = []
    for step in [*range(len(edges)), -1]:
        rows = np.flatnonzero(steps_M[first:] == step) + first
        if len(rows):
            name = UNKNOWN if step < 0 else _range(values_M[rows].min(), values_M[rows].max())
            quantile_groups.append(Group(name, rows, step))
    return quantile_groups


def _range(low: float, high: float) -> str:
    texts = [f"{value:.10g}" if float(value).is_integer() else f"{value:.4g}" for value in (low, high)]
    return ("–" if low >= 0 else " … ").join(dict.fromkeys(texts))


def _by_value(values_M: pd.Series, first: int) -> list[Group]:
    """The MOST_VALUES most frequent values; of several, as "Crime|Drama", the first one counts."""
    single_M = values_M.str.split(SEPARATOR, n=1, regex=False).str[0].str.strip().to_numpy(dtype=object)
    counts = pd.Series(single_M[first:]).replace("", None).value_counts()
    frequent = sorted(counts.index, key=lambda name: (-counts[name], name))[:MOST_VALUES]
    is_frequent_M, is_empty_M = np.isin(single_M, frequent), single_M == ""
    named: list[tuple[str, np.ndarray, int | None]] = [(str(name), single_M == name, None) for name in frequent]
    named += [(OTHER, ~is_frequent_M & ~is_empty_M, -1), (UNKNOWN, is_empty_M, -1)]
    all_groups = [Group(name, np.flatnonzero(mask_M[first:]) + first, step) for name, mask_M, step in named]
    return [group for group in all_groups if len(group.rows)]
