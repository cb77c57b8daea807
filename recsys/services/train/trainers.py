"""The trainer of a run, by its options, and what it spent and exchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.runs.progress import add_traffic
from recsys.runs.record import PrivacySpent, Traffic
from recsys.runs.secret import Secret, load_secret, save_secret
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_snapshot
from recsys.services.train.planning import Plan
from recsys.training.config import TrainingOptions
from recsys.training.federated.dp_fedavg import PrivateFederatedTrainer
from recsys.training.federated.federated_trainer import FederatedTrainer
from recsys.training.private.budget import Budget, budget_of
from recsys.training.private.private_trainer import PrivateTrainer
from recsys.training.private.streams import new_key
from recsys.training.trainer import Trainer


def trainer_of(planned: Plan, folder: RunFolder, should_stop: Callable[[], bool]) -> Trainer:
    """Create the trainer, from the run's checkpoint if there is one.

    Raises RunError for a checkpoint that does not fit, or that of a private run whose key is lost.
    """
    secret = None if planned.config.options.privacy is None else _secret_of(planned, folder)
    snapshot = load_snapshot(folder, planned.model)
    return _create(planned, secret, snapshot=snapshot, should_stop=should_stop)


def passing_trainer(planned: Plan, should_stop: Callable[[], bool] = lambda: False) -> Trainer:
    """A trainer of the same kind whose run is not stored, such as for a trial: the key of its noise is forgotten with it."""
    return _create(planned, None, should_stop=should_stop)


def _create(planned: Plan, secret: Secret | None, **arguments: Any) -> Trainer:
    options = planned.config.options
    arguments |= {"seed": options.seed, "device": planned.device, "steps": planned.steps}
    if options.privacy is not None:
        budget = _budget_of(planned, secret)
        arguments |= {"budget": budget, "key": new_key() if secret is None else bytes.fromhex(secret.key)}
    if options.federated is not None:
        arguments["options"] = options.federated
    return _kind(options)(planned.model, planned.split, **arguments)


def _kind(options: TrainingOptions) -> type[Trainer]:
    if options.federated is not None:
        return FederatedTrainer if options.privacy is None else PrivateFederatedTrainer
    return Trainer if options.privacy is None else PrivateTrainer


def _secret_of(planned: Plan, folder: RunFolder) -> Secret:
    """That which the run was begun with, or a new one, which is stored before the first step."""
    secret = load_secret(folder)
    if secret is None:
        budget = _budget_of(planned, None)
        secret = Secret(key=new_key().hex(), noise=budget.noise, delta=budget.delta)
        save_secret(folder, secret)
    return secret


def _budget_of(planned: Plan, secret: Secret | None) -> Budget:
    privacy = planned.config.options.privacy
    assert privacy is not None
    if secret is not None:
        privacy = privacy.model_copy(update={"noise": secret.noise, "delta": secret.delta})
    epochs = planned.model.config.epochs  # type: ignore[attr-defined]  # of a trained model
    return budget_of(privacy, planned.split.train.num_users, epochs, planned.config.options.federated)


def privacy_spent(trainer: Trainer) -> PrivacySpent | None:
    """What the finished epochs of a private training have spent; None for any other."""
    if not isinstance(trainer, PrivateTrainer | PrivateFederatedTrainer):
        return None
    budget, epochs = trainer.budget, trainer.snapshot.epoch
    return PrivacySpent(
        epsilon=budget.spent(epochs),
        delta=budget.delta,
        noise=budget.noise,
        clip=budget.clip,
        rate=budget.rate,
        steps=epochs * budget.steps_per_epoch,
        unit="client" if isinstance(trainer, FederatedTrainer) else "user",
    )


def traffic_of(trainer: Trainer) -> Traffic | None:
    """What the finished epochs of a federated training exchanged; None for any other."""
    if not isinstance(trainer, FederatedTrainer):
        return None
    return Traffic(**add_traffic(epoch.traffic for epoch in trainer.snapshot.history))
