import numpy as np
import pytest
import torch

from recsys.models.inputs.content_embedding import TOWER_DIM
from recsys.models.inputs.features import shape_of
from recsys.sequences.split import leave_one_out
from recsys.training.towers import BATCH, EPOCHS, TowerDone, item_factors, tower_seconds
from recsys.training.trainer import Stopped, Trainer
from tests.worlds.logs import without_a_rule
from tests.worlds.small_models import build_model
from tests.worlds.tastes import NUM_ITEMS, colour_of, tastes


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes"))


def make_trainer(dataset, seed=1, snapshot=None, should_stop=lambda: False, columns=("title", "picture")):
    model = build_model("gru4rec", shape_of(dataset, columns), seed, content=", ".join(columns), epochs=2)
    split = leave_one_out(dataset.interactions)
    return Trainer(model, split, seed=1, device=torch.device("cpu"), snapshot=snapshot, should_stop=should_stop)


@pytest.fixture(scope="module")
def whole(dataset):
    """A trainer that has run to its end, and its events."""
    trainer = make_trainer(dataset)
    return trainer, list(trainer.run())


def test_factors_tell_who_is_liked_by_the_same_people(dataset):
    factors, weights = item_factors(dataset.interactions)
    assert factors.shape[0] == len(weights) == NUM_ITEMS + 1
    unit = torch.nn.functional.normalize(factors[1:], dim=1)
    same = np.array([[colour_of(a) == colour_of(b) for b in range(1, 41)] for a in range(1, 41)])
    alike = (unit @ unit.T).numpy()
    assert alike[same & ~np.eye(40, dtype=bool)].mean() > alike[~same].mean() + 0.3


def test_the_factors_of_a_short_log_are_the_same_in_every_call():
    log = without_a_rule(num_users=20, num_items=20, length=5)
    log = log.keep(log.items <= 15)  # items without an event: the eigensolver has to start anew
    first, *others = (item_factors(log)[0] for _ in range(4))
    assert all(torch.equal(first, other) for other in others)


def test_an_item_without_an_event_weighs_nothing(dataset):
    mask = dataset.interactions.items != 7
    _, weights = item_factors(dataset.interactions.keep(mask))
    assert weights[[0, 7]].tolist() == [0, 0]
    assert weights[8] > 0


def test_towers_come_before_the_first_epoch_and_are_told(whole):
    _, events = whole
    towers = [event for event in events if isinstance(event, TowerDone)]
    assert towers == events[: len(towers)]
    assert [tower.tower for tower in towers] == ["text"] * EPOCHS["text"] + ["picture"] * EPOCHS["picture"]
    assert towers[EPOCHS["text"] - 1].loss < towers[0].loss


def test_a_tower_gives_the_vectors_that_are_kept(whole):
    embedding = whole[0].embedding
    kept = embedding.picture_vectors
    with torch.no_grad():
        again = embedding.towers["picture"].eval()(embedding.content.pictures_N3SS[1:])
    torch.testing.assert_close(kept[1:], again, atol=1e-4, rtol=1e-4)
    assert kept.shape == (NUM_ITEMS + 1, TOWER_DIM)
    assert not kept[0].any()
    torch.testing.assert_close(kept[1:].mean(0), torch.zeros(TOWER_DIM), atol=1e-4, rtol=0)


def test_the_same_seed_ends_in_the_same_bits_and_what_was_read_is_not_read_again(dataset, whole):
    """Stopped while a tower learns, it begins anew; stopped later, it goes on; always to the same bits."""
    undisturbed, told = whole[0].snapshot, []
    early = make_trainer(dataset, should_stop=lambda: len(told) > 3)
    with pytest.raises(Stopped):
        for event in early.run():
            told.append(event)
    assert early.snapshot.epoch == 0
    begun = make_trainer(dataset, snapshot=early.snapshot)
    list(begun.run())
    half = make_trainer(dataset)
    for _ in half.run():
        if half.snapshot.epoch == 1:
            break
    later = make_trainer(dataset, seed=99, snapshot=half.snapshot)
    assert not [event for event in later.run() if isinstance(event, TowerDone)]
    for other in (begun, later):
        assert other.snapshot.best_ndcg == undisturbed.best_ndcg
        for name, tensor in undisturbed.model.items():
            assert torch.equal(other.snapshot.model[name], tensor), name


def test_what_towers_will_take_is_told_without_training_them(dataset):
    trainer = make_trainer(dataset)
    before = trainer.embedding.towers["text"].out.weight.clone()
    assert 0 < tower_seconds(trainer.embedding, torch.device("cpu")) < 600
    assert torch.equal(trainer.embedding.towers["text"].out.weight, before)
    assert NUM_ITEMS < BATCH  # one step a pass, which is what is timed
