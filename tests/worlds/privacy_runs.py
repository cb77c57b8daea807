"""A privacy series whose members are finished as far as their folders can tell, without a training."""

from __future__ import annotations

import pandas as pd

from recsys.runs.attack_record import Attack, AttackScores, save_attack
from recsys.runs.record import PrivacySpent, Traffic
from recsys.runs.store import RunFolder
from recsys.services.models.privacy_series import find_members
from recsys.services.train.planning import TrainRequest, config_of
from recsys.services.workspace import Workspace
from recsys.training.config import TrainingOptions
from tests.worlds.stored_runs import record

NUM_MEMBERS, NUM_TEST = 6, 24
RANKS = {"central": 1, "epsilon-8": 2, "epsilon-3": 4, "epsilon-1": 60, "federated": 1, "federated-8": 8}
AUCS = {"central": 0.7, "epsilon-8": 0.6, "epsilon-3": 0.55, "epsilon-1": 0.5, "federated": 0.69, "federated-8": 0.52}
SECONDS = {name: 10.0 * (index + 1) for index, name in enumerate(RANKS)}


def add_run(workspace: Workspace, dataset_id: str, run_id: str = "seen", model: str = "gru4rec") -> RunFolder:
    """A run that saw all users, not trained yet."""
    options = TrainingOptions(device="cpu", threads=1)
    return workspace.runs.create(config_of(TrainRequest(dataset_id, model, "quick", {}, options, run_id)))


def finish_member(workspace: Workspace, run_id: str, name: str, *, attacked: bool = True) -> RunFolder:
    """End a member of the series of a run: all users have the same rank, the attack an AUC with ± 0.04."""
    (run,) = [run for run in find_members(workspace, workspace.runs.open(run_id).config) if run.member.name == name]
    folder = workspace.runs.create(run.config)
    workspace.queue.cancel(folder.run_id)
    folder.save_ranks(pd.DataFrame({"user": range(1, NUM_TEST + 1), "validation": RANKS[name], "test": RANKS[name]}))
    privacy = run.config.options.privacy
    spent = privacy and PrivacySpent(
        epsilon=0.99 * (privacy.epsilon or 0), delta=1e-4, noise=1, clip=1, rate=0.1, steps=5
    )
    traffic = Traffic(bytes_down=30_000_000, bytes_up=10_000_000) if name.startswith("federated") else None
    config = run.config
    folder.finish(
        record(
            folder.run_id, sha="ab", dataset_id=config.dataset_id, model=config.model, seconds=SECONDS[name],
            privacy=spent, traffic=traffic, metrics={"ndcg@10": 0.5},
        )
    )  # fmt: skip
    if attacked:
        save_attack(folder, attack(folder.run_id, AUCS[name]))
    return folder


def attack(run_id: str, auc: float) -> Attack:
    scores = AttackScores(
        name="loss", auc=auc, interval=(auc - 0.04, auc + 0.04), true_positive_rates=(0.0, 0.1), scores=(1.0, 0.0)
    )
    return Attack(
        weights_sha256="ab", seed=1, attacked=run_id, num_asked=2, users=("u1", "u2"), is_member=(True, False),
        num_events=(1, 1), attacks=(scores,), exposed=(), typical_rare=0.0, typical_rank=1.0, num_shadows=0, seconds=1.0,
        measured="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
