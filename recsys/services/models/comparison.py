"""Comparison of runs: settings, learning curves, test metrics, and overlap of their lists.

Metrics and lists are comparable only on the same dataset with the same held-out items; see `why_not_comparable`. Runs
that predict the next event and runs that predict a liked one share their test events, but the latter skip users whose
event was not liked. They are compared over the users that all of them are evaluated on.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from recsys.evaluation.metrics import (
    CUT_OFF,
    CUT_OFFS,
    HEADLINE,
    NOT_EVALUATED,
    evaluated_only,
    means,
    metric_keys,
    metric_label,
    per_user,
)
from recsys.evaluation.significance import PairedDifference, compare, corrected
from recsys.messages import NO_TEXT, Message, message
from recsys.services.models.leaderboard import RunSummary
from recsys.services.train.job_list import progress
from recsys.services.workspace import Workspace

if TYPE_CHECKING:
    from recsys.services.workspace.open_run import OpenRun

MAX_COMPARED = 6  # the number of colour-blind-safe colours
SAMPLE = 200  # users whose lists are compared
ABSENT, NOT_AVAILABLE = "–", message("n/a")


def why_not_comparable(chosen: Sequence[RunSummary]) -> Message:
    """Why metrics of these runs are not comparable; "" if they are."""
    names = {run.dataset_id: f"{run.dataset_name} ({run.dataset_id[:6]})" for run in chosen}
    shares = dict.fromkeys(f"{run.cold_share:.4g}" for run in chosen)
    if len(names) > 1:
        text = message("These runs were measured on different datasets: {datasets}. Their figures cannot be compared.")
        return text.format(datasets=", ".join(names.values()))
    if len(shares) > 1:
        text = message(
            "These runs held different shares of the items out of training: {shares}. Their figures cannot be compared."
        )
        return text.format(shares=", ".join(shares))
    users = dict.fromkeys(f"{run.held_out_users:.4g}" for run in chosen)
    if len(users) > 1:
        text = message("These runs held out different shares of the users: {shares}. Their figures cannot be compared.")
        return text.format(shares=", ".join(users))
    protocols = dict.fromkeys(run.protocol for run in chosen)
    if len(protocols) > 1:
        text = message(
            "These runs were evaluated by different protocols: {protocols}. Their figures cannot be compared."
        )
        return text.format(protocols=message(", ").join(protocols))
    return NO_TEXT


def have_different_targets(chosen: Sequence[RunSummary]) -> bool:
    return len({run.liked_from for run in chosen}) > 1


def settings(chosen: Sequence[RunSummary]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """(settings that differ, settings that all runs share), each as setting -> one value per run."""
    configs: list[dict[str, Any]] = [
        {
            message("Model"): run.title,
            message("Dataset"): run.dataset_name,
            message("Seed"): run.seed,
            message("Device"): run.device or ABSENT,
            message("Items held out (share)"): f"{run.cold_share:.4g}",
            message("Users held out (share)"): f"{run.held_out_users:.4g}",
            message("Predicts"): run.target,
            message("Protocol"): run.protocol,
            **run.all_settings,
        }
        for run in chosen
    ]
    names = dict.fromkeys(name for values in configs for name in values)
    rows = {name: [_shown(values.get(name, ABSENT)) for values in configs] for name in names}
    differ = {name: values for name, values in rows.items() if len(set(values)) > 1}
    return differ, {name: values for name, values in rows.items() if name not in differ}


def _shown(value: object) -> str:
    return value if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Curve:
    """Training loss and validation NDCG@10 by epoch; NDCG is None without users to evaluate on."""

    epochs: tuple[int, ...]
    loss: tuple[float, ...]
    ndcg: tuple[float | None, ...]


def curves(workspace: Workspace, chosen: Sequence[RunSummary]) -> dict[str, Curve]:
    """Run id -> learning curve; models without epochs have none."""
    curves_by_run = {}
    for run in chosen:
        lines = progress(workspace, run.run_id).epochs_done
        if lines:
            epochs, loss, ndcg = (tuple(line[name] for line in lines) for name in ("epoch", "loss", "ndcg"))
            curves_by_run[run.run_id] = Curve(epochs, loss, ndcg)
    return curves_by_run


@dataclass(frozen=True)
class Difference:
    """`HEADLINE` of a run less that of the first run, over the `num_users` evaluated in both."""

    paired: PairedDifference
    num_users: int


def differences(
    workspace: Workspace, chosen: Sequence[RunSummary], users: np.ndarray | None = None
) -> dict[str, Difference]:
    """Run id -> paired difference to the first run, with p-values corrected for the number of runs.

    `users`: indices of the users to compare on, None for all. Leaves out runs without ranks, or without users in common
    with the first.
    """
    paired: dict[str, PairedDifference] = {}
    num_users: dict[str, int] = {}
    for run in chosen[1:]:
        ranks = _shared_ranks(workspace, [chosen[0], run], users)
        if ranks is None:
            continue
        first, other = (per_user(column, [CUT_OFF])[HEADLINE] for column in ranks.to_numpy().T)
        paired[run.run_id] = compare(other, {"first": first})["first"]
        num_users[run.run_id] = len(ranks)
    return {run_id: Difference(pair, num_users[run_id]) for run_id, pair in corrected(paired).items()}


def compared_metrics() -> list[str]:
    """Keys of the metrics in the table: all at CUT_OFF, then the headline metric at the other cut-offs."""
    name = HEADLINE.partition("@")[0]
    return [*metric_keys(CUT_OFF), *(f"{name}@{k}" for k in CUT_OFFS if k != CUT_OFF)]


def metric_table(metrics: Sequence[dict[str, float]]) -> dict[str, list[str]]:
    """Metric label -> one formatted value per run, "n/a" without a value."""
    return {
        metric_label(key): [f"{of_run[key]:.3f}" if key in of_run else NOT_AVAILABLE for of_run in metrics]
        for key in compared_metrics()
    }


def metric_differences(first: dict[str, float], second: dict[str, float]) -> dict[str, str]:
    """Metric label -> the second value minus the first, for the metrics that both have."""
    return {
        metric_label(key): f"{second[key] - first[key]:+.3f}".replace("-", "−")
        for key in compared_metrics()
        if key in first and key in second
    }


def metrics_of(workspace: Workspace, run: RunSummary) -> dict[str, float]:
    """Stored test metrics of a run; metrics missing in runs of older versions are computed from the ranks per user."""
    stored = run.metrics or {}
    if all(key in stored for key in compared_metrics()):
        return stored
    frame = workspace.runs.open(run.run_id).load_ranks()
    ranks = evaluated_only(frame["test"].to_numpy()) if frame is not None else np.array([], dtype=np.int64)
    return means(ranks) | stored if len(ranks) else stored


def shared_metrics(workspace: Workspace, chosen: Sequence[RunSummary]) -> tuple[list[dict[str, float]], int]:
    """(test metrics of each run over the users evaluated in all of them, number of these users).

    Empty metrics and 0 if a run has no ranks yet, or there is no such user.
    """
    ranks = _shared_ranks(workspace, chosen)
    if ranks is None:
        return [{} for _ in chosen], 0
    return [means(column) for column in ranks.to_numpy().T], len(ranks)


def _shared_ranks(
    workspace: Workspace, chosen: Sequence[RunSummary], users: np.ndarray | None = None
) -> pd.DataFrame | None:
    """Test ranks: one row per user evaluated in all runs, one column per run; None if there is no such user.

    `users`: indices of the users to keep, None for all.
    """
    frames = [workspace.runs.open(run.run_id).load_ranks() for run in chosen]
    columns = []
    for frame in frames:
        if frame is None:
            return None
        ranks = frame.set_index("user")["test"]
        columns.append(ranks[ranks != NOT_EVALUATED])
    shared = pd.concat(columns, axis=1, join="inner")
    if users is not None:
        shared = shared[shared.index.isin(users)]
    return shared if len(shared) else None


@dataclass(frozen=True, eq=False)
class Changes:
    """Test ranks of two runs for the same `users`; `gains` [num_users] is the NDCG@10 of the second less the first."""

    users: np.ndarray
    first: np.ndarray
    second: np.ndarray
    gains: np.ndarray

    def rows(self, group: str) -> np.ndarray:
        """Rows of the users that gain with the second run, or lose, or of the others: the largest change of the metric
        first, of equal ones the largest change of the rank."""
        if group == "same":
            return np.flatnonzero(self.gains == 0)
        signed = self.gains if group == "gain" else -self.gains
        by_rank = np.abs(np.log(self.first) - np.log(self.second))
        order = np.lexsort((-by_rank, -signed))
        return order[signed[order] > 0]


def changes(
    workspace: Workspace, first: RunSummary, second: RunSummary, users: np.ndarray | None = None
) -> Changes | None:
    """Who gains and who loses, of these users or of all; None where no user is evaluated in both."""
    ranks = _shared_ranks(workspace, [first, second], users)
    if ranks is None:
        return None
    before, after = ranks.to_numpy().T
    values = [per_user(column, [CUT_OFF])[HEADLINE] for column in (before, after)]
    return Changes(ranks.index.to_numpy(), before, after, values[1] - values[0])


@dataclass(frozen=True)
class Overlap:
    """Overlap of the top K of two runs: means over users of the Jaccard index and of the number of shared items."""

    first: str
    second: str
    jaccard: float
    shared: float
    num_users: int


def overlaps(runs: Sequence[OpenRun], k: int = 10, sample: int = SAMPLE) -> list[Overlap]:
    """Overlap of every pair of runs on one dataset, over all users or a sample with a fixed seed.

    Leaves out users without recommendations from both runs.
    """
    from recsys.recommend.topk import recommend_all  # imported here: the rest of the module does not need torch

    log = runs[0].dataset.interactions
    assert len({run.dataset.dataset_id for run in runs}) == 1, "lists of different catalogues share nothing"
    users = np.arange(1, log.num_users + 1)
    if len(users) > sample:
        users = np.sort(np.random.default_rng(0).choice(users, sample, replace=False))
    lists = {
        run.record.run_id: [
            {item.item for item in recommendations}
            for _, recommendations in recommend_all(run.model, log, run.candidates, k, users)
        ]
        for run in runs
    }
    result = []
    for first, second in itertools.combinations(lists, 2):
        pairs = [(a, b) for a, b in zip(lists[first], lists[second], strict=True) if a | b]
        shared = [len(a & b) for a, b in pairs]
        jaccard = [len(a & b) / len(a | b) for a, b in pairs]
        if pairs:
            result.append(Overlap(first, second, float(np.mean(jaccard)), float(np.mean(shared)), len(pairs)))
    return result
