"""Metrics of a run and of the baselines, on the same users."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys.data.files import write_atomic
from recsys.errors import RecsysError, SettingError
from recsys.evaluation.intervals import intervals
from recsys.evaluation.metrics import CUT_OFF, CUT_OFFS, HEADLINE, evaluated_only, means, per_user
from recsys.evaluation.protocol import describe
from recsys.evaluation.significance import PairedDifference, compare
from recsys.messages import Message, message
from recsys.models import BASELINES, MODELS
from recsys.models.base import FittedModel
from recsys.models.inputs.features import shape_of
from recsys.sequences.split import SplitName
from recsys.services.models.baseline_verdict import verdict
from recsys.services.models.cut_report import ColdStart, cold_start
from recsys.services.models.rank_version import rank_version
from recsys.services.train.training import user_ranks, why_no_targets
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from recsys.training.trainer import fit

MAX_CUT_OFF = 1000
VERSIONS = "versions"  # attribute of the cached table: the `rank_version` of each baseline


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Metrics of a run and the baselines: means over `num_users`, with 95 % bootstrap intervals over users.

    `against` compares `HEADLINE` with each baseline other than the run's own model, paired by user, with Holm-corrected
    p-values; `verdict` summarises it in words. `ranks` [num_users] are those of the run and `baseline_ranks` those of the
    baselines, in the order of the targets of the split. `cold_start` is None without a time split.
    """

    protocol: str
    split: SplitName
    num_users: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baselines: dict[str, dict[str, float]]
    baseline_intervals: dict[str, dict[str, tuple[float, float]]]
    against: dict[str, PairedDifference]
    verdict: str
    ranks: np.ndarray
    baseline_ranks: dict[str, np.ndarray]
    cold_start: ColdStart | None = None


def evaluate(
    workspace: Workspace, run: OpenRun, cut_offs: Sequence[int] = CUT_OFFS, split: SplitName = "test"
) -> Evaluation:
    """Compute full-ranking metrics of a run and of the baselines. Raises RecsysError without users to evaluate on."""
    cut_offs = sorted(set(cut_offs))
    if not cut_offs or cut_offs[0] < 1 or cut_offs[-1] > MAX_CUT_OFF:
        raise SettingError(message("A cut-off K is a whole number from 1 to {limit}.", limit=MAX_CUT_OFF), column="k")
    run_ranks = stored_ranks(run, split)
    baselines = {
        name: evaluated_only(frame[split].to_numpy()) for name, frame in _baseline_ranks(workspace, run).items()
    }
    rivals = {name: ranks for name, ranks in baselines.items() if name != run.config.model}
    against = compare(_headline(run_ranks), {name: _headline(ranks) for name, ranks in rivals.items()})
    return Evaluation(
        protocol=describe(
            run.candidates,
            split,
            len(run.split.cold_items),
            run.split.liked_from,
            run.split.time_cut,
            len(run.split.held_out_users),
        ),
        split=split,
        num_users=len(run_ranks),
        metrics=means(run_ranks, cut_offs),
        intervals=intervals(run_ranks, cut_offs),
        baselines={name: means(ranks, cut_offs) for name, ranks in baselines.items()},
        baseline_intervals={name: intervals(ranks, cut_offs) for name, ranks in baselines.items()},
        against=against,
        verdict=verdict(
            run.model.title,
            {MODELS[name].title: difference for name, difference in against.items()},
            [MODELS[name].title for name in BASELINES if name not in baselines and name != run.config.model],
        ),
        ranks=run_ranks,
        baseline_ranks=baselines,
        cold_start=cold_start(run, cut_offs, split),
    )


def stored_ranks(run: OpenRun, split: SplitName) -> np.ndarray:
    """[num_targets] ranks of `run.split.targets(split)`, computed and stored if the run has none yet.

    Raises RecsysError without users to evaluate on.
    """
    if not len(run.split.targets(split)):
        reason, advice = why_no_targets(run.split, split), _instead(run, split)
        raise RecsysError(message("No metrics: {reason}. {advice}", reason=reason, advice=advice))
    frame = run.folder.load_ranks()
    if frame is None:
        frame = user_ranks(run.model, run.split)
        run.folder.save_ranks(frame)
    return evaluated_only(frame[split].to_numpy())


