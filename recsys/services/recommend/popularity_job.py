"""Measuring what less popular lists cost as a job (run_job.py); the result is `less_popular.json` (runs/popularity_record.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.messages import message
from recsys.runs.jobs import POPULARITY
from recsys.runs.popularity_record import load_prices
from recsys.services.models.run_job import RunJob
from recsys.services.workspace import Workspace

JOB = RunJob(
    POPULARITY,
    "less-popular",
    "less_popular_progress.json",
    message("The less popular lists of run {run} are being measured already."),
)


def measure_run(
    workspace: Workspace,
    run_id: str,
    num_users: int,
    should_stop: Callable[[], bool],
    tick: Callable[[float, str], None],
) -> dict[str, Any]:
    """Measure in this process; the answer of the `less-popular` command."""
    from recsys.services.recommend.popularity_cost import measure

    return JOB.answer(workspace, run_id, num_users, measure, load_prices, should_stop, tick)
