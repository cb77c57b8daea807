"""Runs beside each other: settings, curves, test metrics, and how alike their lists are.

Metrics and lists are comparable only on the same dataset with the same items held out: `why_not_comparable` says so.
Runs that recommend what comes next and runs that recommend what will be liked are asked for the same events by place, only
the latter not by every user: they are compared over the users whom all of them were asked about.
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
from recsys.services.models.leaderboard import RunSummary
from recsys.services.train.job_list import progress
from recsys.services.workspace import Workspace

if TYPE_CHECKING:
    from recsys.services.workspace.open_run import OpenRun

MAX_COMPARED = 6  # as many as there are colours that everybody can tell apart
SAMPLE = 200  # users whose lists are compared
ABSENT, NOT_AVAILABLE = "–", "n/a"


def why_not_comparable(chosen: Sequence[RunSummary]) -> str:
    """Why figures of these runs cannot stand beside each other, or "" where they can."""
    names = {run.dataset_id: f"{run.dataset_name} ({run.dataset_id[:6]})" for run in chosen}
    shares = dict.fromkeys(f"{run.cold_share:.4g}" for run in chosen)
    if len(names) < 2 and len(shares) > 1:
        return (
            f"These runs held different shares of the items out of training: {', '.join(shares)}. "
            "Their figures cannot be compared."
        )
    if len(names) < 2:
        return ""
    return f"These runs were measured on different datasets: {', '.join(names.values())}. Their figures cannot be compared."


def have_different_targets(chosen: Sequence[RunSummary]) -> bool:
    return len({run.liked_from for run in chosen}) > 1


def settings(chosen: Sequence[RunSummary]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Setting -> one value a run: first those that differ, then those that all share."""
    configs: list[dict[str, Any]] = [
        {
            "model": run.title,
            "dataset": run.dataset_name,
            "seed": run.seed,
            "device": run.device or ABSENT,
            "items held out (share)": f"{run.cold_share:.4g}",
            "suggests": run.target,
            **run.settings,
        }
        for run in chosen
    ]
    names = dict.fromkeys(name for values in configs for name in values)
    rows = {name: [str(values.get(name, ABSENT)) for values in configs] for name in names}
    differ = {name: values for name, values in rows.items() if len(set(values)) > 1}
    return differ, {name: values for name, values in rows.items() if name not in differ}


@dataclass(frozen=True)
class Curve:
    """By epoch: training loss, and validation NDCG@10 (None where nobody could be evaluated)."""

    epochs: tuple[int, ...]
    loss: tuple[float, ...]
    ndcg: tuple[float | None, ...]


def curves(workspace: Workspace, chosen: Sequence[RunSummary]) -> dict[str, Curve]:
    """Run id -> its curve; models that do not learn by epochs have none."""
    curves_by_run = {}
    for run in chosen:
        done = progress(workspace, run.run_id).epochs_done
        if done:
            epochs, loss, ndcg = (tuple(line[name] for line in done) for name in ("epoch", "loss", "ndcg"))
            curves_by_run[run.run_id] = Curve(epochs, loss, ndcg)
    return curves_by_run


@dataclass(frozen=True)
class Difference:
    """`HEADLINE` of a run less that of the first, over the `num_users` asked about in both."""

    paired: PairedDifference
    num_users: int


def differences(workspace: Workspace, chosen: Sequence[RunSummary]) -> dict[str, Difference]:
    """Run id -> its difference to the first run, p-values corrected for the number of runs.

    Left out where a run has no ranks yet, or no user of the first's.
    """
    intervals: dict[str, PairedDifference] = {}
    num_users: dict[str, int] = {}
    for run in chosen[1:]:
        ranks = _shared_ranks(workspace, [chosen[0], run])
        if ranks is None:
            continue
        first, other = (per_user(column, [CUT_OFF])[HEADLINE] for column in ranks.to_numpy().T)
        intervals[run.run_id] = compare(other, {"first": first})["first"]
        num_users[run.run_id] = len(ranks)
    return {run_id: Difference(one, num_users[run_id]) for run_id, one in corrected(intervals).items()}


def compared_metrics() -> list[str]:
    """Keys of the metrics in the table: all at one cut-off, then the headline at the others."""
    name = HEADLINE.partition("@")[0]
    return [*metric_keys(CUT_OFF), *(f"{name}@{k}" for k in CUT_OFFS if k != CUT_OFF)]


def metric_table(metrics: Sequence[dict[str, float]]) -> dict[str, list[str]]:
    """Label -> one value per run, "n/a" where it has none."""
    return {
        metric_label(key): [f"{found[key]:.4f}" if key in found else NOT_AVAILABLE for found in metrics]
        for key in compared_metrics()
    }


def metrics_of(workspace: Workspace, run: RunSummary) -> dict[str, float]:
    """The stored test metrics, with those that its version did not know computed from the ranks per user."""
    stored = run.metrics or {}
    if all(key in stored for key in compared_metrics()):
        return stored
    frame = workspace.runs.open(run.run_id).load_ranks()
    ranks = evaluated_only(frame["test"].to_numpy()) if frame is not None else np.array([], dtype=np.int64)
    return means(ranks) | stored if len(ranks) else stored


def shared_metrics(workspace: Workspace, chosen: Sequence[RunSummary]) -> tuple[list[dict[str, float]], int]:
    """Test metrics of each run over the users whom all of them were asked about, and how many these are.

    No metrics and 0 where a run has no ranks yet, or there is no such user.
    """
    ranks = _shared_ranks(workspace, chosen)
    if ranks is None:
        return [{} for _ in chosen], 0
    return [means(column) for column in ranks.to_numpy().T], len(ranks)


def _shared_ranks(workspace: Workspace, chosen: Sequence[RunSummary]) -> pd.DataFrame | None:
    """Test ranks, a row for each user asked about in all of these runs and a column a run; None where there is none."""
    frames = [workspace.runs.open(run.run_id).load_ranks() for run in chosen]
    columns = []
    for frame in frames:
        if frame is None:
            return None
        ranks = frame.set_index("user")["test"]
        columns.append(ranks[ranks != NOT_EVALUATED])
    together = pd.concat(columns, axis=1, join="inner")
    return together if len(together) else None


@dataclass(frozen=True)
class Overlap:
    """How alike the top K of two runs are, as means over users: |A & B| / |A | B|, and |A & B|."""

    first: str
    second: str
    jaccard: float
    shared: float
    num_users: int


def overlaps(runs: Sequence[OpenRun], k: int = 10, sample: int = SAMPLE) -> list[Overlap]:
    """Every pair of runs on one dataset, over the same users: all, or a sample drawn with a fixed seed.

    Users for whom neither run has anything to recommend are left out.
    """
    from recsys.recommend.topk import recommend_all  # needs torch, as the runs do; the rest of a comparison does not

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
    recommendations = []
    for first, second in itertools.combinations(lists, 2):
        pairs = [(a, b) for a, b in zip(lists[first], lists[second], strict=True) if a | b]
        shared = [len(a & b) for a, b in pairs]
        alike = [len(a & b) / len(a | b) for a, b in pairs]
        if pairs:
            recommendations.append(Overlap(first, second, float(np.mean(alike)), float(np.mean(shared)), len(pairs)))
    return recommendations
