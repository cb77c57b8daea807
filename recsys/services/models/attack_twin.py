"""The run that an attack works on: the run itself if it held users out, else its twin.

The twin has the same model, settings and seed, and never saw half of the users. It is a run like any other: stored, listed,
resumed where it was stopped, and used again by the next attack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.errors import RunError
from recsys.messages import Message, message
from recsys.runs.blend_parts import BLEND
from recsys.runs.record import RunConfig
from recsys.runs.store import RunFolder
from recsys.services.workspace import Workspace

TWIN_SHARE = 0.5  # of the users, held out of the twin


def why_no_attack(config: RunConfig) -> Message | None:
    """Why a run cannot be attacked; None if it can."""
    if config.model == BLEND and not config.options.held_out_users:
        return message("A blend of runs that saw all users has no twin to attack. Attack its parts one by one.")
    return None


def twin_config(config: RunConfig) -> RunConfig:
    """The config with half of the users held out."""
    return config.model_copy(update={"options": config.options.model_copy(update={"held_out_users": TWIN_SHARE})})


def find_twin(workspace: Workspace, config: RunConfig) -> RunFolder | None:
    """The newest twin, one that is finished before others; None without."""
    wanted = twin_config(config)
    twins = [folder for folder, other in workspace.runs.configs() if wanted.same_work(other)]
    return min(twins, key=lambda folder: not _is_finished(folder), default=None)


def _is_finished(folder: RunFolder) -> bool:
    record = folder.record
    return record is not None and record.state == "finished"


def needs_twin(workspace: Workspace, config: RunConfig) -> bool:
    """Whether an attack trains a twin first."""
    if config.options.held_out_users:
        return False
    twin = find_twin(workspace, config)
    return twin is None or not _is_finished(twin)


def attacked_run(
    workspace: Workspace, config: RunConfig, should_stop: Callable[[], bool], on_share: Callable[[float], None]
) -> str:
    """Id of the run to attack; its twin is trained, or its training continued, in this process where it is needed.

    Raises RunError where it is stopped before the twin is trained to its end.
    """
    if config.options.held_out_users:
        return config.run_id
    from recsys.services.train.planning import TrainRequest
    from recsys.services.train.training import train, train_run

    twin, wanted = find_twin(workspace, config), twin_config(config)
    if twin is not None and _is_finished(twin):
        return twin.run_id

    def follow(event: Any) -> None:
        on_share(epochs_done(event, wanted.settings))

    if twin is None:
        request = TrainRequest(wanted.dataset_id, wanted.model, wanted.preset, wanted.settings, wanted.options)
        record = train(workspace, request, on_event=follow, should_stop=should_stop)
    else:
        record = train_run(workspace, twin.run_id, on_event=follow, should_stop=should_stop)
    if record.state != "finished":
        raise RunError(
            message(
                "Stopped while the twin {run} was trained. The next attack continues its training.", run=record.run_id
            )
        )
    return record.run_id


def epochs_done(event: Any, settings: dict[str, Any]) -> float:
    """Share of the training that is done after an event of the trainer, if all epochs run; 0 before the first."""
    if hasattr(event, "tower"):
        return 0.0
    return float(event.epoch - 1 + getattr(event, "share", 1.0)) / float(settings["epochs"])
