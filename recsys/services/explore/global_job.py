"""Computing the global view of a run as a job (run_job.py); the result is `global_view.json` (runs/global_record.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.messages import message
from recsys.runs.global_record import load_global_view
from recsys.runs.jobs import GLOBAL
from recsys.services.models.run_job import RunJob
from recsys.services.workspace import Workspace

JOB = RunJob(
    GLOBAL,
    "global",
    "global_progress.json",
    message("The global view of run {run} is being computed already."),
)


def compute_run(
    workspace: Workspace,
    run_id: str,
    num_users: int,
    should_stop: Callable[[], bool],
    tick: Callable[[float, str], None],
) -> dict[str, Any]:
    """Compute in this process; the answer of the `global` command."""
    from recsys.services.explore.global_view import compute

    folder = workspace.runs.open(run_id)
    view = JOB.run(workspace, run_id, num_users, compute, should_stop, tick)
    if view is None:
        return {"run_id": folder.run_id, "stopped": True, "num_users": 0, "kept": False}
    kept = load_global_view(folder) == view
    return {"run_id": folder.run_id, "kept": kept, **view.model_dump(mode="json", exclude={"weights_sha256"})}
