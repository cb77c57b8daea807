"""Going on from a snapshot ends in the same bits as if never stopped."""

import numpy as np
import pytest
import torch

from recsys.models.base import Shape
from recsys.models.inputs.rating_embedding import rating_edges
from recsys.models.inputs.traits import Feature
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_snapshot, save_snapshot
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import BatchDone, Stopped, Trainer
from tests.worlds.logs import rated, without_a_rule
from tests.worlds.small_models import build_model

EPOCHS, STOPPED_AFTER = 4, 2
LOG = without_a_rule(num_users=60)
LOG = rated(LOG, *np.random.default_rng(0).integers(1, 6, len(LOG)))
AGES = Feature("age", np.arange(61) % 4, ("unknown", "young", "middle", "old"))
KNOWN = " with ages"  # of a sequence model's name: it knows how old users are
RATED = " with ratings"  # likewise: it reads how events were rated
NAMES = ["gru4rec", "mlp", "gru4rec" + KNOWN, "sasrec" + RATED]


def make_trainer(name, snapshot=None, should_stop=lambda: False):
    # another seed for the weights when going on: whatever is not in the snapshot would show
    edges = rating_edges(LOG) if name.endswith(RATED) else None
    shape = Shape(60, 30, user_features=(AGES,) if name.endswith(KNOWN) else (), rating_edges=edges)
    kind, seed = name.removesuffix(KNOWN).removesuffix(RATED), 1 if snapshot is None else 99
    model = build_model(kind, shape, seed=seed, epochs=EPOCHS, dropout=0.3)
    return Trainer(
        model, leave_one_out(LOG), seed=1, device=torch.device("cpu"), snapshot=snapshot, should_stop=should_stop
    )


def run(trainer):
    for _ in trainer.run():
        pass
    return trainer.snapshot


def stopped(name):
    """The snapshot of a training that was stopped one batch into the third epoch."""
    told = []

    def should_stop():
        return len(told) > 1 and isinstance(told[-1], BatchDone) and told[-1].epoch == STOPPED_AFTER + 1

    trainer = make_trainer(name, should_stop=should_stop)
    with pytest.raises(Stopped):
        for event in trainer.run():
            told.append(event)
    return trainer.snapshot


def assert_same_end(one, other):
    assert (one.epoch, one.best_epoch, one.best_ndcg) == (other.epoch, other.best_epoch, other.best_ndcg)
    for mine, others in ((one.model, other.model), (one.best, other.best), (one.optimizer, other.optimizer)):
        assert mine.keys() == others.keys()
        for name in mine:
            assert torch.equal(mine[name], others[name]), name
    measured = [(e.epoch, e.loss, e.ndcg, e.accuracy, e.is_best) for e in one.history]
    assert measured == [(e.epoch, e.loss, e.ndcg, e.accuracy, e.is_best) for e in other.history]


@pytest.fixture(scope="module", params=NAMES)
def ends(request):
    """(name, how it ends undisturbed, what was left when it was stopped)"""
    return request.param, run(make_trainer(request.param)), stopped(request.param)


def test_a_stopped_training_holds_its_last_whole_epoch(ends):
    _, undisturbed, left = ends
    assert left.epoch == STOPPED_AFTER
    assert [e.loss for e in left.history] == [e.loss for e in undisturbed.history[:STOPPED_AFTER]]


def test_going_on_from_a_snapshot_ends_in_the_same_bits(ends):
    name, undisturbed, left = ends
    assert_same_end(run(make_trainer(name, left)), undisturbed)


def test_going_on_from_a_snapshot_on_disk_ends_in_the_same_bits(ends, tmp_path):
    name, undisturbed, left = ends
    save_snapshot(RunFolder(tmp_path), left)
    assert_same_end(run(make_trainer(name, load_snapshot(RunFolder(tmp_path)))), undisturbed)


def test_going_on_leaves_the_snapshot_that_it_started_from_as_it_was(ends):
    name, _, left = ends
    before = {key: tensor.clone() for key, tensor in (left.model | left.optimizer).items()}
    run(make_trainer(name, left))
    assert all(torch.equal((left.model | left.optimizer)[key], before[key]) for key in before)


def test_going_on_from_the_end_trains_no_more(ends):
    name, undisturbed, _ = ends
    trainer = make_trainer(name, undisturbed)
    assert list(trainer.run()) == []
    assert all(torch.equal(trainer.model.state_dict()[key], undisturbed.best[key]) for key in undisturbed.best)
