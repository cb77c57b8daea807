"""Ranking metrics at cut-off K, one held-out item per target. No model, no disk access.

`METRICS` is the registry: tables, charts, the command line and stored runs follow from its entries. Ranks count from 1.
A target that the model cannot score has rank MISS, which every metric must treat as the worst value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.messages import message

MISS = np.iinfo(np.int32).max
NOT_EVALUATED = 0  # in a table of ranks: a user without such a target
CUT_OFFS = (5, 10, 20)
CUT_OFF = 10  # where only one cut-off is shown
HEADLINE = f"ndcg@{CUT_OFF}"  # ranks models on the leaderboard

Prominence = Literal["key", "card", "table"]


@dataclass(frozen=True)
class Metric:
    """One ranking metric. `values(ranks, k)` maps ranks [num_users] to [num_users] float64.

    `prominence` is where it is shown: "key" everywhere, also in narrow tables (leaderboard, segments); "card" on the
    Evaluate page and in full tables; "table" in full tables only.
    """

    name: str
    values: Callable[[np.ndarray, int], np.ndarray]
    label: str
    help: str
    higher_is_better: bool = True
    prominence: Prominence = "card"


def _hits(ranks: np.ndarray, k: int) -> np.ndarray:
    return (ranks <= k).astype(np.float64)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "ndcg",
            lambda ranks, k: _hits(ranks, k) / np.log2(ranks + 1.0),
            "NDCG",
            message("1 / log2(rank + 1) within the top K, else 0 (Järvelin & Kekäläinen 2002)."),
            prominence="key",
        ),
        Metric(
            "hr",
            _hits,
            message("Hit rate"),
            message("Share of users whose held-out item is in the top K."),
            prominence="key",
        ),
        Metric(
            "mrr",
            lambda ranks, k: _hits(ranks, k) / ranks,
            "MRR",
            message("1 / rank within the top K, else 0 (Voorhees 1999)."),
        ),
        Metric(
            "precision",
            lambda ranks, k: _hits(ranks, k) / k,
            message("Precision"),
            message("Share of the top K that is relevant: with one held-out item the hit rate divided by K."),
        ),
        Metric(
            "recall",
            _hits,
            message("Recall"),
            message("Share of relevant items in the top K: with one held-out item the hit rate."),
            prominence="table",
        ),
    )
}


def metric_keys(k: int = CUT_OFF, *prominences: Prominence) -> list[str]:
    """List keys such as "ndcg@10" of the metrics with one of `prominences`, by default of all metrics."""
    return [f"{name}@{k}" for name, metric in METRICS.items() if not prominences or metric.prominence in prominences]


def metric_label(key: str) -> str:
    """Display label of a metric key: "NDCG@10" for "ndcg@10"."""
    name, _, k = key.partition("@")
    return message("{metric}@{k}", metric=METRICS[name].label, k=k)


def metric_help(key: str) -> str:
    """One line of help: the definition of the metric and which direction is better."""
    name, _, k = key.partition("@")
    metric = METRICS[name]
    up, down = message("{help} K = {k}. Higher is better."), message("{help} K = {k}. Lower is better.")
    return (up if metric.higher_is_better else down).format(help=metric.help, k=k)


def per_user(ranks: np.ndarray, cut_offs: Sequence[int] = CUT_OFFS) -> dict[str, np.ndarray]:
    """Compute every metric for each user: `{"ndcg@10": [num_users] float64, …}` for ranks [num_users]."""
    return {f"{name}@{k}": metric.values(ranks, k) for k in cut_offs for name, metric in METRICS.items()}


def evaluated_only(ranks: np.ndarray) -> np.ndarray:
    """Drop the users that were not evaluated."""
    return ranks[ranks != NOT_EVALUATED]


def means(ranks: np.ndarray, cut_offs: Sequence[int] = CUT_OFFS) -> dict[str, float]:
    """Compute the mean of each metric over users."""
    return {name: float(values.mean()) for name, values in per_user(ranks, cut_offs).items()}
