"""Groups of users and of items by the values of their columns.

A column with up to MOST_VALUES distinct values groups by value; numbers with more are in bands of about equally many
users or items; any other column is no grouping. Besides, users are grouped by their number of training events and items by
popularity (evaluation/segments.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.data.dataset import AGE, CATEGORY, GENDER, PRICE, TEXT, TITLE, Dataset
from recsys.data.interactions import PAD
from recsys.evaluation.group_fairness import NO_GROUP, Grouping
from recsys.evaluation.list_report import category_matrix, category_names
from recsys.evaluation.segments import ITEM_SEGMENTS, USER_SEGMENTS, item_segments, user_segments
from recsys.messages import message
from recsys.models.inputs.traits import Feature, column_feature, is_shared, user_columns
from recsys.services.data.value_names import gender_names, range_name

MOST_VALUES = 30
ACTIVITY, POPULARITY = message("activity"), message("popularity")
OTHER, NO_VALUE = message("other"), message("no value")
LABELS = {
    AGE: message("age"),
    GENDER: message("gender"),
    CATEGORY: message("category"),
    PRICE: message("price"),
    str(ACTIVITY): ACTIVITY,
    str(POPULARITY): POPULARITY,
}


@dataclass(frozen=True, eq=False)
class ItemGroups:
    """Groups of items by one column: `shares_NG` [num_items + 1, num_groups] is the share of an item in each group.

    Rows sum to 1, the row of PAD to 0.
    """

    column: str
    names: tuple[str, ...]
    shares_NG: np.ndarray


def user_groupings(dataset: Dataset, num_events: np.ndarray) -> tuple[Grouping, ...]:
    """Group all users by each column and by activity; codes are [num_users + 1], as `num_events` of training."""
    features = [column_feature(name, dataset.users[name], MOST_VALUES) for name in user_columns(dataset)]
    groupings = [_in_order(feature) for feature in features]
    activity = Grouping(str(ACTIVITY), USER_SEGMENTS, user_segments(num_events))
    return (*(grouping for grouping in groupings if 2 <= len(grouping.names) <= MOST_VALUES), activity)


def of_users(groupings: Sequence[Grouping], users: np.ndarray) -> list[Grouping]:
    """The groupings of these users, without those that do not separate them."""
    selected = [replace(grouping, codes=grouping.codes[users]) for grouping in groupings]
    return [grouping for grouping in selected if len(np.unique(grouping.codes[grouping.codes != NO_GROUP])) > 1]


def label(column: str) -> str:
    """Display name of a column; one from the user's file stays as it is."""
    return LABELS.get(column, column)


def group_labels(column: str, names: Sequence[str]) -> list[str]:
    """Display names of the groups of a column."""
    if column == GENDER:
        words = gender_names(names)
        return [words.get(name, name) for name in names]
    return [range_name(name) if column in (AGE, ACTIVITY) else name for name in names]


def _column_name(name: str) -> str:
    """A column of the file that is called like one of ours is named apart."""
    return f"{name} (column)" if name in (ACTIVITY, POPULARITY) else name


def _in_order(feature: Feature) -> Grouping:
    """The values of a feature as groups: numbers by size, other values in the order of the feature."""
    names = feature.values[1:]
    order = np.argsort([int(name) for name in names]) if all(map(str.isdecimal, names)) else np.arange(len(names))
    new_codes = np.concatenate([[NO_GROUP], np.argsort(order)])
    return Grouping(_column_name(feature.name), tuple(names[code] for code in order), new_codes[feature.codes])


def item_groups(dataset: Dataset, counts_N: np.ndarray) -> list[ItemGroups]:
    """Group the items by popularity in training, category, and each other column; `counts_N` are training events.

    An item of several categories is split evenly. Categories beyond the MOST_VALUES with the most training events are
    OTHER.
    """
    groups = [_one_hot(str(POPULARITY), ITEM_SEGMENTS, item_segments(counts_N))]
    matrix_NC = category_matrix(dataset.items)
    if matrix_NC is not None:
        groups.append(_category_groups(category_names(dataset.items), matrix_NC, counts_N))
    for name in dataset.items.columns:
        if name in (TITLE, TEXT, CATEGORY) or not is_shared(dataset.items[name]):
            continue
        grouping = _in_order(column_feature(str(name), dataset.items[name], MOST_VALUES))
        if 2 <= len(grouping.names) <= MOST_VALUES:
            codes_N = np.where(grouping.codes == NO_GROUP, len(grouping.names), grouping.codes)
            groups.append(_one_hot(grouping.column, (*grouping.names, NO_VALUE), codes_N))
    return groups


def _category_groups(names: Sequence[str], matrix_NC: np.ndarray, counts_N: np.ndarray) -> ItemGroups:
    shares_NC = matrix_NC / np.maximum(matrix_NC.sum(1, keepdims=True), 1)
    order = np.argsort(-(counts_N @ shares_NC), kind="stable")
    most, rest = order[:MOST_VALUES], order[MOST_VALUES:]
    more_N2 = np.stack([shares_NC[:, rest].sum(1), (matrix_NC.sum(1) == 0).astype(float)], axis=1)
    groups_NG = np.hstack([shares_NC[:, most], more_N2])
    return _nonempty(CATEGORY, [*(names[code] for code in most), OTHER, NO_VALUE], groups_NG)


def _one_hot(column: str, names: Sequence[str], codes_N: np.ndarray) -> ItemGroups:
    return _nonempty(column, names, (codes_N[:, None] == np.arange(len(names))).astype(float))


def _nonempty(column: str, names: Sequence[str], groups_NG: np.ndarray) -> ItemGroups:
    """The groups that have items."""
    groups_NG[PAD] = 0
    has_items = groups_NG.any(0)
    return ItemGroups(column, tuple(np.array(names, dtype=object)[has_items]), groups_NG[:, has_items])
