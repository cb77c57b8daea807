"""Deterministic search for blend weights with the best validation NDCG@10.

Little is needed per user. An item that every part ranks above the target is above it in every blend; an item that no
part ranks above it never is. Only the other items depend on the weights. A user with ten items always above the target
has NDCG 0 for any weights. So each part scores every user once, and a set of weights is evaluated in milliseconds.
Ties go to the lower item index, as everywhere.

The search tries all weights in steps of a fifth, single parts first. It then moves a tenth, a twentieth, a fiftieth and
a hundredth from one part to another for as long as that helps. The best single part is among the starting points, so
the result is never worse; of equal weights the first is kept. Shapes: P parts, B users in a batch, N = num_items + 1,
M (user, item) pairs that depend on the weights, U users whose target can be in the top 10.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.models.base import SCORE_ROWS, Recommender
from recsys.recommend.blend import standardised
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Targets

CUT_OFF = 10
UNITS = 100  # weights are whole hundredths, so that they sum to exactly 1
GRID, MOVES = 20, (10, 5, 2, 1)  # in units
MAX_USERS, SEED = 10_000, 20_240_501  # at most this many users, in an order drawn with this seed
CELLS = 100_000_000  # most numbers kept, 800 MB; further users are left out
ROW_CELLS = 8_000_000  # scores per batch over all parts


@dataclass(frozen=True, eq=False)
class Contest:
    """Items ranked above the targets of `num_users` users, for any weights and depending on them.

    `always_U`: number of items that every part ranks above the target. `lead_MP` float64: score lead of an item over
    the target of `user_M` (0..U-1) in each part, above 0 if the item is ahead. `lower_M`: whether the item wins a tie.
    """

    num_users: int
    always_U: np.ndarray
    user_M: np.ndarray
    lead_MP: np.ndarray
    lower_M: np.ndarray

    def ndcg(self, weights_P: np.ndarray) -> float:
        """Mean NDCG@10 of the blend with these weights."""
        lead_M = self.lead_MP @ weights_P
        is_before_M = (lead_M > 0) | ((lead_M == 0) & self.lower_M)
        ranks_U = 1 + self.always_U + np.bincount(self.user_M[is_before_M], minlength=len(self.always_U))
        return float((1 / np.log2(ranks_U[ranks_U <= CUT_OFF] + 1.0)).sum() / self.num_users)


def contest(
    models: Sequence[Recommender],
    targets: Targets,
    candidates: Candidates,
    tick: Callable[[int], None] = lambda done: None,
) -> Contest:
    """Score the users of `targets` once with each model; `tick` is called with the number of users done."""
    order = np.random.default_rng(SEED).permutation(len(targets))[:MAX_USERS]
    rows = max(1, min(SCORE_ROWS, ROW_CELLS // (len(models) * (models[0].num_items + 1))))
    scorable_N = torch.from_numpy(candidates.scorable)
    always, users, leads, lowers = [], [], [np.empty((0, len(models)))], []
    num_users = num_kept = num_cells = 0
    for start in range(0, len(order), rows):
        if num_cells >= CELLS:
            break
        batch = order[start : start + rows]
        histories, ratings = [targets.history(row) for row in batch], [targets.ratings(row) for row in batch]
        users_B = targets.users[batch]
        z_PBN = torch.stack([standardised(m.scores(histories, users_B, ratings), scorable_N) for m in models])
        allowed_BN = torch.from_numpy(candidates.mask(histories))
        always_K, user_M, lead_MP, lower_M = _undecided(z_PBN, torch.from_numpy(targets.items[batch]), allowed_BN)
        always.append(always_K)
        users.append(user_M + num_kept)
        leads.append(lead_MP)
        lowers.append(lower_M)
        num_users, num_kept, num_cells = num_users + len(batch), num_kept + len(always_K), num_cells + lead_MP.size
        tick(num_users)
    empty = np.empty(0, dtype=np.int64)
    return Contest(
        num_users,
        np.concatenate([empty, *always]),
        np.concatenate([empty, *users]),
        np.concatenate(leads),
        np.concatenate([empty.astype(bool), *lowers]),
    )


def _undecided(
    z_PBN: Tensor, targets_B: Tensor, allowed_BN: Tensor
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(always_K, user_M, lead_MP, lower_M) of a batch: K users whose target can be in the top 10, from 0."""
    index_BP1 = targets_B.expand(len(z_PBN), -1)[..., None]
    lead_PBN = z_PBN - z_PBN.gather(2, index_BP1)
    lower_BN = torch.arange(z_PBN.shape[2]) < targets_B[:, None]
    is_before_PBN = (lead_PBN > 0) | ((lead_PBN == 0) & lower_BN)
    always_BN = is_before_PBN.all(0) & allowed_BN
    always_B = always_BN.sum(1)
    counts_B = (always_B < CUT_OFF) & allowed_BN.gather(1, targets_B[:, None])[:, 0]
    open_BN = is_before_PBN.any(0) & ~always_BN & allowed_BN & counts_B[:, None]
    row_B = counts_B.cumsum(0) - 1
    user_M, item_M = open_BN.nonzero(as_tuple=True)
    return (
        always_B[counts_B].numpy(),
        row_B[user_M].numpy(),
        lead_PBN[:, user_M, item_M].T.contiguous().numpy(),
        lower_BN[user_M, item_M].numpy(),
    )


def best_weights(figure: Callable[[np.ndarray], float], num_parts: int) -> np.ndarray:
    """[num_parts] weights in hundredths, at least 0 and summing to 1, that maximise `figure` (see above)."""

    def value(units_P: np.ndarray) -> float:
        return figure(units_P / UNITS)

    steps = np.eye(num_parts, dtype=np.int64)
    grid = (np.array(units) for units in itertools.product(range(0, UNITS, GRID), repeat=num_parts))
    best = max([*(UNITS * steps), *(units for units in grid if units.sum() == UNITS)], key=value)  # the first of equals
    for move in MOVES:
        while True:
            pairs = itertools.permutations(range(num_parts), 2)
            moved = [best + move * (steps[to] - steps[of]) for of, to in pairs if best[of] >= move]
            better = max([best, *moved], key=value)
            if better is best:
                break
            best = better
    return best / UNITS
