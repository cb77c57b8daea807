"""Federated training: equal to central steps where it should be, learns, and goes on from a snapshot."""

import weakref

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.sequences.split import leave_one_out
from recsys.training.federated.federated_trainer import FederatedTrainer
from recsys.training.privacy_config import FederatedOptions
from recsys.training.trainer import BatchDone, EpochDone, Stopped
from tests.worlds.logs import log_of, walking_a_cycle
from tests.worlds.small_models import TRAINED_MODELS, build_model

CPU = torch.device("cpu")
LENGTHS = log_of(
    *(list(np.roll(np.arange(1, 15), -at)[: 4 + at]) for at in range(9)), num_items=14
)  # 2 to 10 to train on
THREE = ["mlp", "gru4rec", "sasrec"]


def make_trainer(name, log, snapshot=None, should_stop=lambda: False, settings=None, **options):
    model = build_model(name, Shape(log.num_users, log.num_items), **(settings or {}))
    return FederatedTrainer(
        model, leave_one_out(log), options=FederatedOptions(**options), seed=1, device=CPU, snapshot=snapshot,
        should_stop=should_stop,
    )  # fmt: skip


def epochs_of(trainer):
    return [event for event in trainer.run() if isinstance(event, EpochDone)]


def central_step(model, batches, steps, learning_rate):
    """Weights after one step of gradient descent on the mean loss over all targets of the batches."""
    losses, targets = zip(*(steps.loss(batch, CPU) for batch in batches), strict=True)
    gradients = torch.autograd.grad(sum(losses) / sum(targets), list(model.parameters()))
    return [
        weights.detach() - learning_rate * gradient
        for weights, gradient in zip(model.parameters(), gradients, strict=True)
    ]


