"""The members that an attack finds first, and what sets them apart from the other members."""

from __future__ import annotations

import numpy as np

from recsys.evaluation.membership import Fit, user_means
from recsys.runs.attack_record import ExposedUser, Reason
from recsys.services.models.attack_users import Attacked
from recsys.services.workspace.open_run import OpenRun

RARE = 5  # users in training that a rare item has at most
EXPOSED = 20  # users listed
EXTREME = 0.1  # share of the members that stand out: most rare items, best ranks
FEW = 5  # attacked events that are few, where most members have more


def exposed_users(
    run: OpenRun, attacked: Attacked, fit_U: Fit, scores_U: np.ndarray
) -> tuple[tuple[ExposedUser, ...], float, float]:
    """The EXPOSED members with the highest scores [U], with the mean share of rare events and the median rank of members.

    `fit_U` are means over the events of each user.
    """
    is_rare = run.split.train.item_counts[attacked.targets.items] <= RARE
    rare_U = user_means(attacked.targets, is_rare.astype(np.float64), attacked.users)
    ranks_U, counts_U, is_member = np.exp(fit_U.log_ranks), attacked.num_events, attacked.is_member
    members = np.flatnonzero(is_member)
    reasons = _reasons(rare_U[members], counts_U[members], ranks_U[members])
    others = np.sort(scores_U[~is_member])
    best = np.argsort(-scores_U[members], kind="stable")[:EXPOSED]
    exposed = tuple(
        ExposedUser(
            user=str(run.dataset.interactions.user_ids[attacked.users[row]]),
            score=float(scores_U[row]),
            as_high=float(len(others) - np.searchsorted(others, scores_U[row])) / len(others),
            num_events=int(counts_U[row]),
            num_rare=round(rare_U[row] * counts_U[row]),
            rank=float(ranks_U[row]),
            reason=reasons[at],
        )
        for at, row in zip(best.tolist(), members[best].tolist(), strict=True)
    )
    return exposed, float(rare_U[members].mean()), float(np.median(ranks_U[members]))


def _reasons(rare_M: np.ndarray, counts_M: np.ndarray, ranks_M: np.ndarray) -> list[Reason]:
    """What sets each member apart, the first that holds: many rare items, few events, events that the model ranks high."""
    is_rare = (rare_M > 0) & (rare_M >= np.quantile(rare_M, 1 - EXTREME))
    is_few = (counts_M <= FEW) & (counts_M < np.median(counts_M))
    is_fit = (ranks_M <= np.quantile(ranks_M, EXTREME)) & (ranks_M < np.median(ranks_M))
    names: list[Reason] = []
    for rare, few, fit in zip(is_rare, is_few, is_fit, strict=True):
        names.append("rare" if rare else "few" if few else "fit" if fit else "none")
    return names
