"""Metrics by segment: for which items, and for whom, is a model good? Pure numbers: no model, no disk.

Items by their training events: rare (1 to 5) and cold (none); of the others, hot are those among the fifth of all
items with a training event that has the most, and the rest are warm. So an item with at most 5 events is never hot,
however few the others have. Users by the number of their training events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.intervals import intervals
from recsys.evaluation.metrics import CUT_OFF, means, metric_keys

ITEM_SEGMENTS = ("hot", "warm", "rare", "cold")
HOT_SHARE, RARE_EVENTS = 0.2, 5
USER_SEGMENTS = ("0", "1", "2-5", "6-20", "more than 20")
USER_BOUNDS = (1, 2, 6, 21)  # the fewest events of each segment but the first


@dataclass(frozen=True)
class Segment:
    """Means over the targets of a segment; `intervals` are 95 % by bootstrap over its users.

    Both are empty without a target; with a single user there is no interval.
    """

    name: str
    num_targets: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def item_segments(item_counts: np.ndarray) -> np.ndarray:
    """[num_items + 1] the place in ITEM_SEGMENTS of each item with so many training events; ties to the lower index."""
    order = np.argsort(-item_counts, kind="stable")
    hot = order[: int(np.ceil(HOT_SHARE * np.count_nonzero(item_counts)))]
    codes = np.full(len(item_counts), ITEM_SEGMENTS.index("warm"))
    codes[hot] = ITEM_SEGMENTS.index("hot")
    codes[item_counts <= RARE_EVENTS] = ITEM_SEGMENTS.index("rare")
    codes[item_counts == 0] = ITEM_SEGMENTS.index("cold")
    return codes


def user_segments(num_events: np.ndarray) -> np.ndarray:
    """[num_users] the place in USER_SEGMENTS of each user with so many training events."""
    return np.searchsorted(USER_BOUNDS, num_events, side="right")


def by_segment(ranks: np.ndarray, places: np.ndarray, names: Sequence[str]) -> tuple[Segment, ...]:
    """One segment for each of `names`: `places` [num_targets] says which the target of each rank belongs to."""
    return tuple(segment(name, ranks[places == code]) for code, name in enumerate(names))


def segment(name: str, ranks: np.ndarray, users: np.ndarray | None = None) -> Segment:
    """The figures of these targets; `users` [num_targets] says whose they are where a user has several."""
    num_users = len(ranks) if users is None else len(np.unique(users))
    metrics = means(ranks, (CUT_OFF,)) if len(ranks) else {}
    spans = intervals(ranks, (CUT_OFF,), users=users) if num_users > 1 else {}
    return Segment(
        name,
        len(ranks),
        {key: metrics[key] for key in metric_keys(CUT_OFF, "key") if key in metrics},
        {key: spans[key] for key in metric_keys(CUT_OFF, "key") if key in spans},
    )