def _instead(run: OpenRun, split: SplitName) -> Message:
    """What to do where a split has no targets."""
    other: SplitName = "validation" if split == "test" else "test"
    if len(run.split.targets(other)):
        if other == "validation":
            return message("Look at the validation instead.")
        return message("Look at the test instead.")
    if run.split.time_cut is not None:
        return message("Train with another cut.")
    if run.split.liked_from is None:
        return message("Import longer histories.")
    return message("Import longer histories, or train with a lower liked_from.")


def hit_rate_curve(ranks: np.ndarray, most: int) -> np.ndarray:
    """Compute HR@K for K = 1 … `most`: the share of users whose held-out item is in the top K, [most]."""
    hits_by_rank = np.bincount(ranks[ranks <= most], minlength=most + 1)[1:]
    return np.asarray(np.cumsum(hits_by_rank) / len(ranks))


def popularity_score(workspace: Workspace, run: OpenRun) -> float:
    """Mean `HEADLINE` of the most popular items as lists, over the test users of a run."""
    ranks = _baseline_ranks(workspace, run)["popularity"]["test"].to_numpy()
    return means(evaluated_only(ranks), (CUT_OFF,))[HEADLINE]


def _headline(ranks: np.ndarray) -> np.ndarray:
    """[num_users] values of `HEADLINE`, the metric for comparing models."""
    return per_user(ranks, (CUT_OFF,))[HEADLINE]


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """The answer of the `evaluate` command; `comparison` holds the difference `mean` of `metric` to each baseline."""
    keys = ("protocol", "num_users", "metrics", "intervals", "baselines", "verdict")
    rows = [{"baseline": name, "metric": HEADLINE, **vars(paired)} for name, paired in evaluation.against.items()]
    answer = {**{key: getattr(evaluation, key) for key in keys}, "comparison": rows}
    return answer if evaluation.cold_start is None else answer | {"cold_start": vars(evaluation.cold_start)}


def _baseline_ranks(workspace: Workspace, run: OpenRun) -> dict[str, pd.DataFrame]:
    """Ranks per baseline, cached with the dataset by split, and by baseline with the version of its ranks.

    Leaves out a baseline that is too large for the dataset.
    """
    share, liked_from = run.config.options.cold_share, run.config.options.liked_from
    cold, liked = f"-cold-{share}" if share else "", "" if liked_from is None else f"-liked-{liked_from}"
    time = "" if run.split.time_cut is None else f"-time-{run.split.time_cut.time}"
    users = f"-users-{run.config.options.held_out_users}" if len(run.split.held_out_users) else ""
    path = workspace.datasets.folder(run.dataset.dataset_id) / f"baselines{cold}{liked}{time}{users}.parquet"
    versions = {name: rank_version(MODELS[name]) for name in BASELINES}
    ranks = _cached_ranks(path, versions)
    num_cached = len(ranks)
    for name in BASELINES:
        cls = MODELS[name]
        if f"{name}.test" in ranks:
            continue
        try:
            model = cls(shape_of(run.dataset), cls.Config())
        except SettingError:
            continue
        assert isinstance(model, FittedModel)
        fit(model, run.split)
        frame = user_ranks(model, run.split)
        ranks |= {f"{name}.{split}": frame[split].to_numpy() for split in ("validation", "test")}
    if len(ranks) > num_cached:
        table, buffer = pd.DataFrame(ranks), io.BytesIO()
        table.attrs[VERSIONS] = versions
        table.to_parquet(buffer, index=False)
        write_atomic(path, buffer.getvalue())
    available = [name for name in BASELINES if f"{name}.test" in ranks]
    return {n: pd.DataFrame({s: ranks[f"{n}.{s}"] for s in ("validation", "test")}) for n in available}


def _cached_ranks(path: Path, versions: dict[str, str]) -> dict[str, np.ndarray]:
    """The columns of the cached table, "popularity.test" …, of the baselines that have this version."""
    if not path.exists():
        return {}
    table = pd.read_parquet(path)
    cached = table.attrs.get(VERSIONS, {})
    current = {name for name, version in versions.items() if cached.get(name) == version}
    return {column: table[column].to_numpy() for column in map(str, table) if column.partition(".")[0] in current}
