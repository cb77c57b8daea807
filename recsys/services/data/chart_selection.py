"""The items, users or interactions behind a bar or point of a chart on the Data page."""

from __future__ import annotations

import numpy as np

from recsys.data.dataset import CATEGORY, Dataset
from recsys.data.profile import history_bins, period_names, rating_bins
from recsys.services.data.tables import Table, interactions_table, items_table, users_table
from recsys.services.workspace.slices import ACTIVITY, ITEM_IDS, USER_IDS, item_filter, range_text


def behind(dataset: Dataset, chart: str, value: str) -> tuple[str, Table]:
    """What the rows are ("items", "users" or "interactions") and a table of them; `value` is the id of the point.

    `chart`: "categories" (a category), "tail" (the item rank up to which items are listed), "histories" (a bin of
    lengths), "ratings" (a rating or range) or "time" (the start of a period). Raises KeyError for an unknown point.
    """
    log = dataset.interactions
    if chart == "categories":
        return "items", items_table(dataset, "", item_filter(dataset, [value]))
    if chart == "tail":
        popular = _most_popular(dataset, value)
        return "items", items_table(dataset, "", np.isin(np.arange(len(log.item_counts)), popular))
    if chart == "histories":
        lengths = np.diff(log.offsets)
        low, high = history_bins(int(lengths[1:].max()))[value]
        return "users", users_table(dataset, "", (lengths >= low) & (lengths < high))
    if chart == "ratings":
        assert log.ratings is not None, "no chart of ratings without ratings"
        lowest, highest = rating_bins(log.ratings)[value]
        return "interactions", interactions_table(dataset, "", (log.ratings >= lowest) & (log.ratings <= highest))
    assert chart == "time" and log.times is not None, chart
    return "interactions", interactions_table(dataset, "", (period_names(log.times) == value).to_numpy())


def as_slice(dataset: Dataset, chart: str, value: str, *, is_whole: bool = True) -> tuple[str, list[str]] | None:
    """The condition of a slice (facet, values) that holds what `behind` lists; None for a list of interactions.

    `is_whole`: False for a part of a dataset, whose users have more events than are in it.
    """
    log = dataset.interactions
    if chart == "categories":
        return CATEGORY, [value]
    if chart == "tail":
        return ITEM_IDS, [str(item_id) for item_id in log.item_ids[_most_popular(dataset, value)]]
    if chart == "histories":
        low, high = history_bins(int(np.diff(log.offsets)[1:].max()))[value]
        if is_whole:
            return ACTIVITY, [range_text(low, high - 1)]
        lengths = np.diff(log.offsets)
        return USER_IDS, [str(user_id) for user_id in log.user_ids[(lengths >= low) & (lengths < high)]]
    return None


def _most_popular(dataset: Dataset, rank: str) -> np.ndarray:
    return np.argsort(-dataset.interactions.item_counts, kind="stable")[: int(rank)]
