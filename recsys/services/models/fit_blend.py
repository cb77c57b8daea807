"""Fit a blend of finished runs: weights are optimised on validation, and the result is stored as a run.

Nothing is written before the end, so a stopped fit leaves nothing behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pandas as pd
import torch

from recsys.data.dataset import Dataset
from recsys.errors import NotFoundError, RunError
from recsys.evaluation.metrics import evaluated_only, means
from recsys.messages import message
from recsys.models import MODELS
from recsys.recommend.blend import Blend, candidates_of_all
from recsys.recommend.blend_weights import MAX_USERS, best_weights, contest
from recsys.runs.blend_parts import BLEND, Part, digest, parts_of, settings_of
from recsys.runs.record import RunConfig, RunRecord, versions
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_model
from recsys.services.models.blends import BlendReport, report, why_not_blended
from recsys.services.models.leaderboard import list_runs
from recsys.services.train.planning import new_run_id
from recsys.services.train.training import user_ranks, why_no_targets
from recsys.services.workspace import Workspace
from recsys.training.config import TrainingOptions

Tick = Callable[[float, str], None]  # share of the work done, current step


def blend(
    workspace: Workspace, run_ids: Sequence[str], run_id: str | None = None, tick: Tick = lambda share, doing: None
) -> BlendReport:
    """Fit and store a blend of runs; an existing one under `run_id` is only reported. Raises RunError."""
    started = time.monotonic()
    chosen = [workspace.runs.open(name) for name in run_ids]
    summaries = {run.run_id: run for run in list_runs(workspace)}
    why_not = why_not_blended([summaries[folder.run_id] for folder in chosen])
    if why_not:
        raise RunError(why_not)
    if run_id is not None and _exists(workspace, run_id, chosen):
        return report(workspace, run_id)
    dataset = workspace.datasets.load(chosen[0].config.dataset_id)
    shared_options = chosen[0].config.options
    split = shared_options.split(dataset.interactions)
    if not len(split.validation):
        reason = why_no_targets(split, "validation")
        raise RunError(message("Weights are fitted on validation, and {reason}.", reason=reason))
    models = [load_model(folder, dataset) for folder in chosen]
    candidates = candidates_of_all(models, split)
    num_fitted = min(MAX_USERS, len(split.validation))  # users that the weights are fitted on
    num_steps = num_fitted + len(split.validation) + len(split.test)
    result = contest(
        models,
        split.validation,
        candidates,
        lambda done: tick(done / num_steps, message("Scoring validation with each part")),
    )
    weights = best_weights(result.ndcg, len(models))
    model = Blend(models, weights.tolist(), candidates.scorable)
    frame = user_ranks(
        model, split, lambda done: tick((num_fitted + done) / num_steps, message("Ranking the whole catalogue"))
    )
    parts = [_part(folder, weight) for folder, weight in zip(chosen, weights.tolist(), strict=True)]
    shared = shared_options.model_dump(include={"cold_share", "liked_from", "split_by", "cut", "held_out_users"})
    options = TrainingOptions(device="cpu", threads=torch.get_num_threads(), **shared)
    return _store(workspace, run_id or new_run_id(BLEND), dataset, parts, frame, options, started)


def _exists(workspace: Workspace, run_id: str, chosen: Sequence[RunFolder]) -> bool:
    """Whether this blend exists already. Raises RunError if another run has its id."""
    try:
        folder = workspace.runs.open(run_id)
    except NotFoundError:
        return False
    parts = {_part(part_folder, 0.0) for part_folder in chosen}
    if folder.record is None or {part.model_copy(update={"weight": 0.0}) for part in parts_of(folder.config)} != parts:
        text = message("Run {run} exists and is not the blend of these runs. Choose another --run-id.")
        raise RunError(text.format(run=run_id))
    return True


def _part(folder: RunFolder, weight: float) -> Part:
    record = folder.record
    assert record is not None, "only finished runs are blended"
    return Part(run_id=record.run_id, model=record.model, weights_sha256=record.weights_sha256, weight=weight)


def _store(
    workspace: Workspace,
    run_id: str,
    dataset: Dataset,
    parts: Sequence[Part],
    frame: pd.DataFrame,
    options: TrainingOptions,
    started: float,
) -> BlendReport:
    """Write the run folder, run.json last."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    config = RunConfig(
        run_id=run_id,
        model=BLEND,
        title=RunConfig.title_of_blend(MODELS[part.model].title for part in parts),
        dataset_id=dataset.dataset_id,
        preset="balanced",
        settings=settings_of(parts),
        options=options,
        created=now,
    )
    validation, test = (means(evaluated_only(frame[split].to_numpy())) for split in ("validation", "test"))
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
            threads=options.threads or 1,
            versions=versions(),
            epochs=0,
            best_epoch=0,
            best_validation_ndcg=validation["ndcg@10"],
            accuracy=None,
            seconds=time.monotonic() - started,
            targets_per_second=None,
            peak_memory=None,
            weights_sha256=digest(parts),
            metrics=test,
            finished=now,
        )
    )
    return report(workspace, run_id)
