"""How well scores tell yes from no, where every event has a label: was it liked, was it clicked? Pure numbers.

`labels` [num_events] bool, `probabilities` [num_events] of "yes", from 0 to 1; `scores` [num_events] any finite numbers,
higher for "yes". `users` [num_events] int64, at least 0. Where a number cannot be had it is None, and `why_no_auc` says
why. At least one event is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CUT = 0.5  # a probability of at least this says "yes"
BINS = 10
EPS = float(np.finfo(np.float64).eps)


def is_right(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """[num_events] bool: whether "yes" was said of a yes, "no" of a no."""
    return (probabilities >= CUT) == labels


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The share of events where saying "yes" from CUT on is right."""
    return float(is_right(labels, probabilities).mean())


def commoner(labels: np.ndarray) -> bool:
    """The label that more events have; "no" where both are as common."""
    return bool(labels.mean() > 0.5)


def base_rate(labels: np.ndarray) -> float:
    """The accuracy of always saying the commoner label: max(p, 1 - p) for a share p of "yes"."""
    share = float(labels.mean())
    return max(share, 1 - share)


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean of -log p(label), in nats: -(y log p + (1 - y) log(1 - p)). p is kept EPS away from 0 and 1."""
    p = np.clip(probabilities.astype(np.float64), EPS, 1 - EPS)
    return float(-np.where(labels, np.log(p), np.log1p(-p)).mean())


def why_no_auc(labels: np.ndarray) -> str | None:
    """Why no AUC can be had, in words; None where it can."""
    if labels.all() or not labels.any():
        return f'All {len(labels):,} events have the label "{"yes" if labels.any() else "no"}": nothing to tell apart.'
    return None


def auc(labels: np.ndarray, scores: np.ndarray) -> float | None:
    """The chance that a random "yes" has a higher score than a random "no", ties counted half.

    Exact, from mean ranks: (R - n1 (n1 + 1) / 2) / (n1 n0) with R the sum of the ranks of the n1 "yes"
    (Mann & Whitney 1947; Hanley & McNeil 1982). None where all labels are the same.
    """
    value = auc_per_user(np.zeros(len(labels), dtype=np.int64), labels, scores)[0]
    return None if np.isnan(value) else float(value)


def auc_per_user(users: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """[max(users) + 1] the AUC within each user's own events; NaN for users whose labels are all the same."""
    order = np.lexsort((scores, users))
    whose, yes, value = users[order], labels[order].astype(np.float64), scores[order]
    size = np.bincount(whose)
    first = np.cumsum(size) - size  # where each user's events begin
    new = np.concatenate([[True], (np.diff(whose) != 0) | (np.diff(value) != 0)])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(whose))
    ranks = ((starts + ends + 1) / 2)[np.cumsum(new) - 1] - first[whose]  # mean rank of the tied, from 1
    num_yes = np.bincount(whose, weights=yes)
    pairs = num_yes * (size - num_yes)
    above = np.bincount(whose, weights=ranks * yes) - num_yes * (num_yes + 1) / 2
    return np.divide(above, pairs, out=np.full(len(size), np.nan), where=pairs > 0)


@dataclass(frozen=True)
class CalibrationBin:
    """`count` events with a mean probability of `predicted`, of which the share `observed` is "yes"."""

    predicted: float
    observed: float
    count: int


def calibration(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """The reliability curve: events by probability, in bins of equal count as far as ties allow.

    The edges are the quantiles 1/bins, 2/bins …; a probability on an edge is in the bin below, so that events of one
    probability are in one bin. Bins without an event are left out.
    """
    edges = np.quantile(probabilities, np.linspace(0, 1, bins + 1)[1:-1])
    bin_of = np.searchsorted(edges, probabilities)
    count = np.bincount(bin_of, minlength=bins)
    predicted, observed = (np.bincount(bin_of, weights=x, minlength=bins) for x in (probabilities, labels))
    return tuple(
        CalibrationBin(float(predicted[b] / count[b]), float(observed[b] / count[b]), int(count[b]))
        for b in np.flatnonzero(count)
    )


def calibration_error(curve: tuple[CalibrationBin, ...]) -> float:
    """Expected calibration error: sum over bins of count / num_events * |observed - predicted|
    (Naeini, Cooper & Hauskrecht 2015, AAAI)."""
    total = sum(bin.count for bin in curve)
    return sum(bin.count * abs(bin.observed - bin.predicted) for bin in curve) / total


def ctr_at_k(users: np.ndarray, items: np.ndarray, scores: np.ndarray, clicked: np.ndarray, k: int) -> np.ndarray:
    """[number of different users] the click-through rate among the first `k` impressions of each, users in order.

    For each user with impressions the impressed items are ordered by the model's score, ties by the lower item index
    and then as they stand, and the share of clicked ones among the first `k` is taken; a user with fewer than `k`
    impressions has all of them counted. An item that was shown twice is two impressions. The mean over users is CTR@K.
    """
    order = np.lexsort((items, -scores, users))
    whose, hit = users[order], clicked[order].astype(np.float64)
    _, starts, user = np.unique(whose, return_index=True, return_inverse=True)
    among = np.arange(len(whose)) - starts[user] < k
    return np.bincount(user[among], weights=hit[among]) / np.bincount(user[among])
