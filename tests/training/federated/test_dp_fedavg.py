"""DP-FedAvg: clipped changes, noise from a key, a budget that is never exceeded."""

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.sequences.split import leave_one_out
from recsys.training.federated.client import clipped
from recsys.training.federated.dp_fedavg import PrivateFederatedTrainer
from recsys.training.federated.transport import Invitation
from recsys.training.privacy_config import FederatedOptions, PrivacyOptions
from recsys.training.private.budget import budget_of
from recsys.training.trainer import BatchDone, EpochDone, Stopped
from tests.worlds.logs import log_of, walking_a_cycle
from tests.worlds.small_models import build_model


def epsilon_spent(noise, rate, steps, delta):
    """Stands for the accountant, which takes seconds: ε grows by rate / noise in a round."""
    return steps * rate / noise


@pytest.fixture(autouse=True)
def quick_accountant(monkeypatch):
    monkeypatch.setattr("recsys.training.private.budget.epsilon_spent", epsilon_spent)
    monkeypatch.setattr("recsys.training.private.budget.noise_for", lambda e, rate, steps, delta: rate * steps / e)


KEY, LOG = bytes(range(32)), walking_a_cycle(num_users=20)


def make_trainer(
    name="gru4rec", snapshot=None, should_stop=lambda: False, epochs=2, key=KEY, log=LOG, epsilon=None, **options
):
    options = FederatedOptions(**{"clients_per_round": 0.5, **options})
    model = build_model(name, Shape(log.num_users, log.num_items), epochs=epochs)
    budget = budget_of(PrivacyOptions(epsilon=epsilon, noise=1.0, clip=0.5), log.num_users, epochs, options)
    return PrivateFederatedTrainer(
        model, leave_one_out(log), budget=budget, key=key, options=options, seed=1, device=torch.device("cpu"),
        snapshot=snapshot, should_stop=should_stop,
    )  # fmt: skip


def epochs_of(trainer):
    return [event for event in trainer.run() if isinstance(event, EpochDone)]


def test_a_long_change_is_cut_to_the_clip_and_a_short_one_kept():
    np.testing.assert_allclose(clipped(np.array([3, 4], dtype=np.float32), 1.0), [0.6, 0.8], rtol=1e-5)
    np.testing.assert_allclose(clipped(np.array([0.3, 0.4], dtype=np.float32), 1.0), [0.3, 0.4], rtol=1e-5)
    assert not clipped(np.array([np.nan, 1], dtype=np.float32), 1.0).any()


@pytest.mark.parametrize("name", ["mlp", "gru4rec"])
def test_a_round_moves_the_weights_by_the_clipped_changes_and_the_noise(name):
    trainer = make_trainer(name, server="average", dropouts=0.3)
    changes, train = [], trainer.local.train

    def noted(client, invitation):
        changes.append(train(client, invitation).change)
        return train(client, invitation)

    trainer.clients.train = noted
    before = trainer.local.weights()
    trainer.model.train()
    next(trainer.learn(1))
    stream = type(trainer.stream)(KEY, 1)
    stream.uniform(20)
    noise = stream.normal(len(before)) * 1.0 * 0.5
    noise[trainer.is_fixed] = 0
    assert all(np.linalg.norm(change) <= 0.5 for change in changes)
    assert trainer.is_fixed.sum() == 16  # the vector of PAD
    expected = before + (sum(changes) + noise) / 10  # half of 20 clients, whoever answered
    np.testing.assert_allclose(trainer.local.weights(), expected, atol=1e-6)


def test_the_budget_is_that_of_the_rounds_so_far_and_the_last_epoch_is_kept():
    trainer = make_trainer(epochs=3)
    epochs = epochs_of(trainer)
    delta = trainer.budget.delta
    assert delta == 1e-3  # a tenth of 1 / 20, rounded down
    assert [epoch.epsilon for epoch in epochs] == [epsilon_spent(1.0, 0.5, 2 * n, delta) for n in (1, 2, 3)]
    assert trainer.snapshot.best_epoch == 3


def test_training_stops_before_the_target_is_exceeded():
    trainer = make_trainer(epochs=9, epsilon=epsilon_spent(1.0, 0.5, 4, 1e-3) + 0.01)
    epochs = epochs_of(trainer)
    assert len(epochs) == 2
    assert epochs[-1].epsilon <= trainer.budget.target


def test_the_noise_for_a_target_spends_it_in_all_epochs():
    budget = budget_of(PrivacyOptions(epsilon=4.0), 943, 5, FederatedOptions(clients_per_round=0.1))
    assert (budget.noise, budget.delta) == (0.1 * 5 * 10 / 4.0, 1e-4)
    assert budget.spent(5) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("options", "column"),
    [({"noise": 1.0, "delta": 0.1}, "delta"), ({"noise": 0.1, "epsilon": 0.1}, "noise")],
)
def test_a_budget_that_protects_nobody_or_is_out_of_reach_is_refused(options, column):
    with pytest.raises(SettingError) as caught:
        budget_of(PrivacyOptions(**options), 20, 3, FederatedOptions(clients_per_round=0.5))
    assert caught.value.column == column


def test_the_update_of_a_client_does_not_depend_on_what_others_repeat():
    updates = []
    for other in ([3, 4, 5, 6, 7], [3, 4, 3, 4, 3]):
        log = log_of([1, 2, 3, 4, 5], other, *([1, 2, 3, 4] for _ in range(9)), num_items=7)
        trainer = make_trainer(log=log)
        trainer.model.train()
        trainer.model.drop.p = 0.0
        state = np.linspace(-0.1, 0.1, len(trainer.local.weights()), dtype=np.float32)
        updates.append(trainer.train_client(0, Invitation(1, state)).change)
    np.testing.assert_array_equal(*updates)


def test_killed_and_resumed_it_has_the_same_bits_and_budget():
    whole, told = make_trainer(), []
    epochs_of(whole)
    stopped = make_trainer(should_stop=lambda: bool(told) and isinstance(told[-1], BatchDone) and told[-1].epoch == 2)
    with pytest.raises(Stopped):
        for event in stopped.run():
            told.append(event)
    resumed = make_trainer(snapshot=stopped.snapshot)
    epochs_of(resumed)
    assert resumed.snapshot.history[-1].epsilon == whole.snapshot.history[-1].epsilon
    for name, tensor in whole.snapshot.model.items():
        assert torch.equal(tensor, resumed.snapshot.model[name]), name


def test_another_key_draws_other_noise():
    ends = []
    for key in (KEY, bytes(32)):
        trainer = make_trainer(epochs=1, key=key)
        epochs_of(trainer)
        ends.append(trainer.local.weights())
    assert not np.allclose(*ends, atol=1e-3)


def test_users_of_a_private_pair_model_end_as_the_unknown_user():
    trainer = make_trainer("mlp", epochs=1)
    epochs_of(trainer)
    table = trainer.model.table(0)
    assert torch.equal(table, table[:1].expand_as(table))
