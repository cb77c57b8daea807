"""Fairness of a run: ranking quality and faithfulness by group of users, and exposure by group of items, on the test.

Groups: groupings.py. Statistics: evaluation/group_fairness.py; Holm's correction covers all groups of users, for quality and for
faithfulness separately.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from recsys.evaluation.group_fairness import ColumnMeans, GroupExposure, compare_groups, item_exposure, user_means
from recsys.evaluation.lists import exposure
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, metric_label, per_user
from recsys.services.models.fairness_text import summary
from recsys.services.models.groupings import item_groups, of_users, user_groupings
from recsys.services.models.quality import stored_ranks
from recsys.services.models.run_lists import stored_lists
from recsys.services.models.trust import trust_of
from recsys.services.models.user_lists import MOST
from recsys.services.workspace.open_run import OpenRun


@dataclass(frozen=True)
class ItemColumn:
    """Exposure of the groups of one column of the items."""

    column: str
    groups: tuple[GroupExposure, ...]


@dataclass(frozen=True)
class Fairness:
    """`quality` is the mean of HEADLINE and `faithfulness` that of insertion minus deletion, by column of the users.

    `faithfulness` is None where it was not measured; it covers `num_measured` users with the default method `method`.
    """

    num_users: int
    quality: tuple[ColumnMeans, ...]
    exposure: tuple[ItemColumn, ...]
    faithfulness: tuple[ColumnMeans, ...] | None
    num_measured: int
    method: str


def fairness(run: OpenRun) -> Fairness:
    """Compute fairness from stored ranks, lists and faithfulness. Raises RecsysError without users to evaluate on."""
    groupings = user_groupings(run.dataset, np.diff(run.split.train.offsets))
    users, values = user_means(
        per_user(stored_ranks(run, "test"), (CUT_OFF,))[HEADLINE], run.split.targets("test").users
    )
    measured_users, gains, method = _measured(run)
    return Fairness(
        num_users=len(users),
        quality=compare_groups(values, of_users(groupings, users)),
        exposure=_exposure(run),
        faithfulness=compare_groups(gains, of_users(groupings, measured_users)) if method else None,
        num_measured=len(measured_users),
        method=method,
    )


def members(run: OpenRun, column: str, name: str) -> np.ndarray:
    """Rows of the test targets whose user is in the group `name` of `column`."""
    for grouping in user_groupings(run.dataset, np.diff(run.split.train.offsets)):
        if grouping.column == column and name in grouping.names:
            return np.flatnonzero(grouping.codes[run.split.test.users] == grouping.names.index(name))
    return np.empty(0, dtype=np.int64)


def items_behind(run: OpenRun, column: str, name: str) -> pd.DataFrame:
    """The items of a group, those in most lists first: `item` (id), `title`, training `events` and `in_lists`."""
    counts_N = run.split.train.item_counts
    (groups,) = (groups for groups in item_groups(run.dataset, counts_N) if groups.column == column)
    in_lists_N = exposure(stored_lists(run), run.dataset.interactions.num_items)
    items = np.flatnonzero(groups.shares_NG[:, groups.names.index(name)])
    items = items[np.argsort(-in_lists_N[items], kind="stable")]
    shown = items[:MOST]
    table = pd.DataFrame(
        {
            "item": [str(item_id) for item_id in run.dataset.interactions.item_ids[shown]],
            "title": [run.dataset.title(int(item)) for item in shown],
            "events": counts_N[shown],
            "in_lists": in_lists_N[shown],
        }
    )
    table.attrs["total"] = len(items)
    return table


def _measured(run: OpenRun) -> tuple[np.ndarray, np.ndarray, str]:
    """Users with measured faithfulness, their insertion minus deletion by the default method, and its name."""
    trust = trust_of(run)
    methods = [] if trust is None else [method for method in trust.methods if method.method == trust.usual]
    if trust is None or not methods or not methods[0].undoes_by_user:  # none, or a file of an earlier version
        return np.empty(0, dtype=np.int64), np.empty(0), ""
    users = np.array([run.user(user_id) for user_id in trust.users])
    return users, np.array(methods[0].undoes_by_user) + np.array(methods[0].rebuilds_by_user), trust.usual


def _exposure(run: OpenRun) -> tuple[ItemColumn, ...]:
    lists_TK = stored_lists(run)
    counts_N = run.split.train.item_counts
    return tuple(
        ItemColumn(
            groups.column,
            item_exposure(lists_TK, run.split.test.users, groups.shares_NG, counts_N, groups.names),
        )
        for groups in item_groups(run.dataset, counts_N)
    )


def as_json(report: Fairness) -> dict[str, Any]:
    """The `fairness` object of `evaluate --json`."""
    metric = metric_label(HEADLINE)
    return {
        "metric": HEADLINE,
        "split": "test",
        "num_users": report.num_users,
        "summary": summary(report.quality, metric),
        "quality": [_column_json(column) for column in report.quality],
        "exposure": [
            {"column": column.column, "groups": [_exposure_json(group) for group in column.groups]}
            for column in report.exposure
        ],
        "faithfulness": None if report.faithfulness is None else {
            "method": report.method,
            "num_users": report.num_measured,
            "columns": [_column_json(column) for column in report.faithfulness],
        },
    }  # fmt: skip


def _column_json(column: ColumnMeans) -> dict[str, Any]:
    groups = [asdict(group) | {"is_significant": group.is_significant} for group in column.groups]
    return {"column": column.column, "gap": column.gap, "num_unknown": column.num_unknown, "groups": groups}


def _exposure_json(group: GroupExposure) -> dict[str, Any]:
    derived = ("ratio", "ratio_interval", "difference", "difference_interval")
    return asdict(group) | {name: getattr(group, name) for name in derived}
