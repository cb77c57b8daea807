"""The twin of a run: the same model, settings and seed on the same dataset, under the other protocol.

Leave-one-out compares with papers, a time split with what happens after a release. Side by side they say how much of a
metric is due to the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from recsys.errors import RunError, SettingError
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import Message, message
from recsys.runs.blend_parts import BLEND
from recsys.runs.record import RunConfig
from recsys.services.models.leaderboard import RunSummary, list_runs
from recsys.services.models.standings import ndcg_by_split
from recsys.services.train import recipe, training
from recsys.services.train.planning import TrainRequest
from recsys.services.workspace import Workspace
from recsys.training.config import SplitBy


@dataclass(frozen=True)
class Twin:
    """A run and its twin: one evaluated by leave-one-out, one by a time split, each with its number of test users."""

    leave_one_out: RunSummary
    time: RunSummary
    num_leave_one_out: int
    num_time: int

    @property
    def sentence(self) -> Message:
        text = message(
            "{metric}: {loo:.3f} with leave-one-out ({loo_users:,} users), {time:.3f} with a time split ({time_users:,} users)."
        )
        loo, time = ((run.metrics or {})[HEADLINE] for run in (self.leave_one_out, self.time))
        return text.format(
            metric=metric_label(HEADLINE),
            loo=loo,
            time=time,
            loo_users=self.num_leave_one_out,
            time_users=self.num_time,
        )


def why_no_twin(config: RunConfig) -> Message | None:
    """Why a run cannot have a twin; None if it can."""
    if config.model == BLEND:
        return message("A blend is not trained again. Train its parts under the other protocol and blend those.")
    if config.options.cold_share:
        return message(
            "A run that held items out of training has no counterpart: a time split has cold-start items of its own."
        )
    return None


def find_twin(workspace: Workspace, run_id: str) -> Twin | None:
    """The newest finished twin with metrics; one with the default cut before others. None without."""
    config = workspace.runs.open(run_id).config
    if why_no_twin(config) is not None:
        return None
    runs = {run.run_id: run for run in list_runs(workspace)}  # newest first
    this, configs = runs.get(config.run_id), workspace.runs.configs()
    twins = [runs[other.run_id] for _, other in configs if other.run_id in runs and _is_twin(config, other)]
    twins = [run for run in twins if run.metrics]
    if not twins or this is None or not this.metrics:
        return None
    pair = [this, min(twins, key=lambda run: run.cut is not None)]
    pair.sort(key=lambda run: run.split_by == "time")
    return Twin(pair[0], pair[1], *(len(ndcg_by_split(workspace, run.run_id)["test"]) for run in pair))


def waiting_twin(workspace: Workspace, run_id: str) -> str | None:
    """Id of a twin that is not trained yet: queued, training, or without metrics."""
    config = workspace.runs.open(run_id).config
    others = (other for folder, other in workspace.runs.configs() if folder.record is None)
    return next((other.run_id for other in others if _is_twin(config, other)), None)


def _is_twin(config: RunConfig, other: RunConfig) -> bool:
    return config.options.split_by != other.options.split_by and _as_leave_one_out(config).same_work(
        _as_leave_one_out(other)
    )


def _as_leave_one_out(config: RunConfig) -> RunConfig:
    options = config.options.model_copy(update={"split_by": "leave_one_out", "cut": None})
    return config.model_copy(update={"options": options})


def start_twin(workspace: Workspace, run_id: str) -> str:
    """Queue the training of the twin and return its run id. Raises RunError, or SettingError without times."""
    config = workspace.runs.open(run_id).config
    reason = why_no_twin(config)
    if reason is not None:
        raise RunError(reason)
    options = config.options.model_copy(update={"split_by": _other(config.options.split_by), "cut": None})
    request = TrainRequest(config.dataset_id, config.model, config.preset, config.settings, options)
    return training.start(workspace, request)


def _other(split_by: SplitBy) -> SplitBy:
    return "time" if split_by == "leave_one_out" else "leave_one_out"


def as_json(workspace: Workspace, run_id: str, split_by: SplitBy) -> dict[str, Any]:
    """The `twin` object of `evaluate --split-by`: the twin's metrics, else the command that trains it.

    Empty if the run has this protocol itself. Raises SettingError if it cannot have a twin.
    """
    config = workspace.runs.open(run_id).config
    if config.options.split_by == split_by:
        return {}
    reason = why_no_twin(config)
    if reason is not None:
        raise SettingError(reason, column="split_by")
    twin = find_twin(workspace, config.run_id)
    if twin is None:
        dataset_id, own = recipe.of_run(workspace, config.run_id)
        options = own.options.model_copy(update={"split_by": split_by, "cut": None})
        words = recipe.command(workspace, dataset_id, replace(own, options=options))
        text = message("No run with the same settings has this protocol yet. Train it with: {command}", command=words)
        return {"twin": {"run_id": None, "split_by": split_by, "command": words, "sentence": text}}
    run = twin.time if split_by == "time" else twin.leave_one_out
    assert run.metrics is not None
    return {"twin": {"run_id": run.run_id, "split_by": split_by, "metrics": run.metrics, "sentence": twin.sentence}}
