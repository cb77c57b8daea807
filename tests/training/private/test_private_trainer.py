"""Training with differential privacy per user."""

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.sequences.split import leave_one_out
from recsys.training.privacy_config import PrivacyOptions
from recsys.training.private.budget import Budget, budget_of, default_delta
from recsys.training.private.private_trainer import PrivateTrainer
from recsys.training.private.streams import SecretStream
from recsys.training.private.within_budget import item_table
from recsys.training.trainer import BatchDone, EpochDone, Stopped
from tests.worlds.logs import without_a_rule
from tests.worlds.small_models import build_model

LOG = without_a_rule(num_users=20)
KEY = bytes(range(32))
MODELS = ["mlp", "gru4rec", "sasrec"]
BUDGET = Budget(noise=1.0, delta=1e-3, clip=0.5, rate=0.5, steps_per_epoch=2, target=None)


def make_trainer(name, log=LOG, budget=BUDGET, key=KEY, snapshot=None, should_stop=lambda: False, seed=1, **settings):
    model = build_model(name, Shape(log.num_users, log.num_items), seed=seed, **{"epochs": 3} | settings)
    return PrivateTrainer(
        model, leave_one_out(log), seed=1, device=torch.device("cpu"), snapshot=snapshot, should_stop=should_stop,
        budget=budget, key=key,
    )  # fmt: skip


def run(trainer):
    return [event for event in trainer.run() if isinstance(event, EpochDone)]


@pytest.mark.parametrize("name", MODELS)
def test_removing_a_user_changes_the_clipped_sum_by_at_most_the_clip(name):
    trainer = make_trainer(name, dropout=0.3)
    trainer.model.train()
    seeds = SecretStream(KEY, 1).integers(21)
    everyone = np.arange(1, 21)
    whole, _, _ = trainer.clipped_sum(everyone, seeds)
    for user in (1, 7, 20):
        without, _, _ = trainer.clipped_sum(everyone[everyone != user], seeds)
        change = torch.cat([(a - b).flatten() for a, b in zip(whole, without, strict=True)]).norm()
        assert change == pytest.approx(BUDGET.clip, rel=1e-4)  # gradients here are longer than the clip


def test_a_gradient_shorter_than_the_clip_is_kept_as_it_is():
    trainer = make_trainer("gru4rec")
    seeds = SecretStream(KEY, 1).integers(21)
    loose, looser = (trainer.clipped_sum(np.array([3]), seeds, clip)[0] for clip in (1e3, 1e4))
    torch.testing.assert_close(loose, looser, rtol=0, atol=0)


def test_a_gradient_that_is_not_finite_adds_nothing():
    trainer = make_trainer("gru4rec")
    with torch.no_grad():
        trainer.model.norm.weight.fill_(torch.inf)
    sums, _, _ = trainer.clipped_sum(np.array([3]), SecretStream(KEY, 1).integers(21))
    assert all(bool((tensor == 0).all()) for tensor in sums)


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_gets_noise_of_the_right_size_and_padding_none(name):
    trainer = make_trainer(
        name, budget=Budget(noise=3.0, delta=1e-3, clip=0.5, rate=0.5, steps_per_epoch=2, target=None)
    )
    nothing = [torch.zeros_like(parameter) for parameter in trainer.parameters]
    trainer.take_step(nothing, SecretStream(KEY, 1))
    assert all(parameter.grad.std() > 0 for parameter in trainer.parameters if parameter.numel() > 1)
    drawn = torch.cat([parameter.grad.flatten() for parameter in trainer.parameters])
    assert float(drawn.std()) == pytest.approx(3.0 * 0.5 / (0.5 * 20), rel=0.05)
    assert not item_table(trainer.model).grad[0].any()