@pytest.mark.parametrize("users_per_client", [1, 4])
@pytest.mark.parametrize("name", TRAINED_MODELS)
def test_a_round_of_all_clients_with_one_local_step_is_a_central_step(name, users_per_client, monkeypatch):
    monkeypatch.setattr("recsys.models.networks.mlp.HIDDEN_USERS", 0.0)  # as dropout: drawn anew in every pass
    trainer = make_trainer(
        name, LENGTHS, clients_per_round=1, users_per_client=users_per_client, server="average",
        local_learning_rate=0.5, settings={"dropout": 0.0, "batch_size": 64},
    )  # fmt: skip
    batches, loss = [], trainer.steps.loss
    monkeypatch.setattr(trainer.steps, "loss", lambda batch, device: batches.append(batch) or loss(batch, device))
    before = trainer.local.weights()
    trainer.model.train()
    ((share, _, targets),) = list(trainer.learn(1))
    federated = trainer.local.weights()
    assert (share, len(batches)) == (1, -(-9 // users_per_client))
    monkeypatch.undo()
    monkeypatch.setattr("recsys.models.networks.mlp.HIDDEN_USERS", 0.0)
    trainer.local.load(before)
    expected = torch.cat([part.reshape(-1) for part in central_step(trainer.model, batches, trainer.steps, 0.5)])
    assert targets == (sum(range(2, 11)) if name == "mlp" else sum(range(1, 10)))
    assert float(np.abs(federated - before).max()) > 1e-3
    np.testing.assert_allclose(federated, expected.numpy(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("server", ["average", "adam"])
@pytest.mark.parametrize("name", THREE)
def test_with_sampled_clients_and_dropouts_training_learns(name, server):
    rate = {"average": 3.0 if name == "mlp" else 1.0, "adam": 0.1}[server]
    settings = {"epochs": 4, "learning_rate": 0.02, "patience": 4}
    trainer = make_trainer(
        name, walking_a_cycle(num_users=30), settings=settings, clients_per_round=0.2, dropouts=0.3, server=server,
        local_learning_rate=rate, local_epochs=2,
    )  # fmt: skip
    epochs = epochs_of(trainer)
    assert epochs[-1].loss < epochs[0].loss - 0.02


def test_an_epoch_counts_its_rounds_clients_and_bytes():
    trainer = make_trainer("gru4rec", walking_a_cycle(), settings={"epochs": 1}, clients_per_round=0.25, dropouts=0.5)
    (epoch,) = epochs_of(trainer)
    size = 4 * len(trainer.local.weights())
    traffic = epoch.traffic
    assert {name: traffic[name] for name in ("rounds", "lost", "clients", "invited")} == {
        "rounds": 4, "lost": 0, "clients": 60, "invited": 4 * 15,
    }  # fmt: skip
    assert 10 < traffic["answered"] < 50
    assert traffic["bytes_down"] == 60 * (size + 8)
    assert traffic["bytes_up"] == traffic["answered"] * (size + 24)


def test_a_round_is_told_with_the_bytes_so_far():
    trainer = make_trainer("gru4rec", walking_a_cycle(), settings={"epochs": 1}, clients_per_round=0.5)
    told = [event.traffic["rounds"] for event in trainer.run() if isinstance(event, BatchDone)]
    assert told == [1, 2]


@pytest.mark.parametrize("options", [{"server": "average"}, {"server": "adam", "secure": True, "dropouts": 0.2}])
@pytest.mark.parametrize("name", ["mlp", "sasrec"])
def test_going_on_from_a_snapshot_gives_the_same_bits(name, options):
    settings, log = {"epochs": 3, "patience": 9}, walking_a_cycle(num_users=20)
    options = {"clients_per_round": 0.5, **options}
    whole = make_trainer(name, log, settings=settings, **options)
    epochs_of(whole)
    told = []
    stopped = make_trainer(
        name, log, settings=settings, **options,
        should_stop=lambda: bool(told) and isinstance(told[-1], BatchDone) and told[-1].epoch == 2,
    )  # fmt: skip
    with pytest.raises(Stopped):
        for event in stopped.run():
            told.append(event)
    assert stopped.snapshot.epoch == 1
    resumed = make_trainer(name, log, snapshot=stopped.snapshot, settings={**settings, "seed": 99}, **options)
    epochs_of(resumed)
    for part in ("model", "optimizer", "best"):
        one, other = getattr(whole.snapshot, part), getattr(resumed.snapshot, part)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one), part


def test_a_secure_sum_trains_as_a_plain_one():
    ends = []
    for secure in (False, True):
        trainer = make_trainer(
            "gru4rec", walking_a_cycle(num_users=20), settings={"epochs": 1}, clients_per_round=0.5, dropouts=0.2,
            server="average", secure=secure,
        )  # fmt: skip
        epochs_of(trainer)
        ends.append(trainer.local.weights())
    np.testing.assert_allclose(*ends, atol=1e-6, rtol=0)


def test_one_update_is_in_memory_at_a_time(monkeypatch):
    trainer = make_trainer("gru4rec", walking_a_cycle(num_users=20), settings={"epochs": 1}, clients_per_round=1)
    alive, sent, train = [], [], trainer.local.train

    def counted(client, invitation):
        alive.append(sum(reference() is not None for reference in sent))
        update = train(client, invitation)
        sent.append(weakref.ref(update))
        return update

    monkeypatch.setattr(trainer.clients, "train", counted)
    epochs_of(trainer)
    assert len(alive) == 20
    assert max(alive) <= 1


def test_steps_that_are_too_large_are_refused_naming_the_local_learning_rate():
    trainer = make_trainer(
        "gru4rec", walking_a_cycle(), settings={"epochs": 9}, local_learning_rate=100, local_epochs=9
    )
    with pytest.raises(SettingError, match=r"local_learning_rate \(it is 100\)") as caught:
        epochs_of(trainer)
    assert caught.value.column == "local_learning_rate"


def test_a_round_in_which_everybody_leaves_is_lost_and_changes_nothing():
    trainer = make_trainer("gru4rec", walking_a_cycle(num_users=20), clients_per_round=0.5, secure=True)
    before = trainer.server.weights.copy()
    trainer.transport.begin_round(dict.fromkeys(range(20), object))
    done = trainer.server.run_round(1, range(10), np.random.default_rng(0))
    assert (done.is_lost, done.answered) == (True, 0)
    np.testing.assert_array_equal(trainer.server.weights, before)
