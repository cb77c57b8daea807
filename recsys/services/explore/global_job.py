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

    return JOB.answer(workspace, run_id, num_users, compute, load_global_view, should_stop, tick)
