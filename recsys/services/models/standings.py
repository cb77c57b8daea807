"""Rows of the leaderboard: quality with its interval, learning curve, cost and faithfulness of the runs of a dataset.

Reads tables and small JSON files; no model is loaded. Runs are comparable if they hold out the same events, so the
runs of the most frequent protocol come first, the best validation NDCG@10 on top. The test is read, never chosen by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.evaluation.intervals import bootstrap_columns
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, NOT_EVALUATED, per_user
from recsys.messages import Message, message
from recsys.runs.blend_parts import parts_of
from recsys.runs.store import RunFolder
from recsys.runs.trust_record import load_trust
from recsys.sequences.relevance import in_words
from recsys.services.models import sample_trust
from recsys.services.models.leaderboard import RunSummary
from recsys.services.train.job_list import progress
from recsys.services.workspace import Workspace

SPLITS = ("validation", "test")
LIST_METRICS = (
    "coverage",
    "diversity",
    "text_diversity",
    "picture_diversity",
    "novelty",
    "gini",
)  # shown where a run has them


@dataclass(frozen=True)
class Score:
    """Mean of `HEADLINE` over users, with its 95 % interval; None where there is a single user."""

    mean: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Measured:
    """Results of a run that change only with its files: scores by split, validation curve, bytes of the weights."""

    scores: Mapping[str, Score]
    curve: tuple[float, ...]
    num_bytes: int | None


@dataclass(frozen=True)
class Standing:
    """A row of the leaderboard. `faithful` is the share of faithful explanations, None where it was not measured;
    `is_shipped`: it was measured beforehand on a model with the same data, settings and seed (sample_trust.py)."""

    run: RunSummary
    measured: Measured
    faithful: float | None
    is_shipped: bool = False

    def score(self, split: str) -> Score | None:
        return self.measured.scores.get(split)

    @property
    def protocol(self) -> Message:
        """What the run was evaluated on, in words; runs of different protocols are not comparable."""
        run = self.run
        parts = [] if run.split_by == "leave_one_out" else [run.protocol]
        parts += [] if run.liked_from is None else [in_words(run.liked_from)]
        if run.cold_share:
            parts.append(message("{share:.0%} of the items held out", share=run.cold_share))
        if run.held_out_users:
            parts.append(message("{share:.0%} of the users held out", share=run.held_out_users))
        return message(", ").join(parts) if parts else message("all events")

    def value(self, name: str) -> float | None:
        """A number of the row by the name of its column (COLUMNS in ui/models/pareto.py)."""
        if name in SPLITS:
            score = self.score(name)
            return None if score is None else score.mean
        numbers = {"seconds": self.run.seconds, "bytes": self.measured.num_bytes, "faithful": self.faithful}
        return numbers[name] if name in numbers else self.run.list_metrics.get(f"{name}@{CUT_OFF}")


def versions(workspace: Workspace, runs: Sequence[RunSummary]) -> tuple[tuple[str, str], ...]:
    """(run id, version of its results) of each run: the key to keep `measure_runs` by."""
    return tuple((run.run_id, workspace.runs.open(run.run_id).version) for run in runs)


def measure_runs(workspace: Workspace, run_ids: Sequence[str]) -> dict[str, Measured]:
    """Run id -> scores with intervals, curve and size."""
    values = {
        (run_id, split): column for run_id in run_ids for split, column in ndcg_by_split(workspace, run_id).items()
    }
    scores = _scores(values)
    return {
        run_id: Measured(
            {split: scores[run_id, split] for split in SPLITS if (run_id, split) in scores},
            _curve(workspace, run_id),
            _num_bytes(workspace, run_id),
        )
        for run_id in run_ids
    }


def ndcg_by_split(workspace: Workspace, run_id: str) -> dict[str, np.ndarray]:
    """Split -> NDCG@10 of each evaluated user, from the ranks stored with the run."""
    frame = workspace.runs.open(run_id).load_ranks()
    if frame is None:
        return {}
    columns = {split: frame[split].to_numpy() for split in SPLITS}
    ranks = {split: column[column != NOT_EVALUATED] for split, column in columns.items()}
    return {split: per_user(column, (CUT_OFF,))[HEADLINE] for split, column in ranks.items() if len(column)}


def _scores(values: Mapping[tuple[str, str], np.ndarray]) -> dict[tuple[str, str], Score]:
    """Means with intervals; columns of equal length share their resamples, which makes this fast."""
    by_length: dict[int, list[tuple[str, str]]] = {}
    for key, column in values.items():
        by_length.setdefault(len(column), []).append(key)
    scores = {}
    for length, keys in by_length.items():
        columns = np.stack([values[key] for key in keys], axis=1)
        low, high = bootstrap_columns(columns) if length > 1 else (None, None)
        for index, key in enumerate(keys):
            interval = None if low is None or high is None else (float(low[index]), float(high[index]))
            scores[key] = Score(float(columns[:, index].mean()), interval)
    return scores


def _curve(workspace: Workspace, run_id: str) -> tuple[float, ...]:
    return tuple(line["ndcg"] for line in progress(workspace, run_id).epochs_done if line["ndcg"] is not None)


def _num_bytes(workspace: Workspace, run_id: str) -> int | None:
    """Bytes of the weights; for a blend those of its parts."""
    folder = workspace.runs.open(run_id)
    parts = parts_of(folder.config)
    folders = [RunFolder(workspace.runs.root / part.run_id) for part in parts] or [folder]
    return sum(size for size in (folder.weights_bytes for folder in folders) if size is not None) or None


def rank_runs(workspace: Workspace, runs: Sequence[RunSummary], measured: Mapping[str, Measured]) -> list[Standing]:
    """Best first: runs of the most frequent protocol, then others; runs that are not evaluated last."""
    standings = [Standing(run, measured[run.run_id], *faithful_share(workspace, run.run_id)) for run in runs]
    times = Counter(standing.protocol for standing in standings if standing.score("validation"))

    def order(standing: Standing) -> tuple[bool, bool, int, str, float]:
        score = standing.score("validation") or standing.score("test")
        protocol = standing.protocol
        mean = -score.mean if score else 0.0
        return not standing.run.is_whole, score is None, -times[protocol], protocol, mean

    return sorted(standings, key=order)


def without_test(standings: Sequence[Standing]) -> list[Standing]:
    """The rows without the test figures of runs that keep them back (sweep_members.py)."""
    return [
        Standing(
            replace(standing.run, metrics=None),
            replace(standing.measured, scores={"validation": score} if (score := standing.score("validation")) else {}),
            standing.faithful,
            standing.is_shipped,
        )
        if standing.run.hides_test
        else standing
        for standing in standings
    ]


def best_of_models(board: Sequence[Standing]) -> list[RunSummary]:
    """The best run of each kind of model, so one of a sweep; the best first, as on the leaderboard."""
    best: dict[str, RunSummary] = {}
    for standing in board:
        best.setdefault(standing.run.model, standing.run)
    return list(best.values())


def faithful_share(workspace: Workspace, run_id: str) -> tuple[float | None, bool]:
    """(share of users whose explanation by the default method is faithful, whether it was measured beforehand)."""
    folder = workspace.runs.open(run_id)
    if trust := load_trust(folder):
        return trust.faithful_share, False
    shipped = sample_trust.trust_for(folder.config) if folder.record else None
    return (None, False) if shipped is None else (shipped.faithful_share, True)


def list_metrics(standings: Sequence[Standing]) -> list[str]:
    """Names of the metrics of whole lists that a run holds: coverage, diversity, Gini …"""
    return [name for name in LIST_METRICS if any(standing.value(name) is not None for standing in standings)]
