"""The trainer of a run, by its options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.runs.record import PrivacySpent
from recsys.runs.secret import Secret, load_secret, save_secret
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_snapshot
from recsys.services.train.planning import Plan
from recsys.training.config import PrivacyOptions
from recsys.training.private.budget import Budget, budget_of, default_delta
from recsys.training.private.private_trainer import PrivateTrainer
from recsys.training.private.streams import new_key
from recsys.training.trainer import Trainer


def trainer_of(planned: Plan, folder: RunFolder, should_stop: Callable[[], bool]) -> Trainer:
    """Create the trainer, from the run's checkpoint if there is one.

    Raises RunError for a checkpoint that does not fit, or that of a private run whose key is lost.
    """
    options: dict[str, Any] = {
        "seed": planned.config.options.seed,
        "device": planned.device,
        "snapshot": load_snapshot(folder, planned.model),
        "should_stop": should_stop,
        "steps": planned.steps,
    }
    privacy = planned.config.options.privacy
    if privacy is None:
        return Trainer(planned.model, planned.split, **options)
    budget, key = _budget_and_key(planned, folder, privacy)
    return PrivateTrainer(planned.model, planned.split, budget=budget, key=key, **options)


def trial_trainer(planned: Plan) -> Trainer:
    """A trainer of the same kind, to measure what a step costs."""
    options: dict[str, Any] = {
        "seed": planned.config.options.seed,
        "device": planned.device,
        "steps": planned.steps,
    }
    privacy = planned.config.options.privacy
    if privacy is None:
        return Trainer(planned.model, planned.split, **options)
    budget = Budget(1.0, default_delta(planned.split.train.num_users), privacy.clip, privacy.rate, None)
    return PrivateTrainer(planned.model, planned.split, budget=budget, key=new_key(), **options)


def _budget_and_key(planned: Plan, folder: RunFolder, privacy: PrivacyOptions) -> tuple[Budget, bytes]:
    """Those that the run was begun with, or new ones, which are stored before the first step."""
    secret = load_secret(folder)
    if secret is not None:
        privacy = privacy.model_copy(update={"noise": secret.noise, "delta": secret.delta})
    epochs = planned.model.config.epochs  # type: ignore[attr-defined]  # of a trained model
    budget = budget_of(privacy, planned.split.train.num_users, epochs)
    if secret is None:
        secret = Secret(key=new_key().hex(), noise=budget.noise, delta=budget.delta)
        save_secret(folder, secret)
    return budget, bytes.fromhex(secret.key)


def privacy_spent(trainer: Trainer) -> PrivacySpent | None:
    """What the finished epochs of a private training have spent; None for any other."""
    if not isinstance(trainer, PrivateTrainer):
        return None
    budget, epochs = trainer.budget, trainer.snapshot.epoch
    return PrivacySpent(
        epsilon=budget.spent(epochs),
        delta=budget.delta,
        noise=budget.noise,
        clip=budget.clip,
        rate=budget.rate,
        steps=epochs * budget.steps_per_epoch,
    )
