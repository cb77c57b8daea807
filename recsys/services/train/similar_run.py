"""What an earlier run of the same kind took, where no trial can be made now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recsys.services.workspace import Workspace

if TYPE_CHECKING:
    from recsys.services.train.planning import TrainRequest


@dataclass(frozen=True)
class SimilarRun:
    """Seconds, epochs and peak bytes of a run. `epochs` is 0 for a model with a closed form."""

    title: str
    seconds: float
    epochs: int
    memory: int | None


def similar_run(workspace: Workspace, request: TrainRequest) -> SimilarRun | None:
    """The newest finished run of the same model and preset on the same dataset."""
    for folder, config in workspace.runs.configs():
        if (config.dataset_id, config.model, config.preset) != (request.dataset_id, request.model, request.preset):
            continue
        if (config.options.privacy is None) != (request.options.privacy is None):
            continue  # DP-SGD takes longer
        if config.options.federated != request.options.federated:
            continue
        record = folder.record
        if record is not None and record.state == "finished":
            return SimilarRun(config.shown_title, record.seconds, record.epochs, record.peak_memory)
    return None
