"""Cold-start users and items of a time split: those that first occur after the cut, counted beside the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.intervals import intervals
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, means, metric_label
from recsys.evaluation.protocol import ranks
from recsys.messages import Message, message, plural
from recsys.sequences.split import SplitName
from recsys.sequences.time_split import iso
from recsys.services.workspace.open_run import OpenRun


@dataclass(frozen=True)
class ColdStart:
    """Of the targets at or after `cut` (ISO date): `num_cold_items` items without a training event, which are the targets
    of `num_cold_targets` of the `num_users` users.

    `scores_cold`: whether the model scores such items; if not, each is a miss. `num_cold_users` users have no event
    before the cut. They are not among the `num_users`; `metrics` with 95 % `intervals` are theirs alone, with an empty
    history, and empty for the validation targets.
    """

    cut: str
    validation_cut: str
    num_users: int
    num_cold_items: int
    num_cold_targets: int
    scores_cold: bool
    num_cold_users: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]

    @property
    def sentence(self) -> Message:
        items = plural("{n:,} of {users:,} held-out items is cold-start", "{n:,} of {users:,} held-out items are cold-start",
                       self.num_cold_targets, users=self.num_users)  # fmt: skip
        if self.num_cold_targets and not self.scores_cold:
            items = message("{items}: misses, since this model uses IDs only", items=items)
        if not self.metrics:
            return message("{items}.", items=items)
        users = plural(
            "{n:,} cold-start user without history, apart from the others: {metric} {value:.3f}",
            "{n:,} cold-start users without history, apart from the others: {metric} {value:.3f}",
            self.num_cold_users,
            metric=metric_label(HEADLINE),
            value=self.metrics[HEADLINE],
        )
        return message("{items}. {users}.", items=items, users=users)


def cold_start(run: OpenRun, cut_offs: Sequence[int], split: SplitName = "test") -> ColdStart | None:
    """Count cold-start items and users, and rank for these users with an empty history; None without a time split."""
    time_cut = run.split.time_cut
    if time_cut is None:
        return None
    targets = run.split.targets(split)
    is_cold = run.split.train.item_counts[targets.items] == 0
    cold_users = time_cut.cold_users if split == "test" else time_cut.cold_users.take(np.empty(0, dtype=np.int64))
    cut_offs = sorted({*cut_offs, CUT_OFF})
    cold_ranks = ranks(run.model, cold_users, run.candidates)
    return ColdStart(
        cut=iso(time_cut.time),
        validation_cut=iso(time_cut.validation),
        num_users=len(targets),
        num_cold_items=len(np.unique(targets.items[is_cold])),
        num_cold_targets=int(is_cold.sum()),
        scores_cold=run.model.scores_cold,
        num_cold_users=len(cold_users),
        metrics=means(cold_ranks, cut_offs) if len(cold_users) else {},
        intervals=intervals(cold_ranks, cut_offs) if len(cold_users) else {},
    )
