"""Measuring faithfulness as a job (run_job.py); the result is `trust.json` (runs/trust_record.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.messages import message
from recsys.runs.jobs import TRUST
from recsys.runs.trust_record import load_trust
from recsys.services.models.run_job import RunJob
from recsys.services.workspace import Workspace

JOB = RunJob(
    TRUST,
    "trust",
    "trust_progress.json",
    message("The explanations of run {run} are being measured already."),
)


def measure_run(
    workspace: Workspace,
    run_id: str,
    num_users: int,
    should_stop: Callable[[], bool],
    tick: Callable[[float, str], None],
) -> dict[str, Any]:
    """Measure in this process; the answer of the `trust` command."""
    from recsys.services.models.trust import measure

    folder = workspace.runs.open(run_id)
    trust = JOB.run(workspace, run_id, num_users, measure, should_stop, tick)
    if trust is None:
        return {"run_id": folder.run_id, "stopped": True, "num_users": 0, "kept": False}
    return {
        "run_id": folder.run_id,
        "kept": load_trust(folder) == trust,
        "faithful_share": trust.faithful_share,
        **trust.model_dump(mode="json", exclude={"weights_sha256"}),
    }
