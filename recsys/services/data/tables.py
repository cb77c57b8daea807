"""Tables of a dataset's items, users and interactions for display, searched and paged."""

from __future__ import annotations

import base64
import mimetypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, TITLE, Dataset, display_title

PAGE = 100  # rows of a table on a screen
OF_ITEMS, OF_USERS = ("picture", "item", "events"), ("user", "events", "first", "last")  # columns made here


@dataclass(frozen=True, eq=False)
class Table:
    """`rows` are the first PAGE rows that match; `total` is how many match."""

    rows: pd.DataFrame
    total: int


def items_table(dataset: Dataset, text: str = "", only: np.ndarray | None = None, *, pictures: bool = True) -> Table:
    """Items whose id, title or category contains the text, most popular first; `picture` holds data URIs, "" without.

    `only`: [num_items + 1] bool mask of the items to choose from; `pictures` False leaves them out.
    """
    log, items = dataset.interactions, dataset.items
    matching_N = np.ones(len(items), dtype=bool) if only is None else only.copy()
    matching_N[0] = False  # padding
    if text:
        titles = items[TITLE].astype("str")
        columns = [pd.Series(log.item_ids), titles, titles.map(display_title)]
        columns += [items[CATEGORY].astype("str")] if CATEGORY in items else []
        matching_N &= np.logical_or.reduce([_mask(column, text) for column in columns])
    shown = _most_first(matching_N, log.item_counts)
    table = pd.DataFrame({"item": log.item_ids[shown], "title": [dataset.title(int(item)) for item in shown]})
    table["events"] = log.item_counts[shown]
    for name in items.columns.drop(TITLE):
        table[_named_apart(name, OF_ITEMS)] = items[name].iloc[shown].to_numpy()
    if pictures and dataset.images:
        table.insert(0, "picture", [picture_uri(dataset.images.get(int(item))) for item in shown])
    return Table(table, int(matching_N.sum()))


def users_table(dataset: Dataset, text: str = "", only: np.ndarray | None = None) -> Table:
    """Users whose id contains the text, the most active first; `only`: [num_users + 1] bool mask to choose from."""
    log = dataset.interactions
    lengths = np.diff(log.offsets)
    matching_U = np.ones(len(log.user_ids), dtype=bool) if only is None else only.copy()
    matching_U[0] = False  # the unknown user
    if text:
        matching_U &= _mask(pd.Series(log.user_ids), text)
    shown = _most_first(matching_U, lengths)
    table = pd.DataFrame({"user": log.user_ids[shown], "events": lengths[shown]})
    if log.times is not None:
        table["first"] = _days(log.times[log.offsets[shown]])
        table["last"] = _days(log.times[log.offsets[shown + 1] - 1])
    for name in dataset.users.columns:
        table[_named_apart(name, OF_USERS)] = dataset.users[name].iloc[shown].to_numpy()
    return Table(table, int(matching_U.sum()))


def _most_first(matching: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The first PAGE of the matching rows, those with the highest counts first."""
    rows = np.flatnonzero(matching)
    return rows[np.argsort(-counts[rows], kind="stable")[:PAGE]]


def interactions_table(dataset: Dataset, text: str = "", only: np.ndarray | None = None) -> Table:
    """Interactions of users or with items whose id or title contains the text, newest first where times are known.

    `only`: [num_interactions] bool mask of the interactions to choose from.
    """
    log = dataset.interactions
    rows = np.arange(len(log)) if only is None else np.flatnonzero(only)
    if text:
        users = _mask(pd.Series(log.user_ids), text)
        items = _mask(pd.Series(log.item_ids), text) | _mask(dataset.items[TITLE].astype("str"), text)
        rows = rows[users[log.users[rows]] | items[log.items[rows]]]
    if log.times is not None:
        newest = np.argsort(-log.times[rows], kind="stable")[:PAGE]
        shown = rows[newest]
    else:
        shown = rows[:PAGE]
    table = pd.DataFrame(
        {
            "user": log.user_ids[log.users[shown]],
            "item": log.item_ids[log.items[shown]],
            "title": [dataset.title(int(item)) for item in log.items[shown]],
        }
    )
    if log.ratings is not None:
        table["rating"] = log.ratings[shown]
    if log.times is not None:
        table["time"] = pd.to_datetime(log.times[shown], unit="s").strftime("%Y-%m-%d %H:%M")
    return Table(table, len(rows))


def _named_apart(name: str, taken: tuple[str, ...]) -> str:
    """Name of a column of the user's file beside the columns made here."""
    return f"{name} (file)" if name in taken else name


def picture_uri(path: Path | None) -> str:
    """The picture as a data URI for a table cell; "" without one."""
    if path is None:
        return ""
    kind = mimetypes.guess_type(path.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _mask(texts: pd.Series, text: str) -> np.ndarray:
    return texts.astype("str").str.contains(text, case=False, regex=False).to_numpy(dtype=bool)


def _days(times: np.ndarray) -> np.ndarray:
    return np.asarray(pd.to_datetime(times, unit="s").strftime("%Y-%m-%d"))
