import time

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.sequences.split import leave_one_out
from recsys.training import probe as probing
from recsys.training.memory import peak_memory
from recsys.training.probe import probe, probe_fit
from recsys.training.trainer import BatchDone, EpochDone, Trainer
from tests.worlds.logs import log_of, without_a_rule
from tests.worlds.small_models import build_model

CPU = torch.device("cpu")
NOISE = without_a_rule(num_users=200)


def make_trainer(name, log=NOISE, **settings):
    model = build_model(name, Shape(log.num_users, log.num_items), **settings)
    return Trainer(model, leave_one_out(log), seed=1, device=CPU)


class Clock:
    """Time that passes only when something is done."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.mark.parametrize("name", ["gru4rec", "mlp"])
def test_an_epoch_takes_as_long_as_all_its_batches(name, monkeypatch):
    # every batch takes 2 s on this clock, whatever its size: with equal batches the epoch is their number times 2
    clock = Clock()
    monkeypatch.setattr(probing, "time", clock)
    trainer = make_trainer(name, batch_size=20, epochs=50)
    real = trainer.steps.loss

    def two_seconds(batch, device):
        clock.now += 2.0
        return real(batch, device)

    batches = len(list(trainer.steps.batches(np.random.default_rng(0))))
    monkeypatch.setattr(trainer.steps, "loss", two_seconds)
    assert probing._epoch_seconds(trainer, seconds=7.0) == pytest.approx(2.0 * batches)


def test_the_trial_is_over_soon_after_its_second():
    trainer = make_trainer("gru4rec", epochs=1000, patience=1000)
    began = time.monotonic()
    probing._epoch_seconds(trainer, seconds=0.2)
    assert 0.2 <= time.monotonic() - began < 2.0
    assert trainer.snapshot.epoch < 1000


def test_a_trial_of_no_time_still_takes_one_step():
    assert probing._epoch_seconds(make_trainer("gru4rec"), seconds=0.0) > 0


@pytest.mark.parametrize("name", ["gru4rec", "mlp"])
def test_a_trial_counts_its_ranks_once_an_epoch_and_twice_at_the_end(name, monkeypatch):
    monkeypatch.setattr(probing, "_ranking_seconds", lambda *_: 3.0)
    found = probe(make_trainer(name), seconds=0.01)
    assert (found.validation, found.once) == (3.0, 6.0)
    assert found.epoch > 0
    assert found.memory >= peak_memory(CPU)


def test_ranks_of_many_are_those_of_the_longest_stretch_and_a_middle_one_for_the_others(monkeypatch):
    # 2 s for the 512 longest histories, 1 s for any other 512: five stretches take 6 s
    clock = Clock()
    monkeypatch.setattr(probing, "time", clock)
    log = log_of(*([1, 2, 3] for _ in range(4 * 512)), *([1, 2, 3, 4] for _ in range(512)))
    asked = []

    def ranks(model, targets, candidates):
        longest = max(len(targets.history(row)) for row in range(len(targets)))  # 1 or 2 events before the target
        asked.append((len(targets), longest))
        clock.now += longest

    monkeypatch.setattr(probing, "ranks", ranks)
    assert probing._ranking_seconds(None, leave_one_out(log).validation, None) == 4 * 1.0 + 2.0
    assert sorted(asked[1:]) == [(512, 1), (512, 2)]  # after a few for warm-up


def test_nobody_to_rank_takes_no_time():
    found = probe(make_trainer("gru4rec", log_of(*([u % 9 + 1, (u + 1) % 9 + 1] for u in range(20)))), seconds=0.01)
    assert (found.validation, found.once) == (0.0, 0.0)


def test_what_does_not_fit_is_tried_with_fewer_rows_and_its_memory_is_scaled(monkeypatch):
    trainer = make_trainer("sasrec", batch_size=128)
    whole = make_trainer("sasrec", batch_size=128)
    needed, _ = probing._pass(whole, whole.steps.largest())
    monkeypatch.setattr(probing, "free_memory", lambda device: needed)  # half of it may be used
    untried = probing._shrink_to_fit(trainer)
    tried = trainer.steps.batch_size
    assert 8 <= tried < 128
    assert untried == pytest.approx(1.5 * needed * (1 - tried / 128), rel=0.3)


def test_what_fits_is_tried_whole():
    trainer = make_trainer("sasrec", batch_size=64)
    assert probing._shrink_to_fit(trainer) == 0
    assert trainer.steps.batch_size == 64


def test_a_loss_that_is_no_number_is_said_before_training():
    trainer = make_trainer("gru4rec")
    with torch.no_grad():
        next(iter(trainer.model.parameters())).fill_(float("inf"))
    with pytest.raises(SettingError, match="learning_rate"):
        probe(trainer, seconds=0.01)


def test_a_closed_form_for_many_items_is_tried_on_a_part_and_scaled(monkeypatch):
    # a part of half the items: EASE inverts a matrix, so all of it takes 2 ** 3 times as long
    clock = Clock()
    monkeypatch.setattr(probing, "time", clock)
    monkeypatch.setattr(probing, "SMALL", 0)
    monkeypatch.setattr(probing, "PART", 15)
    split = leave_one_out(NOISE)
    model = build_model("ease", Shape(NOISE.num_users, NOISE.num_items))
    fitted = []

    def fit(self, train):
        clock.now += 1.0
        fitted.append((self.num_items, train.num_items, int(train.items.max())))

    monkeypatch.setattr(type(model), "fit", fit)
    assert probe_fit(model, split).once == pytest.approx(8.0)
    assert fitted == [(15, 15, 15)]  # the part and nothing else


def test_a_small_closed_form_is_simply_fitted():
    model = build_model("ease", Shape(NOISE.num_users, NOISE.num_items))
    found = probe_fit(model, leave_one_out(NOISE))
    assert 0 < found.once < 5
    assert model.weights.abs().sum() > 0


def test_a_trial_leaves_chance_as_it_was():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    probe(make_trainer("gru4rec"), seconds=0.01)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_largest_batch_is_made_of_the_longest_windows():
    log = log_of(*([1, 2, 3, 4, 5, 6, 7, 8] if user % 4 == 0 else [1, 2, 3, 4] for user in range(40)))
    largest = make_trainer("gru4rec", log, batch_size=10).steps.largest()
    assert largest.items_BL.shape == (4, 5)  # 80 targets in 4 batches; eight events, two of them held out


def test_drawing_chance_for_the_first_batch_gives_the_batch_that_training_begins_with():
    trainer, seen = make_trainer("gru4rec"), []
    real = trainer.steps.loss
    trainer.steps.loss = lambda batch, device: seen.append(batch) or real(batch, device)
    next(event for event in trainer.run() if isinstance(event, BatchDone | EpochDone))
    rng, _ = make_trainer("gru4rec").draws(1)
    _, first = next(iter(trainer.steps.batches(rng)))
    assert torch.equal(first.items_BL, seen[0].items_BL)