def test_without_noise_a_step_follows_the_sum_of_the_users_gradients_over_their_number():
    trainer = make_trainer(
        "gru4rec",
        budget=Budget(noise=1e-9, delta=1e-3, clip=1e3, rate=1.0, steps_per_epoch=1, target=None),
        dropout=0.0,
    )
    trainer.model.train()
    seeds = SecretStream(KEY, 1).integers(21)
    sums, _, _ = trainer.clipped_sum(np.arange(1, 21), seeds)
    trainer.take_step(sums, SecretStream(KEY, 1))
    for parameter, summed in zip(trainer.parameters, sums, strict=True):
        torch.testing.assert_close(parameter.grad, summed / 20)


def test_going_on_from_a_snapshot_with_the_key_gives_the_bits_of_an_undisturbed_run():
    whole = make_trainer("sasrec", dropout=0.3)
    run(whole)
    seen = []
    broken = make_trainer("sasrec", dropout=0.3, should_stop=lambda: bool(seen) and seen[-1].epoch == 2)
    with pytest.raises(Stopped):
        for event in broken.run():
            if isinstance(event, BatchDone):
                seen.append(event)
    assert broken.snapshot.epoch == 1
    resumed = make_trainer("sasrec", dropout=0.3, snapshot=broken.snapshot, seed=99)
    run(resumed)
    for name, tensor in whole.snapshot.model.items():
        assert torch.equal(tensor, resumed.snapshot.model[name])
    assert [e.epsilon for e in whole.snapshot.history] == [e.epsilon for e in resumed.snapshot.history]


def test_two_keys_give_different_weights_from_one_seed():
    one, other = make_trainer("gru4rec", epochs=1), make_trainer("gru4rec", epochs=1, key=bytes(32))
    run(one), run(other)
    assert not torch.equal(one.snapshot.model["out.weight"], other.snapshot.model["out.weight"])


def test_the_last_epoch_is_kept_whatever_validation_says(monkeypatch):
    values = iter([1, 50, 90])
    monkeypatch.setattr("recsys.training.trainer.ranks", lambda *_: np.array([next(values)]))
    trainer = make_trainer("gru4rec", epochs=3, patience=1)
    assert len(run(trainer)) == 3
    assert trainer.snapshot.best_epoch == 3
    assert torch.equal(trainer.model.state_dict()["out.weight"], trainer.snapshot.model["out.weight"])


def test_training_stops_before_the_epoch_that_would_exceed_the_target():
    target = BUDGET.spent(2) + 0.01
    trainer = make_trainer("gru4rec", budget=Budget(1.0, 1e-3, 0.5, 0.5, 2, target), epochs=5)
    epochs = run(trainer)
    assert [epoch.epsilon for epoch in epochs] == [BUDGET.spent(1), BUDGET.spent(2)]


def test_the_vector_of_a_user_without_events_reveals_nothing():
    trainer = make_trainer("mlp", epochs=1)
    run(trainer)
    table = trainer.model.table(0)
    assert bool((table == table[0]).all())


def test_the_noise_of_a_budget_is_found_for_the_planned_epochs():
    budget = budget_of(PrivacyOptions(epsilon=3, rate=0.5), num_users=943, epochs=4)
    assert budget.delta == default_delta(943) == 1e-4
    assert 2.9 < budget.spent(4) <= 3


@pytest.mark.parametrize(("users", "delta"), [(100, 1e-3), (101, 1e-4), (943, 1e-4), (6040, 1e-5)])
def test_delta_is_a_tenth_of_one_over_the_users_rounded_down(users, delta):
    assert default_delta(users) == delta


@pytest.mark.parametrize(
    ("options", "column"),
    [({"epsilon": 1, "delta": 0.01}, "delta"), ({"epsilon": 0.1, "noise": 0.5}, "noise")],
)
def test_a_budget_that_cannot_be_kept_is_refused(options, column):
    with pytest.raises(SettingError) as error:
        budget_of(PrivacyOptions(**options), num_users=943, epochs=4)
    assert error.value.column == column
