"""Importance of settings for a score, over the runs of a sweep. No model, no disk access.

Spearman's rank correlation between the values of a setting and the scores, beside what chance gives: the 95th percentile
of its absolute value when the scores are shuffled between the runs (a permutation test, Good 2005). Rough on purpose: with
12 runs chance alone reaches about 0.58, so only strong effects show; a setting whose best value is in the middle, or that
matters only together with another, is missed; and no correction is made for the number of settings. fANOVA (Hutter et al.
2014) sees such effects, and needs many more runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.evaluation.intervals import SEED

MIN_RUNS = 5  # with 4 runs a perfect order happens by chance in 1 of 12 shuffles
DRAWS = 2_000
PERCENTILE = 95
TOLERANCE = 1e-9  # equal sums of ranks in another order count as equal


@dataclass(frozen=True)
class Importance:
    """Spearman correlation of a setting with the score, -1 to 1, and the absolute value that chance reaches in 1 of 20."""

    correlation: float
    chance: float

    @property
    def is_beyond_chance(self) -> bool:
        return abs(self.correlation) > self.chance + TOLERANCE


def setting_importance(settings: Mapping[str, Sequence[float]], scores: Sequence[float]) -> dict[str, Importance]:
    """Importance of each setting (name -> its value in each run), strongest first.

    Empty with fewer than MIN_RUNS scores or if all scores are equal; without the settings that have a single value.
    """
    score_ranks_R = _centred_ranks(scores)
    if len(scores) < MIN_RUNS or not score_ranks_R.any():
        return {}
    shuffled_DR = np.random.default_rng(SEED).permuted(np.tile(score_ranks_R, (DRAWS, 1)), axis=1)
    measured = {}
    for name, values in settings.items():
        ranks_R = _centred_ranks(values)
        if not ranks_R.any():
            continue
        norm = np.linalg.norm(ranks_R) * np.linalg.norm(score_ranks_R)
        by_chance_D = np.abs(shuffled_DR @ ranks_R) / norm
        measured[name] = Importance(
            float(ranks_R @ score_ranks_R / norm), float(np.percentile(by_chance_D, PERCENTILE))
        )
    return dict(sorted(measured.items(), key=lambda item: -abs(item[1].correlation)))


def _centred_ranks(values: Sequence[float]) -> np.ndarray:
    """Ranks [num_runs] around zero; equal values share their mean rank."""
    ranks = pd.Series(values, dtype=np.float64).rank().to_numpy()
    return ranks - (len(ranks) + 1) / 2
