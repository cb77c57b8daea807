"""Binary classification metrics for labelled events (liked or clicked): accuracy, log loss, AUC, calibration, CTR.

`labels` [num_events] bool; `probabilities` [num_events] of "yes", from 0 to 1; `scores` [num_events] finite, higher for
"yes"; `users` [num_events] int64, at least 0. At least one event is needed. An undefined metric is None or NaN;
`why_no_auc` gives the reason. No model, no disk access.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.messages import message

CUT = 0.5  # probability from which "yes" is predicted
BINS = 10
EPS = float(np.finfo(np.float64).eps)


def is_right(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Whether each prediction at CUT matches its label, [num_events] bool."""
    return (probabilities >= CUT) == labels


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Compute the share of correct predictions at CUT."""
    return float(is_right(labels, probabilities).mean())


def majority_label(labels: np.ndarray) -> bool:
    """The more frequent label; False ("no") on a tie."""
    return bool(labels.mean() > 0.5)


def base_rate(labels: np.ndarray) -> float:
    """Accuracy of always predicting the majority label: max(p, 1 - p) for a share p of "yes"."""
    share = float(labels.mean())
    return max(share, 1 - share)


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Compute the mean of -log p(label) in nats: -(y log p + (1 - y) log(1 - p)). p is clipped to EPS from 0 and 1."""
    p = np.clip(probabilities.astype(np.float64), EPS, 1 - EPS)
    return float(-np.where(labels, np.log(p), np.log1p(-p)).mean())


def why_no_auc(labels: np.ndarray) -> str | None:
    """Reason why the AUC is undefined, as a sentence; None if it is defined."""
    if labels.all() or not labels.any():
        only_yes = message('All {events:,} events have the label "yes": the AUC needs both labels.')
        only_no = message('All {events:,} events have the label "no": the AUC needs both labels.')
        return (only_yes if labels.any() else only_no).format(events=len(labels))
    return None


def auc(labels: np.ndarray, scores: np.ndarray) -> float | None:
    """Compute the AUC: the probability that a random "yes" scores above a random "no", ties counted half.

    Exact, from mean ranks: (R - n1 (n1 + 1) / 2) / (n1 n0) with R the sum of the ranks of the n1 "yes"
    (Mann & Whitney 1947; Hanley & McNeil 1982). None if all labels are equal.
    """
    value = auc_per_user(np.zeros(len(labels), dtype=np.int64), labels, scores)[0]
    return None if np.isnan(value) else float(value)


def auc_per_user(users: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Compute the AUC within the events of each user, [max(users) + 1]; NaN if a user's labels are all equal."""
    order = np.lexsort((scores, users))
    sorted_users, positive, value = users[order], labels[order].astype(np.float64), scores[order]
    size = np.bincount(sorted_users)
    first = np.cumsum(size) - size  # start of each user's events
    new = np.concatenate([[True], (np.diff(sorted_users) != 0) | (np.diff(value) != 0)])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(sorted_users))
    ranks = ((starts + ends + 1) / 2)[np.cumsum(new) - 1] - first[sorted_users]  # mean rank of ties, from 1
    num_positive = np.bincount(sorted_users, weights=positive)
    pairs = num_positive * (size - num_positive)
    wins = np.bincount(sorted_users, weights=ranks * positive) - num_positive * (num_positive + 1) / 2
    return np.divide(wins, pairs, out=np.full(len(size), np.nan), where=pairs > 0)


@dataclass(frozen=True)
class CalibrationBin:
    """One bin of a reliability curve: mean probability `predicted`, share of "yes" `observed`, `count` events."""

    predicted: float
    observed: float
    count: int


def calibration(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Compute the reliability curve, in bins of equal count as far as ties allow.

    The edges are the quantiles 1/bins, 2/bins … of the probabilities. A probability on an edge falls in the lower bin,
    so events with equal probabilities share a bin. Empty bins are left out.
    """
    bin_of = calibration_bins(probabilities, bins)
    count = np.bincount(bin_of, minlength=bins)
    predicted, observed = (np.bincount(bin_of, weights=x, minlength=bins) for x in (probabilities, labels))
    return tuple(
        CalibrationBin(float(predicted[b] / count[b]), float(observed[b] / count[b]), int(count[b]))
        for b in np.flatnonzero(count)
    )


def calibration_bins(probabilities: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The bin of each event in the reliability curve, [num_events] from 0; a bin may be empty."""
    edges = np.quantile(probabilities, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, probabilities)


def calibration_error(curve: tuple[CalibrationBin, ...]) -> float:
    """Compute the expected calibration error: sum over bins of count / num_events * |observed - predicted|.

    Naeini, Cooper & Hauskrecht (2015), AAAI.
    """
    total = sum(bin.count for bin in curve)
    return sum(bin.count * abs(bin.observed - bin.predicted) for bin in curve) / total


def ctr_at_k(users: np.ndarray, items: np.ndarray, scores: np.ndarray, clicked: np.ndarray, k: int) -> np.ndarray:
    """Compute the click-through rate among the top `k` impressions of each user, [num distinct users], by user index.

    Impressions are ranked by score, ties by the lower item index and then by input order. For users with fewer than `k`
    impressions, all of them count. An item shown twice is two impressions. The mean over users is CTR@K.
    """
    order = np.lexsort((items, -scores, users))
    sorted_users, hits = users[order], clicked[order].astype(np.float64)
    _, starts, user = np.unique(sorted_users, return_index=True, return_inverse=True)
    in_top_k = np.arange(len(sorted_users)) - starts[user] < k
    return np.bincount(user[in_top_k], weights=hits[in_top_k]) / np.bincount(user[in_top_k])
