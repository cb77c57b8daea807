"""A blend of finished runs: its weights are found on validation, then it is a run like any other.

Nothing is written before all is known, so stopping on the way leaves nothing behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import torch

from recsys.data.dataset import Dataset
from recsys.errors import NotFoundError, RunError
from recsys.evaluation.metrics import means
from recsys.models import MODELS
from recsys.recommend.blend import Blend
from recsys.recommend.blend_weights import MAX_USERS, best_weights, contest
from recsys.runs.parts import BLEND, Part, digest, open_parts, parts_of, settings_of, unchanged
from recsys.runs.record import RunConfig, RunRecord, versions
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_model
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from recsys.services.runs import RunSummary, list_runs
from recsys.services.training import new_run_id, user_ranks
from recsys.services.workspace import Workspace
from recsys.training.config import TrainingOptions

MAX_PARTS = 6

Tick = Callable[[float, str], None]  # share of all work that is done, what is being done


@dataclass(frozen=True)
class PartReport:
    """NDCG@10 of a part alone, None where its run is gone or was trained anew."""

    run_id: str
    model: str
    weight: float
    validation: float | None
    test: float | None


@dataclass(frozen=True)
class BlendReport:
    """`metrics` by split; `trouble` says why the blend cannot be used any more, "" where it can."""

    run_id: str
    parts: tuple[PartReport, ...]
    metrics: dict[str, dict[str, float]]
    trouble: str

    @property
    def weights(self) -> dict[str, float]:
        return {part.run_id: part.weight for part in self.parts}


def why_not_blended(chosen: Sequence[RunSummary]) -> str:
    """Why these runs cannot be blended, or "" where they can."""
    ids = [run.run_id for run in chosen]
    if not 2 <= len(ids) <= MAX_PARTS:
        return f"A blend is made of 2 to {MAX_PARTS} runs; chosen is {len(ids)}."
    if len(set(ids)) < len(ids):
        return "A run is named twice. Name each run of a blend once."
    for run in chosen:
        if run.model == BLEND:
            return f"Run {run.run_id} is a blend itself. Choose the runs that it is made of instead."
        if run.state != "finished":
            return f"Run {run.run_id} is not finished: it is {run.state}. Train it to its end first."
    if len({run.dataset_id for run in chosen}) > 1:
        names = dict.fromkeys(f"{run.dataset_name} ({run.dataset_id[:6]})" for run in chosen)
        return f"A blend needs runs on the same data set; these are on {', '.join(names)}."
    if any(run.metrics is None for run in chosen):
        return "Weights are found on held-out events, and no user here has the 3 events that this needs."
    return ""


def blend(
    workspace: Workspace, run_ids: Sequence[str], run_id: str | None = None, tick: Tick = lambda share, doing: None
) -> BlendReport:
    """Makes the blend of these runs; one that exists under `run_id` is only reported. Raises RunError in words."""
    began = time.monotonic()
    chosen = [workspace.runs.open(name) for name in run_ids]
    told = {run.run_id: run for run in list_runs(workspace)}
    why_not = why_not_blended([told[folder.run_id] for folder in chosen])
    if why_not:
        raise RunError(why_not)
    if run_id is not None and _exists(workspace, run_id, chosen):
        return report(workspace, run_id)
    dataset = workspace.datasets.load(chosen[0].config.dataset_id)
    split = leave_one_out(dataset.interactions)
    candidates, models = Candidates.of(split), [load_model(folder, dataset) for folder in chosen]
    asked, held_out = min(MAX_USERS, len(split.validation)), len(split.validation) + len(split.test)
    found = contest(
        models, split.validation, candidates, lambda n: tick(n / (asked + held_out), "Asking each part on validation")
    )
    weights = best_weights(found.ndcg, len(models))
    model = Blend(models, weights.tolist(), candidates.scorable)
    frame = user_ranks(model, split, lambda n: tick((asked + n) / (asked + held_out), "Ranking the whole catalogue"))
    parts = [_part(folder, weight) for folder, weight in zip(chosen, weights.tolist(), strict=True)]
    return _keep(workspace, run_id or new_run_id(BLEND), dataset, parts, frame, began)


def _exists(workspace: Workspace, run_id: str, chosen: Sequence[RunFolder]) -> bool:
    """Whether this very blend is here already. Raises RunError where another run has its id."""
    try:
        folder = workspace.runs.open(run_id)
    except NotFoundError:
        return False
    wanted = {_part(other, 0.0) for other in chosen}
    if folder.record is None or {part.model_copy(update={"weight": 0.0}) for part in parts_of(folder.config)} != wanted:
        raise RunError(f"Run {run_id} exists and is not the blend of these runs. Choose another --run-id.")
    return True


def _part(folder: RunFolder, weight: float) -> Part:
    record = folder.record
    assert record is not None, "only finished runs are blended"
    return Part(run_id=record.run_id, model=record.model, weights_sha256=record.weights_sha256, weight=weight)


def _keep(
    workspace: Workspace, run_id: str, dataset: Dataset, parts: Sequence[Part], frame: pd.DataFrame, began: float
) -> BlendReport:
    """Writes the run folder, run.json last."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    options = TrainingOptions(device="cpu", threads=torch.get_num_threads())
    config = RunConfig(
        run_id=run_id,
        model=BLEND,
        title=f"Blend: {' + '.join(MODELS[part.model].title for part in parts)}"[:80],
        dataset_id=dataset.dataset_id,
        preset="balanced",
        settings=settings_of(parts),
        options=options,
        created=now,
    )
    validation, test = (means(frame[split].to_numpy()) for split in ("validation", "test"))
    folder = workspace.runs.create(config)
    folder.save_ranks(frame)
    folder.finish(
        RunRecord(
            run_id=run_id,
            model=BLEND,
            dataset_id=dataset.dataset_id,
            dataset_name=dataset.name,
            state="finished",
            seed=options.seed,
            device="cpu",
            threads=torch.get_num_threads(),
            versions=versions(),
            epochs=0,
            best_epoch=0,
            best_validation_ndcg=validation["ndcg@10"],
            accuracy=None,
            seconds=time.monotonic() - began,
            targets_per_second=None,
            peak_memory=None,
            weights_sha256=digest(parts),
            metrics=test,
            finished=now,
        )
    )
    return report(workspace, run_id)


def report(workspace: Workspace, run_id: str) -> BlendReport:
    """What a blend is made of and how good it is beside its parts; reads small files only."""
    folder, trouble = workspace.runs.open(run_id), ""
    try:
        open_parts(workspace.runs, folder)
    except RunError as error:
        trouble = error.message
    parts = []
    for part in parts_of(folder.config):
        try:
            alone = _metrics(unchanged(workspace.runs, run_id, part))
        except RunError:
            alone = {}
        figures = [alone[split]["ndcg@10"] if split in alone else None for split in ("validation", "test")]
        parts.append(PartReport(part.run_id, part.model, part.weight, *figures))
    return BlendReport(folder.run_id, tuple(parts), _metrics(folder), trouble)


def _metrics(folder: RunFolder) -> dict[str, dict[str, float]]:
    frame = folder.load_ranks()
    return {} if frame is None else {name: means(frame[name].to_numpy()) for name in ("validation", "test")}
