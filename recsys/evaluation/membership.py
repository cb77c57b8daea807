"""Membership inference: how well scores of users tell the members of the training data from other users.

The attacks assume that a model fits what it has learnt from better than what it has not: Shokri et al. (2017),
arXiv:1610.05820; Yeom et al. (2018), arXiv:1709.01604 (threshold on the loss); for recommenders Zhang et al. (2021),
arXiv:2109.08045. They know a user's events and the scores of the model, and answer for the user as a whole.

The AUC is the probability that a random member scores higher than a random non-member, ties counting half. An average
over users can hide that a few are identified with certainty, so the true positive rate at few false positives stands
beside it (Carlini et al. 2022, arXiv:2112.03570). Scores: higher means "member".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from recsys.data.interactions import PAD
from recsys.models.base import SCORE_ROWS, PairModel, Recommender
from recsys.sequences.split import Targets

LEVEL = 0.95
CELLS = 16_000_000  # scores computed at a time: bounds memory, not results
Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Fit:
    """How well a model fits events given the events before them, one value per target, float64.

    `losses` are -log softmax over the candidates, in nats; `log_ranks` the natural logarithm of the rank, ties halfway.
    """

    losses: np.ndarray
    log_ranks: np.ndarray


def fit_of(
    model: Recommender,
    targets: Targets,
    *,
    hide_seen: bool,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Fit:
    """Compute how well a model in evaluation mode fits `targets`, among the whole catalogue.

    With `hide_seen` the items of the history are no candidates, as in training and evaluation. Models whose scores are no
    logits go through the same softmax: within one model it only has to order events. `tick` is called with the targets
    done and their number.
    """
    losses, log_ranks = np.empty(len(targets)), np.empty(len(targets))
    lengths = targets.ends - targets.log.offsets[targets.users]
    by = targets.users if isinstance(model, PairModel) else lengths  # similar lengths per batch: less padding
    order = np.argsort(by, kind="stable")
    size = max(1, min(SCORE_ROWS, CELLS // (model.num_items + 1)))
    for first in range(0, len(order), size):
        rows = order[first : first + size]
        histories = [targets.history(row) for row in rows]
        scores_BN = _scores(model, targets, rows, histories)
        items_B1 = torch.from_numpy(targets.items[rows])[:, None]
        allowed_BN = torch.ones_like(scores_BN, dtype=torch.bool)
        for row, history in enumerate(histories if hide_seen else ()):
            allowed_BN[row, torch.from_numpy(history)] = False
        allowed_BN[:, PAD] = False
        allowed_BN.scatter_(1, items_B1, True)
        scores_BN = scores_BN.masked_fill(~allowed_BN, float("-inf"))
        score_B1 = scores_BN.gather(1, items_B1)
        losses[rows] = (torch.logsumexp(scores_BN, 1) - score_B1[:, 0]).numpy()
        ahead_B, tied_B = (scores_BN > score_B1).sum(1), (scores_BN == score_B1).sum(1) - 1
        log_ranks[rows] = torch.log(1 + ahead_B + tied_B / 2).numpy()
        tick(min(first + size, len(order)), len(order))
    return Fit(losses, log_ranks)


def _scores(model: Recommender, targets: Targets, rows: np.ndarray, histories: list[np.ndarray]) -> Tensor:
    """Scores of the catalogue for these rows, [B, N] float64; a `PairModel` reads no history and scores each user once."""
    users = targets.users[rows]
    if not isinstance(model, PairModel):
        return model.scores(histories, users, [targets.ratings(row) for row in rows]).double()
    unique, at = np.unique(users, return_inverse=True)
    no_history = [np.empty(0, dtype=np.int64)] * len(unique)
    return model.scores(no_history, unique).double()[torch.from_numpy(at)]


def user_means(targets: Targets, values: np.ndarray, users: np.ndarray) -> np.ndarray:
    """Compute the mean of `values` [num_targets] for each of `users`, who all have a target."""
    size = targets.log.num_users + 1
    counts = np.bincount(targets.users, minlength=size)[users]
    assert counts.all(), "a user without a target has no mean"
    return np.asarray(np.bincount(targets.users, values, size)[users] / counts)


def calibrated(scores: np.ndarray, shadows_SU: np.ndarray, is_in_SU: np.ndarray) -> np.ndarray:
    """Subtract from each score what models of the same kind give that user, halfway between trained and not trained on.

    `shadows_SU` are the scores of the users by shadow models and `is_in_SU` whether a model was trained on the user; every
    user is in and out at least once. Difficulty calibration of Watson et al. (2022), arXiv:2111.08440, which subtracts the
    mean without the user; halfway is where the likelihood ratio of Carlini et al. (2022) is 1 if both spread alike. Few
    shadow models do not give a spread of each user, so it is left out.
    """
    inside_U, outside_U = (_mean_where(shadows_SU, mask_SU) for mask_SU in (is_in_SU, ~is_in_SU))
    return np.asarray(scores - (inside_U + outside_U) / 2)


def _mean_where(values_SU: np.ndarray, mask_SU: np.ndarray) -> np.ndarray:
    counts_U = mask_SU.sum(0)
    assert counts_U.all(), "every user needs a model with and a model without them"
    return np.asarray((values_SU * mask_SU).sum(0) / counts_U)


def auc(members: np.ndarray, others: np.ndarray) -> tuple[float, Interval]:
    """Compute the AUC of members' scores against others', with its 95 % interval.

    The interval is DeLong et al. (1988), Biometrics 44, 837-845, by the ranks of Sun and Xu (2014). Where the scores
    separate perfectly DeLong's variance is 0; the interval is then Wilson's for as many of as many users as the smaller
    group has.
    """
    num_members, num_others = len(members), len(others)
    assert num_members and num_others, "both groups have users"
    ranks = stats.rankdata(np.concatenate([members, others]))
    of_members = (ranks[:num_members] - stats.rankdata(members)) / num_others  # share of others below each member
    of_others = 1 - (ranks[num_members:] - stats.rankdata(others)) / num_members  # share of members above each other
    area = float(of_members.mean())
    variance = _variance(of_members) / num_members + _variance(of_others) / num_others
    if variance == 0 and area in (0.0, 1.0):
        smaller = min(num_members, num_others)
        bounds = stats.binomtest(round(area * smaller), smaller).proportion_ci(LEVEL, "wilson")
        return area, (float(bounds.low), float(bounds.high))
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * variance**0.5
    return area, (max(0.0, area - half), min(1.0, area + half))


def _variance(values: np.ndarray) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


@dataclass(frozen=True, eq=False)
class Curve:
    """ROC curve: at each threshold, highest first, the shares of others and of members that score at least that much.

    It begins at (0, 0) with an infinite threshold and ends at (1, 1).
    """

    thresholds: np.ndarray
    false_positives: np.ndarray
    true_positives: np.ndarray


def roc(members: np.ndarray, others: np.ndarray) -> Curve:
    """Compute the ROC curve, one point per distinct score."""
    thresholds = np.unique(np.concatenate([members, others]))[::-1]
    false, true = (
        (len(group) - np.searchsorted(np.sort(group), thresholds)) / len(group) for group in (others, members)
    )
    return Curve(np.concatenate([[np.inf], thresholds]), np.concatenate([[0], false]), np.concatenate([[0], true]))


def true_positive_rate(curve: Curve, false_positives: float) -> float:
    """Largest share of members found with at most this share of false positives."""
    return float(curve.true_positives[curve.false_positives <= false_positives + 1e-12].max())
