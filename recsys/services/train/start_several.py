"""Queue one or several trainings with one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from recsys.errors import RecsysError
from recsys.services.train import training
from recsys.services.train.planning import TrainRequest
from recsys.services.workspace import Workspace


@dataclass
class Started:
    """Run ids by request, in order, and the reason of each refused model by its name."""

    run_ids: dict[str, TrainRequest] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def start_several(workspace: Workspace, requests: Iterable[TrainRequest]) -> Started:
    """Validate and queue each request. One that is refused does not affect the others."""
    started = Started()
    for request in requests:
        try:
            started.run_ids[training.start(workspace, request)] = request
        except RecsysError as error:
            started.refused[request.model] = error.message
    return started
