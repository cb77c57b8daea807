"""Checks of the protocol that `evaluate` adds to the metrics: leakage, the twin, shuffled histories and shuffled ties."""

from __future__ import annotations

from typing import Any

from recsys.sequences.split import SplitName
from recsys.services.models import history_order, leakage_lamp, protocol_twin
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from recsys.training.config import SplitBy


def as_json(
    workspace: Workspace,
    run: OpenRun,
    split: SplitName,
    split_by: SplitBy | None,
    shuffled_histories: int | None,
    shuffled_ties: int | None,
) -> dict[str, Any]:
    """Keys of `evaluate --json`: `leakage` where there is some to measure, the others where they were requested."""
    answer = leakage_lamp.as_json(leakage_lamp.lamp(run))
    if split_by is not None:
        answer |= protocol_twin.as_json(workspace, run.config.run_id, split_by)
    if shuffled_histories is not None:
        test = history_order.order_test(run, shuffled_histories, split)
        if split == "test":
            history_order.keep(run, test)
        answer["shuffled_histories"] = history_order.as_json(test)
    if shuffled_ties is not None:
        answer["shuffled_ties"] = history_order.as_json(history_order.tie_test(run, shuffled_ties, split))
    return answer
