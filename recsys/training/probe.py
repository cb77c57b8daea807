"""Time and memory estimates from about a second of real training.

A network runs one pass over the largest batch (for memory, and as warm-up), then real steps on the batches of the
first epoch until the second is over, then one chunk of ranks. A closed-form model is fitted as it is if that is quick,
else on part of the catalogue and scaled. The needs of a full batch are first estimated from a few rows. If that is
more than half of the free memory, or takes too long, the steps use fewer rows and are scaled, so that the probe cannot
exhaust the machine.

Memory is that of this process, so it is valid only in a process that did nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import Interactions
from recsys.evaluation.protocol import ROWS, ranks
from recsys.models.base import FittedModel, Recommender, Shape
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split, Targets
from recsys.training.memory import free_memory, held_memory, peak_memory
from recsys.training.private.private_trainer import PrivateTrainer
from recsys.training.private.streams import SecretStream
from recsys.training.towers import tower_seconds
from recsys.training.trainer import BatchDone, EpochDone, Stopped, Trainer

SECONDS = 1.0
FEW = 8  # rows of the first estimate
LONGEST_STEP = 2.0  # seconds; a full batch that takes longer is not tried
WORKING = 1.5  # backward needs about half as much memory again as forward stored
SMALL = 40_000_000  # bytes of weights up to which a closed-form model is fitted as it is: 3,000 x 3,000 items
PART = 2000  # items of the part of a larger catalogue

# Copies of the weights in memory. While training: weights, gradients and Adam's two moments. At the end of an epoch
# also the snapshot with its moments and the best state, and both again as bytes and as one file.
KEPT, AT_EPOCHS_END = 4, 12


@dataclass(frozen=True)
class Probe:
    """Estimated cost in seconds and bytes.

    `epoch` trains one epoch, `validation` ranks its targets, `once` occurs once (the fit, and the last ranks on
    validation and test). `content` is the part of `once` that trains the text and picture towers. `memory`: peak of the
    whole process.
    """

    epoch: float
    validation: float
    once: float
    memory: int
    content: float = 0.0


def probe(trainer: Trainer, seconds: float = SECONDS) -> Probe:
    """Estimate the cost of a trainer, which is unusable afterwards. Raises SettingError if the loss diverges."""
    model, device = trainer.model, trainer.device
    if isinstance(trainer, PrivateTrainer):
        extra_memory, epoch = 0, _private_epoch_seconds(trainer, seconds)
    else:
        full_batch = trainer.steps.batch_size
        extra_memory = _shrink_to_fit(trainer)
        trainer.steps.batch_size = min(full_batch, trainer.steps.batch_size)
        _pass(trainer, trainer.steps.largest())
        epoch = _epoch_seconds(trainer, seconds)
    model.eval()
    ranking = _ranking_seconds(model, trainer.split.validation, trainer.candidates)
    towers = tower_seconds(trainer.embedding, device) if trainer.embedding is not None else 0.0
    weights = size_of(model.state_dict().values())
    return Probe(
        epoch=epoch,
        validation=ranking * len(trainer.validation) / max(1, len(trainer.split.validation)),
        once=towers + 2 * ranking,
        memory=max(
            peak_memory(device) + extra_memory + KEPT * weights * (device.type != "cuda"),
            held_memory(device) + AT_EPOCHS_END * weights * (device.type != "cuda"),
        ),
        content=towers,
    )


def probe_fit(model: FittedModel, split: Split) -> Probe:
    """Estimate the cost of a closed-form model, which cannot be used afterwards."""
    cpu = torch.device("cpu")
    weights = size_of(model.state_dict().values())
    model.eval()
    ranking = _ranking_seconds(model, split.validation, Candidates.of(split, model.scores_cold))
    part, train = model, split.positives
    if weights > SMALL:
        part, train = _part(model, split.positives)
    before, began = held_memory(cpu), time.monotonic()
    part.fit(train)
    seconds_taken, used = time.monotonic() - began, peak_memory(cpu) - before
    scale = model.num_items / part.num_items
    return Probe(
        epoch=0.0,
        validation=0.0,
        once=seconds_taken * scale**model.growth + 2 * ranking,
        memory=max(peak_memory(cpu), before + int(used * scale**2), before + 3 * weights),
    )


def size_of(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)


def _shrink_to_fit(trainer: Trainer) -> int:
    """Lower the batch size to what can be tried; returns the extra bytes that a full batch needs."""
    steps, full_batch = trainer.steps, trainer.steps.batch_size
    steps.batch_size = few = min(FEW, full_batch)
    batch = steps.largest()
    _pass(trainer, batch)
    began = time.monotonic()
    stored, targets = _pass(trainer, batch)
    seconds_taken = time.monotonic() - began
    steps.batch_size = full_batch
    share = steps.targets_per_step / targets / full_batch  # of this batch, for each history of a whole one
    stored, step = stored * WORKING * share, seconds_taken * share
    steps.batch_size = max(few, int(min(full_batch, free_memory(trainer.device) / 2 / stored, LONGEST_STEP / step)))
    return int((full_batch - steps.batch_size) * stored)


def _pass(trainer: Trainer, batch: Any) -> tuple[float, int]:
    """Forward and backward without a step; returns the bytes stored for backward, and the number of targets."""
    parameters = {parameter.untyped_storage().data_ptr() for parameter in trainer.model.parameters()}
    stored: dict[int, int] = {}

    def record(tensor: Tensor) -> Tensor:
        stored[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    trainer.model.train()
    _, chance = trainer.draws(1)
    with chance.rng_scope(), torch.autograd.graph.saved_tensors_hooks(record, lambda tensor: tensor):
        loss, targets = trainer.steps.loss(batch, trainer.device)
        loss.backward()
    return sum(size for address, size in stored.items() if address not in parameters) or 1.0, targets


def _epoch_seconds(trainer: Trainer, seconds: float) -> float:
    """Train for `seconds`, at least one batch, and scale to a whole epoch."""
    began = last = time.monotonic()
    spent = covered = share = 0.0
    trainer.should_stop = lambda: covered > 0 and time.monotonic() - began > seconds
    try:
        for event in trainer.epochs():
            now = time.monotonic()
            if isinstance(event, EpochDone):
                share = 0.0
            elif isinstance(event, BatchDone):
                spent, covered, share = spent + now - last, covered + event.share - share, event.share
            last = now
    except Stopped:
        pass
    return spent / covered


def _private_epoch_seconds(trainer: PrivateTrainer, seconds: float) -> float:
    """Compute gradients of single users for `seconds`, then take one step, and scale to an epoch."""
    stream, budget = SecretStream(trainer.key, 1), trainer.budget
    seeds, order = stream.integers(trainer.num_users + 1), 1 + np.argsort(stream.uniform(trainer.num_users))
    trainer.model.train()
    began, num_done = time.monotonic(), 0
    for user in order:
        sums, _, _ = trainer.clipped_sum(np.array([user]), seeds)
        num_done += 1
        if time.monotonic() - began > seconds:
            break
    each = (time.monotonic() - began) / num_done
    began = time.monotonic()
    trainer.take_step(sums, stream)
    step = time.monotonic() - began
    return budget.steps_per_epoch * (budget.rate * trainer.num_users * each + step)


def _ranking_seconds(model: Recommender, targets: Targets, candidates: Candidates) -> float:
    """Estimate the time to rank all targets, from the chunk of longest histories and a middle one."""
    by_length = np.argsort(targets.ends - targets.log.offsets[targets.users], kind="stable")
    chunks = [by_length[start : start + ROWS] for start in range(0, len(targets), ROWS)]
    if not chunks:
        return 0.0
    ranks(model, targets.take(chunks[-1][-FEW:]), candidates)  # warm-up

    def timed(rows: np.ndarray) -> float:
        began = time.monotonic()
        ranks(model, targets.take(rows), candidates)
        return time.monotonic() - began

    others = len(chunks) - 1
    return timed(chunks[-1]) + (others * timed(chunks[(others - 1) // 2]) if others else 0.0)


def _part(model: FittedModel, train: Interactions) -> tuple[FittedModel, Interactions]:
    """A model of the same kind for the first items of the catalogue, and their events."""
    part = type(model)(Shape(train.num_users, PART), model.config)
    return part, replace(train.keep(train.items <= PART), item_ids=train.item_ids[: PART + 1])
