"""Trial run of about a second that estimates a whole training, for `python -m recsys estimate`."""

from __future__ import annotations

import torch

from recsys.models.base import FittedModel
from recsys.services.train.estimate import Estimate
from recsys.services.train.planning import TrainRequest, plan
from recsys.services.train.trainers import passing_trainer
from recsys.services.workspace import Workspace
from recsys.training.device import set_threads
from recsys.training.memory import free_memory
from recsys.training.probe import probe, probe_fit


def estimate(workspace: Workspace, request: TrainRequest) -> Estimate:
    """Run the trial in this process, which should do nothing else. Raises what `plan` raises."""
    threads_before = torch.get_num_threads()
    try:
        threads = set_threads(request.options.resolved().threads)
        planned = plan(workspace, request)
        if isinstance(planned.model, FittedModel):
            epochs, device, probed = 0, torch.device("cpu"), probe_fit(planned.model, planned.split)
        else:
            device = planned.device
            trainer = passing_trainer(planned)
            epochs, probed = trainer.config.epochs, probe(trainer)
    finally:
        torch.set_num_threads(threads_before)
    epoch_seconds = probed.epoch + probed.validation
    return Estimate(
        model=request.model,
        epochs=epochs,
        epoch_seconds=epoch_seconds,
        once_seconds=probed.once,
        seconds=probed.once + epochs * epoch_seconds,
        memory=probed.memory,
        memory_free=free_memory(device),
        device=str(device),
        threads=threads,
        content_seconds=probed.content,
    )
