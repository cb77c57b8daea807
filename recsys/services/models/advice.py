"""Which model to take: the best on validation, and the smallest one that is not significantly worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.significance import ALPHA, sign_flip_p
from recsys.services.models.standings import Standing, ndcg_by_split
from recsys.services.workspace import Workspace

MUCH_SMALLER = 0.8  # of the size of the best model: a model below it is worth naming
OBVIOUS = 5.0  # standard errors from which on a difference needs no permutation test


@dataclass(frozen=True)
class Advice:
    """The best run on validation, and the smallest one that is not significantly worse, with the p of the difference."""

    best: Standing
    smaller: Standing | None
    p: float
    times_smaller: float


def advise(workspace: Workspace, standings: Sequence[Standing]) -> Advice | None:
    """Choose among the comparable runs at the top of the leaderboard; None if none is evaluated."""
    ranked = [standing for standing in standings if standing.run.is_whole and standing.score("validation")]
    if not ranked:
        return None
    best = ranked[0]
    size = best.measured.num_bytes
    if size is None:
        return Advice(best, None, 1.0, 1.0)
    rivals = [
        standing
        for standing in ranked[1:]
        if standing.protocol == best.protocol and 0 < (standing.measured.num_bytes or 0) < MUCH_SMALLER * size
    ]
    for rival in sorted(rivals, key=lambda standing: standing.measured.num_bytes or 0):
        p = _p_of_difference(workspace, best.run.run_id, rival.run.run_id)
        if p > ALPHA:
            return Advice(best, rival, p, size / (rival.measured.num_bytes or 1))
    return Advice(best, None, 1.0, 1.0)


def _p_of_difference(workspace: Workspace, first: str, second: str) -> float:
    """Two-sided p of the paired difference of validation NDCG@10; 0 where it is obvious."""
    values = [ndcg_by_split(workspace, run_id)["validation"] for run_id in (first, second)]
    if len(values[0]) != len(values[1]):
        return 0.0  # evaluated on different users
    change = values[0] - values[1]
    error = change.std() / np.sqrt(len(change))
    return 0.0 if abs(change.mean()) > OBVIOUS * error else sign_flip_p(change)
