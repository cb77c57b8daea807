"""Metrics by segment of users and items, with shortened histories, and on cold-start items.

A leave-one-out test has few users with short histories. So the same users are also evaluated with their history cut
to its newest events, among the same candidates. Models with user vectors then use the unknown-user vector.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recsys.data.interactions import UNKNOWN_USER
from recsys.evaluation.category_popularity import CategoryPopularity, category_codes
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, MISS, per_user
from recsys.evaluation.protocol import ranks
from recsys.evaluation.segments import (
    ITEM_SEGMENTS,
    USER_SEGMENTS,
    Segment,
    by_segment,
    item_segments,
    segment,
    user_segments,
)
from recsys.evaluation.significance import PairedDifference, compare
from recsys.messages import message
from recsys.models.base import PairModel
from recsys.recommend.blend import models_in
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import SplitName
from recsys.services.models.quality import stored_ranks
from recsys.services.workspace.open_run import OpenRun
from recsys.training.trainer import fit

NEWEST = (0, 1, 2, 5, 20)  # lengths of shortened histories, in events
MAX_SHORTENED, SEED = 10_000, 20_240_501  # users evaluated with shortened histories, at most; sampled with this seed
PLAIN, PERSONAL = message("category popularity"), message("category popularity, personal")


@dataclass(frozen=True)
class Cold:
    """Metrics on the `num_items` items held out of training, beside category popularity on the same targets.

    `own` is the run's segment. `baselines` is empty for datasets without categories. `against` compares the run's
    `HEADLINE` with each baseline by name, with Holm-corrected p-values. `can_score` is False for a model that uses
    item ids only, which misses all of them.
    """

    num_items: int
    num_users: int
    can_score: bool
    own: Segment
    baselines: tuple[Segment, ...]
    against: dict[str, PairedDifference]


@dataclass(frozen=True, eq=False)
class ShortHistories:
    """Ranks [S] of the targets `rows` [S] by the number of newest events used, the full history last."""

    rows: np.ndarray
    ranks: dict[str, np.ndarray]


@dataclass(frozen=True)
class Segments:
    """Metrics by segment of the targets' `items` and `users`, and by length of a shortened history.

    `newest` has one segment per number of newest events used, the full history last: of the ranks in `short`. `cold` is None
    where no item was held out of training.
    """

    items: tuple[Segment, ...]
    users: tuple[Segment, ...]
    newest: tuple[Segment, ...]
    cold: Cold | None
    short: ShortHistories = field(repr=False, compare=False)


def segments(run: OpenRun, split: SplitName = "test") -> Segments:
    """Evaluate by segment, ranking once per history length. Raises RecsysError without users to evaluate on."""
    everyone = np.ones(len(stored_ranks(run, split)), dtype=bool)
    return _segments(run, split, everyone, _shortened(run, split), _cold(run) if len(run.split.cold) else None)


def in_slice(run: OpenRun, report: Segments, inside_T: np.ndarray, split: SplitName = "test") -> Segments:
    """Evaluate the targets in a mask [num_targets] from the ranks of a `report` on all; without `cold`."""
    return _segments(run, split, inside_T, report.short, None)


def _segments(
    run: OpenRun, split: SplitName, inside_T: np.ndarray, short: ShortHistories, cold: Cold | None
) -> Segments:
    targets, train, rows = run.split.targets(split), run.split.train, np.flatnonzero(inside_T)
    ranks_of_rows = stored_ranks(run, split)[rows]
    is_inside_S = inside_T[short.rows]
    return Segments(
        items=by_segment(ranks_of_rows, item_segments(train.item_counts)[targets.items[rows]], ITEM_SEGMENTS),
        users=by_segment(ranks_of_rows, user_segments(np.diff(train.offsets)[targets.users[rows]]), USER_SEGMENTS),
        newest=tuple(segment(name, column[is_inside_S]) for name, column in short.ranks.items()),
        cold=cold,
        short=short,
    )


def members(run: OpenRun, view: str, name: str, split: SplitName = "test") -> np.ndarray:
    """Rows of the targets in one segment: `view` is "items" or "users", `name` one of its segments."""
    targets, train = run.split.targets(split), run.split.train
    if view == "items":
        return np.flatnonzero(item_segments(train.item_counts)[targets.items] == ITEM_SEGMENTS.index(name))
    return np.flatnonzero(user_segments(np.diff(train.offsets)[targets.users]) == USER_SEGMENTS.index(name))


def _shortened(run: OpenRun, split: SplitName) -> ShortHistories:
    run_ranks = stored_ranks(run, split)
    rows = np.sort(np.random.default_rng(SEED).permutation(len(run_ranks))[:MAX_SHORTENED])
    targets = run.split.targets(split).take(rows)
    has_user_vectors = any(isinstance(model, PairModel) for model in models_in(run.model))
    unknown_users = np.full(len(targets), UNKNOWN_USER) if has_user_vectors else None
    shortened = {
        str(newest): ranks(run.model, targets, run.candidates, newest=newest, users=unknown_users) for newest in NEWEST
    }
    return ShortHistories(rows, {**shortened, message("all"): run_ranks[rows]})


def _cold(run: OpenRun) -> Cold:
    targets, can_score = run.split.cold, run.model.scores_cold
    cold_ranks = ranks(run.model, targets, run.candidates) if can_score else np.full(len(targets), MISS)
    ranks_by_name = category_ranks(run)
    values = {name: per_user(baseline_ranks, (CUT_OFF,))[HEADLINE] for name, baseline_ranks in ranks_by_name.items()}
    return Cold(
        num_items=len(run.split.cold_items),
        num_users=len(np.unique(targets.users)),
        can_score=can_score,
        own=segment(run.model.title, cold_ranks, targets.users),
        baselines=tuple(segment(name, baseline_ranks, targets.users) for name, baseline_ranks in ranks_by_name.items()),
        against=compare(per_user(cold_ranks, (CUT_OFF,))[HEADLINE], values, targets.users),
    )


def category_ranks(run: OpenRun) -> dict[str, np.ndarray]:
    """Ranks of the cold-start targets by category popularity, plain and personal; empty without categories."""
    codes = category_codes(run.dataset.items)
    if codes is None:
        return {}
    ranks_by_name: dict[str, np.ndarray] = {}
    for name in (PLAIN, PERSONAL):
        model = CategoryPopularity(codes, personal=name == PERSONAL)
        fit(model, run.split)
        ranks_by_name[name] = ranks(model, run.split.cold, Candidates.of(run.split, model.scores_cold))
    return ranks_by_name


def as_json(report: Segments) -> dict[str, Any]:
    """The `segments` object of `evaluate --json`, and `cold` where items were held out."""
    lists = {"items": report.items, "users": report.users, "newest_events": report.newest}
    answer: dict[str, Any] = {"segments": {name: [_row(row) for row in rows] for name, rows in lists.items()}}
    if report.cold is not None:
        cold = report.cold
        comparison = [{"name": name, **vars(difference)} for name, difference in cold.against.items()]
        answer["cold"] = {
            "items": cold.num_items,
            "users": cold.num_users,
            "can_score": cold.can_score,
            **_row(cold.own),
            "baselines": {str(baseline.name): _row(baseline) for baseline in cold.baselines},
            "against": min(comparison, key=lambda row: row["mean"], default=None),
            "comparison": comparison,
        }
    return answer


def _row(row: Segment) -> dict[str, Any]:
    return {"name": row.name, "count": row.num_targets, **row.metrics, "intervals": row.intervals}
