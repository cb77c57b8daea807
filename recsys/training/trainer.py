"""Training loop as a generator of events; the caller may stop it after any event.

Epochs run until validation NDCG@10 has not improved for `patience` of them, and the best state is kept. If no user can
be evaluated, all epochs run. Random numbers are seeded for every epoch from (seed, epoch), so an epoch resumed from a
`Snapshot` gives the same bits as an uninterrupted one (CPU, same threads).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from recsys.errors import SettingError
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.messages import message
from recsys.models.base import FittedModel, PairModel, Recommender, SequenceModel
from recsys.models.config import TrainedConfig
from recsys.models.inputs.content_embedding import content_embedding
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split
from recsys.training.calibration import calibrate_new_items
from recsys.training.chance import Chance
from recsys.training.optimizer import Adam, pack, unpack
from recsys.training.steps import PairSteps, SequenceSteps, Steps
from recsys.training.towers import TowerDone, train_towers

VALIDATION_USERS = 10_000  # at most, a fixed sample; enough for a confidence interval of .004


@dataclass(frozen=True)
class BatchDone:
    """`share` of the epoch is done; `loss` is its mean so far."""

    epoch: int
    share: float
    loss: float
    targets: int
    traffic: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class EpochDone:
    """`ndcg` is validation NDCG@10 (None without users to evaluate); `seconds` includes validation.

    `epsilon` is the privacy budget spent so far, for `delta`; both None where none is counted. `traffic` counts the rounds
    and bytes of federated training, empty for any other.
    """

    epoch: int
    loss: float
    ndcg: float | None
    accuracy: float | None
    seconds: float
    train_seconds: float
    targets: int
    is_best: bool
    epsilon: float | None = None
    delta: float | None = None
    traffic: dict[str, int] = field(default_factory=dict)


Event = TowerDone | BatchDone | EpochDone


@dataclass
class Snapshot:
    """State after an epoch: enough to resume as if training had never stopped."""

    epoch: int = 0
    best_epoch: int = 0
    best_ndcg: float | None = None
    history: list[EpochDone] = field(default_factory=list)
    model: dict[str, Tensor] = field(default_factory=dict)
    optimizer: dict[str, Tensor] = field(default_factory=dict)
    best: dict[str, Tensor] = field(default_factory=dict)


class Stopped(Exception):
    """Training was stopped; the snapshot holds the last finished epoch."""


class Trainer:
    """Trains `model` on `split`; after any event, `snapshot` holds the state after the last finished epoch.

    `steps` may be passed if `steps_for` was called before: it takes seconds on long interactions.
    """

    keeps_last: ClassVar[bool] = False  # the last epoch, not the best on validation

    def __init__(
        self,
        model: Recommender,
        split: Split,
        *,
        seed: int,
        device: torch.device,
        snapshot: Snapshot | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        steps: Steps[Any] | None = None,
    ) -> None:
        assert isinstance(model.config, TrainedConfig), "a fitted model needs no trainer"
        self.model, self.split, self.seed, self.device = model.to(device), split, seed, device
        self.config, self.should_stop = model.config, should_stop
        self.embedding = content_embedding(model)
        if self.embedding is not None:
            self.embedding.set_item_counts(split.train.item_counts)
        self.steps = steps or steps_for(model, split)
        self.candidates = Candidates.of(split, model.scores_cold)
        rows = np.arange(len(split.validation))
        if len(rows) > VALIDATION_USERS:
            rows = np.sort(np.random.default_rng(seed).choice(rows, VALIDATION_USERS, replace=False))
        self.validation = split.validation.take(rows)
        self.optimizer = self.make_optimizer()
        self.snapshot = snapshot or Snapshot()
        if self.snapshot.epoch:
            self.model.load_state_dict(self.snapshot.model)
            self.optimizer.load_state_dict(unpack(self.optimizer, self.snapshot.optimizer))

    def make_optimizer(self) -> Adam:
        return Adam(
            self.model.parameters(), lr=self.config.learning_rate, betas=(0.9, 0.98), fused=self.device.type != "mps"
        )

    @property
    def traffic(self) -> dict[str, int]:
        """Rounds and bytes of the current epoch, of trainers that exchange messages."""
        return {}

    def spent(self, epoch: int) -> tuple[float, float] | tuple[None, None]:
        """(ε, δ) after an epoch, of trainers with a privacy budget."""
        return None, None

    def accuracy(self) -> float | None:
        """That of the epoch's targets, where the model has one."""
        return self.steps.accuracy()

    @property
    def is_over(self) -> bool:
        snapshot = self.snapshot
        without_gain = snapshot.epoch - snapshot.best_epoch if snapshot.best_ndcg is not None else 0
        return snapshot.epoch >= self.config.epochs or without_gain >= self.config.patience

    def run(self) -> Iterator[Event]:
        """Train to the end; the model is left with its best state, in evaluation mode.

        Raises Stopped soon after `should_stop` returns True, and SettingError if training diverges: the loss is not
        finite, or stays far above that of a uniform guess in every epoch.
        """
        if self.embedding is not None and not self.snapshot.epoch:
            yield from train_towers(
                self.embedding, self.split.train, seed=self.seed, device=self.device, check_stop=self._check_stop
            )
        yield from self.epochs()

    def epochs(self) -> Iterator[Event]:
        """Like `run`, without the pretraining of the towers."""
        while not self.is_over:
            yield from self._epoch(self.snapshot.epoch + 1)
        self.restore_best()

    def restore_best(self) -> None:
        """Load the best state so far, if an epoch has ended, and switch to evaluation mode.

        Raises SettingError as `run` if the loss stayed too high.
        """
        self._check_loss()
        if self.snapshot.best:
            self.model.load_state_dict(self.snapshot.best)
        self.model.eval()
        if self.snapshot.best and isinstance(self.model, SequenceModel) and self.embedding is not None:
            calibrate_new_items(self.model, self.validation, self.candidates)

    def _check_loss(self) -> None:
        """Compare the lowest loss with the largest possible for random weights. Raises SettingError if it is higher.

        Random weights prefer the newest item itself, by a logit of at most the square root of `embedding_dim`.
        """
        lowest = min((epoch.loss for epoch in self.snapshot.history), default=0.0)
        uniform = math.log(self.model.num_items if isinstance(self.model, SequenceModel) else 2)
        if lowest > uniform + math.sqrt(self.config.embedding_dim):  # type: ignore[attr-defined]
            raise SettingError(
                message(
                    "Training diverged: its lowest loss is {lowest:,.2f}, while a uniform guess has {uniform:.2f}. "
                    "Lower learning_rate (it is {learning_rate:g}).",
                    lowest=lowest,
                    uniform=uniform,
                    learning_rate=self.config.learning_rate,
                ),
                column="learning_rate",
            )

    def _check_stop(self, rows_done: int = 0) -> None:
        if self.should_stop():
            raise Stopped

    def draws(self, epoch: int) -> tuple[np.random.Generator, Chance]:
        """Random streams of an epoch, for its batches and for its layers."""
        rng = np.random.default_rng((self.seed, epoch))
        return rng, Chance(int(rng.integers(2**31)), self.device)

    def learn(self, epoch: int) -> Iterator[tuple[float, float, int]]:
        """Train one epoch: after each step its (share of the epoch done, summed loss, number of targets)."""
        rng, chance = self.draws(epoch)
        for share, batch in self.steps.batches(rng):
            self._check_stop()
            with chance.rng_scope():
                loss, num_targets = self.steps.loss(batch, self.device)
                self.optimizer.zero_grad(set_to_none=True)
                (loss / self.steps.targets_per_step).backward()
                norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0))
                value = float(loss.detach())  # summed over `num_targets`
                self.check_finite(epoch, value, norm)
                self.optimizer.step()
            yield share, value, num_targets

    def check_finite(self, epoch: int, loss: float, gradient_norm: float) -> None:
        """Raise SettingError where a step was too large."""
        if np.isfinite(loss) and np.isfinite(gradient_norm):
            return
        raise SettingError(
            message(
                "The loss became {value} in epoch {epoch}, its gradient {norm}: the steps are too large. Lower "
                "learning_rate (it is {learning_rate:g}).",
                value=loss,
                epoch=epoch,
                norm=gradient_norm,
                learning_rate=self.config.learning_rate,
            ),
            column="learning_rate",
        )

    def finish_epoch(self) -> None:
        """Change the weights after the steps of an epoch, before validation."""
        if isinstance(self.model, PairModel):
            self.model.forget_users(np.flatnonzero(np.diff(self.split.train.offsets) == 0))

    def _epoch(self, epoch: int) -> Iterator[Event]:
        began, total, targets = time.monotonic(), 0.0, 0
        self.model.train()
        for share, loss, num_targets in self.learn(epoch):
            total, targets = total + loss, targets + num_targets
            yield BatchDone(epoch, share, total / max(1, targets), num_targets, self.traffic)
        train_seconds = time.monotonic() - began
        self.model.eval()
        self.finish_epoch()
        ndcg = None
        if len(self.validation):
            ndcg = means(ranks(self.model, self.validation, self.candidates, self._check_stop), (10,))["ndcg@10"]
        previous, (epsilon, delta) = self.snapshot, self.spent(epoch)
        is_best = self.keeps_last or ndcg is None or previous.best_ndcg is None or ndcg > previous.best_ndcg
        event = EpochDone(
            epoch=epoch,
            loss=total / max(1, targets),
            ndcg=ndcg,
            accuracy=self.accuracy(),
            seconds=time.monotonic() - began,
            train_seconds=train_seconds,
            targets=targets,
            is_best=is_best,
            epsilon=epsilon,
            delta=delta,
            traffic=self.traffic,
        )
        state = copy_state(self.model.state_dict())
        self.snapshot = Snapshot(
            epoch=epoch,
            best_epoch=epoch if is_best else previous.best_epoch,
            best_ndcg=ndcg if is_best else previous.best_ndcg,
            history=[*previous.history, event],
            model=state,
            optimizer=copy_state(pack(self.optimizer)),
            best=state if is_best else previous.best,
        )
        yield event


def fit(model: FittedModel, split: Split) -> None:
    """Fit a closed-form model on the positives and switch it to evaluation mode."""
    model.fit(split.positives)
    model.eval()


def steps_for(model: Recommender, split: Split) -> Steps[Any]:
    """The steps for this kind of model. Raises SettingError if there is too little to learn from."""
    if isinstance(model, SequenceModel):
        return SequenceSteps(model, split.train, split.liked_from, hide_seen=split.hide_seen)
    assert isinstance(model, PairModel)
    return PairSteps(model, split.train, split.liked_from)


def copy_state(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in state.items()}
