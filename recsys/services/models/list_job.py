"""Computing the lists of a run and their metrics as a job (run_job.py), for a run that lacks them (run_lists.py).

The results are `lists.parquet`, where there is none, and `list_metrics.json` (runs/list_record.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.messages import message
from recsys.runs.jobs import LISTS
from recsys.runs.list_record import list_metrics_of
from recsys.services.models.run_job import RunJob
from recsys.services.workspace import Workspace

JOB = RunJob(
    LISTS,
    "lists",
    "lists_progress.json",
    message("The lists of run {run} are being computed already."),
    of_sample=False,
)


def compute_run(
    workspace: Workspace,
    run_id: str,
    should_stop: Callable[[], bool],
    tick: Callable[[float, str], None],
) -> dict[str, Any]:
    """Compute in this process; the answer of the `lists` command."""
    from recsys.services.models.run_lists import compute

    folder = workspace.runs.open(run_id)
    metrics = JOB.run(
        workspace, run_id, 0, lambda run, _, tick, **watch: compute(run, tick, **watch), should_stop, tick
    )
    record = folder.record
    if metrics is None or record is None:
        return {"run_id": folder.run_id, "stopped": True, "num_users": 0, "list_metrics": {}}
    values = list_metrics_of(folder, record)
    return {"run_id": folder.run_id, "num_users": metrics.num_users, "list_metrics": values}
