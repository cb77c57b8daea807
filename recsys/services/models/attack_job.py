"""The membership attack as a job (run_job.py); the result is `attack.json` (runs/attack_record.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from recsys.messages import message
from recsys.runs.attack_record import load_attack
from recsys.runs.jobs import ATTACK
from recsys.runs.record import RunConfig, RunRecord
from recsys.services.models.attack_twin import TWIN_SHARE, needs_twin
from recsys.services.models.run_job import RunJob
from recsys.services.workspace import Workspace

JOB = RunJob(
    ATTACK,
    "attack",
    "attack_progress.json",
    message("Run {run} is being attacked already."),
    has_steps=True,
)


@dataclass(frozen=True)
class AttackPlan:
    """Whether an attack trains a twin first, and about how many seconds its trainings take."""

    trains_twin: bool
    seconds: float


def planned(workspace: Workspace, config: RunConfig, record: RunRecord, num_shadows: int) -> AttackPlan:
    """What an attack will train, by the time of the run's own training: twin and shadow models see half of the users."""
    trains_twin = needs_twin(workspace, config)
    share = (1 - TWIN_SHARE) / (1 - config.options.held_out_users)
    return AttackPlan(trains_twin, (trains_twin + num_shadows) * record.seconds * share)


def attack_run(
    workspace: Workspace,
    run_id: str,
    num_users: int,
    num_shadows: int,
    should_stop: Callable[[], bool],
    tick: Callable[[float, str], None],
) -> dict[str, Any]:
    """Attack in this process; the answer of the `attack` command."""
    from recsys.services.models.attack import measure
    from recsys.services.models.attack_text import as_json

    folder = workspace.runs.open(run_id)
    work = partial(measure, workspace=workspace, num_shadows=num_shadows)
    attack = JOB.run(workspace, run_id, num_users, work, should_stop, tick)
    if attack is None:
        return {"run_id": folder.run_id, "stopped": True, "attack": None, "kept": False}
    return {"run_id": folder.run_id, "kept": load_attack(folder) == attack, **as_json(attack, folder.config)}
