"""About a second of a training, to tell what all of it will take: what `python -m recsys estimate` does."""

from __future__ import annotations

import torch

from recsys.models.base import FittedModel
from recsys.services.train.estimate import Estimate
from recsys.services.train.planning import TrainRequest, plan
from recsys.services.workspace import Workspace
from recsys.training.device import set_threads
from recsys.training.memory import free_memory
from recsys.training.probe import probe, probe_fit
from recsys.training.trainer import Trainer


def estimate(workspace: Workspace, request: TrainRequest) -> Estimate:
    """Tries the request in this process, which should do nothing else. Raises what `plan` raises, in words."""
    threads = torch.get_num_threads()
    try:
        used = set_threads(request.options.resolved().threads)
        planned = plan(workspace, request)
        if isinstance(planned.model, FittedModel):
            epochs, device, probed = 0, torch.device("cpu"), probe_fit(planned.model, planned.split)
        else:
            device = planned.device
            trainer = Trainer(
                planned.model, planned.split, seed=request.options.seed, device=device, steps=planned.steps
            )
            epochs, probed = trainer.config.epochs, probe(trainer)
    finally:
        torch.set_num_threads(threads)
    each = probed.epoch + probed.validation
    return Estimate(
        model=request.model,
        epochs=epochs,
        epoch_seconds=each,
        once_seconds=probed.once,
        seconds=probed.once + epochs * each,
        memory=probed.memory,
        memory_free=free_memory(device),
        device=str(device),
        threads=used,
    )
