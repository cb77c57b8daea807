"""For whom, and for which items, a run is good: figures by segment, with short histories, and on items held out.

How a model does for users with few events can hardly be read off a leave-one-out test, in which few such users are. So
the same users are asked for again with their history cut to its newest events, among the same candidates; a model that
knows trained users is then told of no user.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from recsys.models.base import PairModel
from recsys.recommend.blend import models_in
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import SplitName
from recsys.services.models.quality import stored_ranks
from recsys.services.workspace.open_run import OpenRun
from recsys.training.trainer import fit

NEWEST = (0, 1, 2, 5, 20)  # events that a shortened history keeps
MAX_SHORTENED, SEED = 10_000, 20_240_501  # users asked again at most, drawn with this seed
PLAIN, PERSONAL = "category popularity", "category popularity, personal"


@dataclass(frozen=True)
class Cold:
    """How a run ranks the `num_items` items that it never met, beside category popularity, on the same targets.

    `baselines` is empty for data without categories. `against` compares the run's `HEADLINE` with each baseline, by
    name, corrected for their number. `can_score` is False for a model of ids, which misses all.
    """

    num_items: int
    num_users: int
    can_score: bool
    own: Segment
    baselines: tuple[Segment, ...]
    against: dict[str, PairedDifference]


@dataclass(frozen=True)
class Segments:
    """`items`, `users`: the targets by segment; `newest`: the same users by how many of their newest events are read,
    the whole history last; `cold`: None where no item was held out."""

    items: tuple[Segment, ...]
    users: tuple[Segment, ...]
    newest: tuple[Segment, ...]
    cold: Cold | None


def segments(run: OpenRun, split: SplitName = "test") -> Segments:
    """Ranks the targets again, once for each length of history. Raises RecsysError where there is nobody to ask for."""
    ranks_of_run, targets, train = stored_ranks(run, split), run.split.targets(split), run.split.train
    return Segments(
        items=by_segment(ranks_of_run, item_segments(train.item_counts)[targets.items], ITEM_SEGMENTS),
        users=by_segment(ranks_of_run, user_segments(np.diff(train.offsets)[targets.users]), USER_SEGMENTS),
        newest=_by_newest(run, ranks_of_run, split),
        cold=_cold(run) if len(run.split.cold) else None,
    )


def _by_newest(run: OpenRun, ranks_of_run: np.ndarray, split: SplitName) -> tuple[Segment, ...]:
    rows = np.sort(np.random.default_rng(SEED).permutation(len(ranks_of_run))[:MAX_SHORTENED])
    targets = run.split.targets(split).take(rows)
    knows_users = any(isinstance(model, PairModel) for model in models_in(run.model))
    nobody = np.full(len(targets), UNKNOWN_USER) if knows_users else None
    short = (
        segment(str(newest), ranks(run.model, targets, run.candidates, newest=newest, users=nobody))
        for newest in NEWEST
    )
    return (*short, segment("all", ranks_of_run[rows]))


def _cold(run: OpenRun) -> Cold:
    targets, can_score = run.split.cold, run.model.scores_cold
    cold_ranks = ranks(run.model, targets, run.candidates) if can_score else np.full(len(targets), MISS)
    ranks_by_name = category_ranks(run)
    values = {name: per_user(theirs, (CUT_OFF,))[HEADLINE] for name, theirs in ranks_by_name.items()}
    return Cold(
        num_items=len(run.split.cold_items),
        num_users=len(np.unique(targets.users)),
        can_score=can_score,
        own=segment(run.model.title, cold_ranks, targets.users),
        baselines=tuple(segment(name, theirs, targets.users) for name, theirs in ranks_by_name.items()),
        against=compare(per_user(cold_ranks, (CUT_OFF,))[HEADLINE], values, targets.users),
    )


def category_ranks(run: OpenRun) -> dict[str, np.ndarray]:
    """Ranks of the cold targets by category popularity, plain and personal; none for data without categories."""
    codes = category_codes(run.dataset.items)
    if codes is None:
        return {}
    ranks_by_name = {}
    for name in (PLAIN, PERSONAL):
        model = CategoryPopularity(codes, personal=name == PERSONAL)
        fit(model, run.split)
        ranks_by_name[name] = ranks(model, run.split.cold, Candidates.of(run.split, model.scores_cold))
    return ranks_by_name


def as_json(report: Segments) -> dict[str, Any]:
    """`segments`, and `cold` where items were held out, for `evaluate --json`."""
    lists = {"items": report.items, "users": report.users, "newest_events": report.newest}
    answer: dict[str, Any] = {
        "segments": {name: [_row(segment_of) for segment_of in rows] for name, rows in lists.items()}
    }
    if report.cold is not None:
        cold = report.cold
        comparison = [{"name": name, **vars(segment_of)} for name, segment_of in cold.against.items()]
        answer["cold"] = {
            "items": cold.num_items,
            "users": cold.num_users,
            "can_score": cold.can_score,
            **_row(cold.own),
            "baselines": {segment_of.name: _row(segment_of) for segment_of in cold.baselines},
            "against": min(comparison, key=lambda row: row["mean"], default=None),
            "comparison": comparison,
        }
    return answer


def _row(segment_of: Segment) -> dict[str, Any]:
    return {
        "name": segment_of.name,
        "count": segment_of.num_targets,
        **segment_of.metrics,
        "intervals": segment_of.intervals,
    }
