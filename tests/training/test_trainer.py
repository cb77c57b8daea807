import random

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models.base import Shape
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import BatchDone, EpochDone, Stopped, Trainer
from tests.worlds.logs import log_of, walking_a_cycle, without_a_rule
from tests.worlds.small_models import SEQUENCE_MODELS, build_model

CPU = torch.device("cpu")
SEQUENCE_AND_PAIR = ["gru4rec", "mlp"]  # what the trainer does is the same for all networks of a kind
NOISE = without_a_rule(num_users=60)


def make_trainer(name, log, snapshot=None, should_stop=lambda: False, **settings):
    model = build_model(name, Shape(log.num_users, log.num_items), **settings)
    return Trainer(model, leave_one_out(log), seed=1, device=CPU, snapshot=snapshot, should_stop=should_stop)


def same_bits(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def validation_ndcg(trainer):
    found = ranks(trainer.model, trainer.split.validation, Candidates.of(trainer.split))
    return means(found, (10,))["ndcg@10"]


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_early_stopping_keeps_the_best_epochs_weights(name):
    trainer = make_trainer(name, NOISE, epochs=40, patience=2)
    for _ in trainer.run():
        pass
    end = trainer.snapshot
    told = [epoch.ndcg for epoch in end.history]
    assert end.best_epoch == 1 + int(np.argmax(told))
    assert end.epoch == end.best_epoch + 2 < 40  # two epochs without a better one, then it stopped
    assert same_bits(trainer.model.state_dict(), end.best)
    assert not same_bits(end.best, end.model)
    assert validation_ndcg(trainer) == end.best_ndcg == max(told)
    assert not trainer.model.training


def test_an_epoch_as_good_as_the_best_is_not_better(monkeypatch):
    monkeypatch.setattr("recsys.training.trainer.ranks", lambda *_: np.array([1]))
    trainer = make_trainer("gru4rec", NOISE, epochs=10, patience=3)
    assert [event.is_best for event in trainer.run() if isinstance(event, EpochDone)] == [True, False, False, False]


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_with_no_user_to_evaluate_all_epochs_run_and_the_last_is_kept(name):
    log = log_of(*([u % 9 + 1, (u + 1) % 9 + 1] for u in range(20)))
    trainer = make_trainer(name, log, epochs=3, patience=1)
    epochs = [event for event in trainer.run() if isinstance(event, EpochDone)]
    assert [(epoch.epoch, epoch.ndcg) for epoch in epochs] == [(1, None), (2, None), (3, None)]
    assert trainer.snapshot.best_epoch == 3
    assert same_bits(trainer.model.state_dict(), trainer.snapshot.model)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_first_loss_is_about_that_of_a_guess(name):
    trainer = make_trainer(name, NOISE, epochs=1, learning_rate=1e-6)
    (*_, epoch) = trainer.run()
    assert epoch.loss == pytest.approx(np.log(30), rel=0.5)  # 30 items, none of them likelier


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_every_epoch_draws_its_own_order_and_its_own_dropout(name):
    losses = [[], []]
    for event in make_trainer(name, NOISE, epochs=2, learning_rate=1e-30).run():  # nothing is learnt in between
        if isinstance(event, BatchDone):
            losses[event.epoch - 1].append(event.loss)
    assert losses[0] != losses[1]


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_an_epoch_is_told_batch_by_batch_up_to_its_end(name):
    *batches, epoch = make_trainer(name, NOISE, epochs=1).run()
    assert all(isinstance(event, BatchDone) for event in batches)
    assert len(batches) > 1
    shares = [batch.share for batch in batches]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert sum(batch.targets for batch in batches) == epoch.targets
    assert batches[-1].loss == pytest.approx(epoch.loss)


def test_a_sequence_epoch_counts_every_training_event_but_the_first_of_each_user():
    (*_, epoch) = make_trainer("gru4rec", NOISE, epochs=1).run()
    assert epoch.targets == 60 * (7 - 1)  # 9 events, 2 of them held out


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_chance_elsewhere_is_as_it_was_afterwards(name):
    trainer = make_trainer(name, NOISE, epochs=2)
    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002 - a stranger's global generator
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    for _ in trainer.run():
        pass
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    assert random.getstate() == before[2]


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_chance_elsewhere_has_no_say_in_training(name):
    ends = []
    for draws in (0, 1):
        trainer = make_trainer(name, NOISE, epochs=2)
        for _ in trainer.run():
            torch.rand(draws)
        ends.append(trainer.snapshot.model)
    assert same_bits(*ends)


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_a_loss_that_is_no_number_is_refused_naming_the_learning_rate(name):
    trainer = make_trainer(name, NOISE, epochs=2)
    with torch.no_grad():
        next(iter(trainer.model.parameters())).fill_(float("inf"))
    with pytest.raises(SettingError, match=r"loss became nan in epoch 1.*learning_rate \(it is 0\.01\)") as caught:
        list(trainer.run())
    assert caught.value.column == "learning_rate"


def test_a_loss_far_above_that_of_a_guess_in_every_epoch_is_refused_naming_the_learning_rate():
    trainer = make_trainer("caser", NOISE, epochs=3, learning_rate=1)
    with pytest.raises(SettingError, match=r"diverged.* guess has 3\.40\. Lower learning_rate \(it is 1\)") as caught:
        list(trainer.run())
    assert caught.value.column == "learning_rate"


def test_a_diverged_training_that_is_stopped_is_refused_too():
    trainer = make_trainer("caser", NOISE, epochs=3, learning_rate=1)
    events = trainer.run()
    while not isinstance(next(events), EpochDone):
        pass
    with pytest.raises(SettingError, match="diverged"):
        trainer.restore_best()


@pytest.mark.parametrize("name", ["mlp", "sasrec"])
def test_one_epoch_that_learns_nothing_is_not_called_diverged(name):
    list(make_trainer(name, log_of(*([1, 2, 1, 2, 1] for _ in range(9))), epochs=1, learning_rate=1e-30).run())


def test_a_log_too_short_for_a_sequence_model_is_refused_in_words():
    # five users of three events leave one for training each: nothing that follows anything
    log = log_of(*([1, 2, 3] for _ in range(5)))
    with pytest.raises(SettingError, match=r"has 0 such steps to train on; at least 10 are needed\. Train mlp"):
        make_trainer("gru4rec", log)


def test_ten_steps_are_enough_for_a_sequence_model():
    log = log_of(*([1, 2] for _ in range(10)))
    assert make_trainer("gru4rec", log).steps.windows.num_targets == 10


def test_mlp_learns_from_a_log_that_is_too_short_for_a_sequence_model():
    trainer = make_trainer("mlp", log_of(*([1, 2, 3] for _ in range(5))), epochs=1)
    assert isinstance(list(trainer.run())[-1], EpochDone)


def test_the_accuracy_of_mlp_is_a_share_and_rises_while_its_loss_falls():
    # two groups that share no item: about half of the pairs are right by chance, most once the groups are known
    rng = np.random.default_rng(0)
    log = log_of(*([int(i) + 1 + 15 * (u % 2) for i in rng.permutation(15)[:10]] for u in range(60)))
    trainer = make_trainer("mlp", log, epochs=20, patience=20, negatives=1)
    epochs = [event for event in trainer.run() if isinstance(event, EpochDone)]
    told = [epoch.accuracy for epoch in epochs]
    assert epochs[-1].loss < epochs[0].loss
    assert all(0 <= accuracy <= 1 for accuracy in told)
    assert told[0] < 0.65
    assert told[-1] > 0.75


def test_a_sequence_model_has_no_accuracy():
    (*_, epoch) = make_trainer("gru4rec", NOISE, epochs=1).run()
    assert epoch.accuracy is None


@pytest.mark.parametrize("name", SEQUENCE_AND_PAIR)
def test_stopping_between_batches_keeps_the_best_state(name):
    told = []
    trainer = make_trainer(
        name, walking_a_cycle(), epochs=9, should_stop=lambda: [type(e) for e in told[-2:]] == [EpochDone, BatchDone]
    )
    with pytest.raises(Stopped):
        for event in trainer.run():
            told.append(event)
    assert trainer.snapshot.epoch == 1
    assert not same_bits(trainer.model.state_dict(), trainer.snapshot.best)  # one batch into the second epoch
    trainer.restore_best()
    assert same_bits(trainer.model.state_dict(), trainer.snapshot.best)
    assert not trainer.model.training


def test_stopping_while_the_validation_is_ranked_drops_that_epoch(monkeypatch):
    wish = []
    trainer = make_trainer("gru4rec", NOISE, epochs=3, should_stop=lambda: bool(wish))

    def ranks_when_somebody_wants_to_stop(*arguments):
        wish.extend([True] * trainer.snapshot.epoch)  # from the second epoch on
        return ranks(*arguments)

    monkeypatch.setattr("recsys.training.trainer.ranks", ranks_when_somebody_wants_to_stop)
    with pytest.raises(Stopped):
        list(trainer.run())
    assert trainer.snapshot.epoch == 1


def test_stopping_before_the_first_epoch_leaves_a_model_that_can_be_used():
    trainer = make_trainer("gru4rec", NOISE, epochs=3, should_stop=lambda: True)
    with pytest.raises(Stopped):
        list(trainer.run())
    trainer.restore_best()
    assert trainer.snapshot.epoch == 0
    assert torch.isfinite(trainer.model.scores([np.array([1, 2])])).all()


def test_choosing_on_a_sample_of_users_is_the_same_choice_each_time(monkeypatch):
    monkeypatch.setattr("recsys.training.trainer.VALIDATION_USERS", 7)
    one, other = (make_trainer("gru4rec", NOISE).validation.users for _ in range(2))
    assert len(one) == 7
    assert (one == other).all()
