"""Federated runs: their trainer, and what server and clients exchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recsys.runs.progress import add_traffic
from recsys.runs.record import FederatedRecord
from recsys.runs.secret import Secret, load_secret, save_secret
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_snapshot
from recsys.services.train.planning import Plan
from recsys.training.config import FederatedOptions
from recsys.training.federated.dp_fedavg import ClientBudget, PrivateFederatedTrainer, client_budget
from recsys.training.federated.federated_trainer import FederatedTrainer
from recsys.training.private.streams import new_key
from recsys.training.trainer import Trainer


def trainer_of(planned: Plan, folder: RunFolder, should_stop: Callable[[], bool]) -> Trainer:
    """Create the trainer of a run, from its checkpoint if there is one.

    Raises RunError for a checkpoint that does not fit, or that of a private run whose key is lost.
    """
    options = planned.config.options.federated
    arguments: dict[str, Any] = {
        "seed": planned.config.options.seed,
        "device": planned.device,
        "snapshot": load_snapshot(folder, planned.model),
        "should_stop": should_stop,
        "steps": planned.steps,
    }
    if options is None:
        return Trainer(planned.model, planned.split, **arguments)
    if not options.is_private:
        return FederatedTrainer(planned.model, planned.split, options=options, **arguments)
    budget, key = _budget_and_key(planned, folder, options)
    return PrivateFederatedTrainer(planned.model, planned.split, budget=budget, key=key, options=options, **arguments)


def _budget_and_key(planned: Plan, folder: RunFolder, options: FederatedOptions) -> tuple[ClientBudget, bytes]:
    """Those that the run was begun with, or new ones, which are stored before the first round."""
    secret = load_secret(folder)
    if secret is not None:
        options = options.model_copy(update={"noise": secret.noise, "delta": secret.delta})
    epochs = planned.model.config.epochs  # type: ignore[attr-defined]  # of a trained model
    budget = client_budget(options, planned.split.train.num_users, epochs)
    if secret is None:
        secret = Secret(key=new_key().hex(), noise=budget.noise, delta=budget.delta)
        save_secret(folder, secret)
    return budget, bytes.fromhex(secret.key)


def federated_record(trainer: Trainer) -> FederatedRecord | None:
    """What the finished epochs of a federated run exchanged and spent; None for any other run."""
    if not isinstance(trainer, FederatedTrainer):
        return None
    totals = add_traffic(epoch.traffic for epoch in trainer.snapshot.history)
    if not isinstance(trainer, PrivateFederatedTrainer):
        return FederatedRecord(**totals)
    budget = trainer.budget
    epsilon = budget.spent(trainer.snapshot.epoch)
    return FederatedRecord(**totals, epsilon=epsilon, delta=budget.delta, noise=budget.noise)
