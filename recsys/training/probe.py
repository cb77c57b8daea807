"""About a second of real work, to say beforehand what all of it will take.

A network: one pass over the largest batch (its memory, and the warm-up), then real steps on the batches of the
first epoch until the second is over, then one stretch of ranks. A model with a closed form: fitted as it is
where that is quick, else on a part of the catalogue and scaled. What a whole batch would need is first
guessed from a few rows; where that is more than half of the free memory, or takes too long, the steps are made with
fewer rows and scaled: the probe must not be what brings the machine down.

The memory is that of this process, so it means something only in a process that did nothing else.
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
from recsys.training.towers import tower_seconds
from recsys.training.trainer import BatchDone, EpochDone, Stopped, Trainer

SECONDS = 1.0
FEW = 8  # rows of the first guess
LONGEST_STEP = 2.0  # seconds: a whole batch that takes longer is not tried
WORKING = 1.5  # backward needs about half as much again as it was left
SMALL = 40_000_000  # bytes of a closed form that is simply fitted: a table of 3,000 x 3,000
PART = 2000  # items of the part that stands for a larger catalogue

# Copies of the weights that the end of an epoch holds: weights, slopes and Adam's two moments; the snapshot with its
# moments and the best state; the same again as bytes and as one file.
KEPT, AT_EPOCHS_END = 4, 12


@dataclass(frozen=True)
class Probe:
    """Seconds: `epoch` trains one epoch, `validation` ranks its targets, `once` comes once: the fit, and
    the last ranks on validation and test. `memory`: bytes, the most that the whole process will hold."""

    epoch: float
    validation: float
    once: float
    memory: int


def probe(trainer: Trainer, seconds: float = SECONDS) -> Probe:
    """Tries a trainer, which is of no use afterwards. Raises SettingError where its loss is no number."""
    model, device = trainer.model, trainer.device
    whole = trainer.steps.batch_size
    untried = _shrink_to_fit(trainer)
    trainer.steps.batch_size = min(whole, trainer.steps.batch_size)
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
            peak_memory(device) + untried + KEPT * weights * (device.type != "cuda"),
            held_memory(device) + AT_EPOCHS_END * weights * (device.type != "cuda"),
        ),
    )


def probe_fit(model: FittedModel, split: Split) -> Probe:
    """Tries a model with a closed form, which is of no use afterwards."""
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
    times = model.num_items / part.num_items
    return Probe(
        epoch=0.0,
        validation=0.0,
        once=seconds_taken * times**model.growth + 2 * ranking,
        memory=max(peak_memory(cpu), before + int(used * times**2), before + 3 * weights),
    )


def size_of(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)


def _shrink_to_fit(trainer: Trainer) -> int:
    """Lowers the batch size to what can be tried, and gives the bytes that a whole batch needs beyond it."""
    steps, whole = trainer.steps, trainer.steps.batch_size
    steps.batch_size = few = min(FEW, whole)
    batch = steps.largest()
    _pass(trainer, batch)
    began = time.monotonic()
    held, targets = _pass(trainer, batch)
    seconds_taken = time.monotonic() - began
    steps.batch_size = whole
    share = steps.targets_per_step / targets / whole  # of this batch, for each history of a whole one
    held, step = held * WORKING * share, seconds_taken * share
    steps.batch_size = max(few, int(min(whole, free_memory(trainer.device) / 2 / held, LONGEST_STEP / step)))
    return int((whole - steps.batch_size) * held)


def _pass(trainer: Trainer, batch: Any) -> tuple[float, int]:
    """Forward and backward without a step; gives the bytes that were kept for the way back, and the number of targets."""
    parameters = {parameter.untyped_storage().data_ptr() for parameter in trainer.model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    trainer.model.train()
    _, chance = trainer.draws(1)
    with chance.rng_scope(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss, targets = trainer.steps.loss(batch, trainer.device)
        loss.backward()
    return sum(size for address, size in kept.items() if address not in parameters) or 1.0, targets


def _epoch_seconds(trainer: Trainer, seconds: float) -> float:
    """Trains for `seconds`, at least a batch, and scales what that took to a whole epoch."""
    began = at = time.monotonic()
    spent = covered = share = 0.0
    trainer.should_stop = lambda: covered > 0 and time.monotonic() - began > seconds
    try:
        for event in trainer.epochs():
            now = time.monotonic()
            if isinstance(event, EpochDone):
                share = 0.0
            elif isinstance(event, BatchDone):
                spent, covered, share = spent + now - at, covered + event.share - share, event.share
            at = now
    except Stopped:
        pass
    return spent / covered


def _ranking_seconds(model: Recommender, targets: Targets, candidates: Candidates) -> float:
    """What ranking all targets takes: the stretch of the longest histories, and a middle one for all others."""
    by_length = np.argsort(targets.ends - targets.log.offsets[targets.users], kind="stable")
    stretches = [by_length[start : start + ROWS] for start in range(0, len(targets), ROWS)]
    if not stretches:
        return 0.0
    ranks(model, targets.take(stretches[-1][-FEW:]), candidates)  # warm-up

    def timed(rows: np.ndarray) -> float:
        began = time.monotonic()
        ranks(model, targets.take(rows), candidates)
        return time.monotonic() - began

    others = len(stretches) - 1
    return timed(stretches[-1]) + (others * timed(stretches[(others - 1) // 2]) if others else 0.0)


def _part(model: FittedModel, train: Interactions) -> tuple[FittedModel, Interactions]:
    """The same kind of model for the first items of the catalogue, and their events."""
    part = type(model)(Shape(train.num_users, PART), model.config)
    return part, replace(train.keep(train.items <= PART), item_ids=train.item_ids[: PART + 1])
