"""Metrics by item and user segment. No model, no disk access.

Items are grouped by training events: cold (none), rare (1 to 5), hot (in the top fifth of all items with a training
event) and warm (the rest). Rare takes precedence over hot, so an item with at most 5 events is never hot. Users are
grouped by their number of training events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.intervals import intervals
from recsys.evaluation.metrics import CUT_OFF, means, metric_keys
from recsys.messages import message

ITEM_SEGMENTS: tuple[str, ...] = (message("hot"), message("warm"), message("rare"), message("cold"))
HOT_SHARE, RARE_EVENTS = 0.2, 5
USER_SEGMENTS: tuple[str, ...] = ("0", "1", "2-5", "6-20", message("more than 20"))
USER_BOUNDS = (1, 2, 6, 21)  # lower bounds of all segments but the first


@dataclass(frozen=True)
class Segment:
    """Mean metrics of a segment and their 95 % bootstrap intervals over users.

    Both are empty without a target. With a single user there are no intervals.
    """

    name: str
    num_targets: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def item_segments(item_counts: np.ndarray) -> np.ndarray:
    """Assign items to ITEM_SEGMENTS by training events, [num_items + 1] codes; ties to the lower index."""
    order = np.argsort(-item_counts, kind="stable")
    hot = order[: int(np.ceil(HOT_SHARE * np.count_nonzero(item_counts)))]
    codes = np.full(len(item_counts), ITEM_SEGMENTS.index("warm"))
    codes[hot] = ITEM_SEGMENTS.index("hot")
    codes[item_counts <= RARE_EVENTS] = ITEM_SEGMENTS.index("rare")
    codes[item_counts == 0] = ITEM_SEGMENTS.index("cold")
    return codes


def user_segments(num_events: np.ndarray) -> np.ndarray:
    """Assign users to USER_SEGMENTS by training events, [num_users] codes."""
    return np.searchsorted(USER_BOUNDS, num_events, side="right")


def by_segment(ranks: np.ndarray, codes: np.ndarray, names: Sequence[str]) -> tuple[Segment, ...]:
    """Compute one segment per name; `codes` [num_targets] is the segment of each target."""
    return tuple(segment(name, ranks[codes == code]) for code, name in enumerate(names))


def segment(name: str, ranks: np.ndarray, users: np.ndarray | None = None) -> Segment:
    """Compute the metrics of one segment; `users` [num_targets] groups the targets of users with several."""
    num_users = len(ranks) if users is None else len(np.unique(users))
    metrics = means(ranks, (CUT_OFF,)) if len(ranks) else {}
    bounds = intervals(ranks, (CUT_OFF,), users=users) if num_users > 1 else {}
    return Segment(
        name,
        len(ranks),
        {key: metrics[key] for key in metric_keys(CUT_OFF, "key") if key in metrics},
        {key: bounds[key] for key in metric_keys(CUT_OFF, "key") if key in bounds},
    )
