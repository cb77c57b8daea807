"""What a run folder keeps of a model: its weights, its ranks, and the checkpoint it goes on from."""

import pandas as pd
import pytest
import torch

from recsys.errors import RunError
from recsys.models import MODELS
from recsys.models.base import Shape
from recsys.runs import store
from recsys.runs.weights import load_model, load_snapshot, save_snapshot, save_weights
from recsys.training.trainer import EpochDone, Snapshot
from tests.worlds.small_models import build_model
from tests.worlds.stored_runs import DATASET, LOG, config, record, whole

# Its model


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_as_it_was_saved(runs, name):
    folder = runs.create(config(model=name))
    model = build_model(name, Shape(LOG.num_users, LOG.num_items)).eval()
    if hasattr(model, "fit"):
        model.fit(LOG)
    folder.finish(record(model=name, sha=save_weights(folder, model)))
    histories, users = [LOG.history(1), LOG.history(2)[:2]], [1, 2]
    again = load_model(folder, DATASET)
    assert torch.equal(again.scores(histories, users), model.scores(histories, users))


@pytest.mark.parametrize("place", [0, 9, 200, -1], ids=["length", "header", "middle", "last"])
def test_a_single_changed_byte_in_the_weights_is_found(runs, place):
    folder = whole(runs)
    path = folder.path / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(RunError, match="weights of run run-1 are damaged"):
        load_model(folder, DATASET)


def test_weights_that_were_cut_off_are_found(runs):
    folder = whole(runs)
    path = folder.path / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunError, match="damaged"):
        load_model(folder, DATASET)


def test_weights_and_a_checkpoint_of_another_version_of_the_model_are_refused_in_words(runs):
    folder, model = whole(runs), build_model("gru4rec", Shape(LOG.num_users, LOG.num_items))
    folder.finish(record(sha=save_weights(folder, build_model("gru4rec", Shape(LOG.num_users, LOG.num_items + 1)))))
    with pytest.raises(RunError, match=r"run-1 do not match its model and data.* train it again.*shape"):
        load_model(folder, DATASET)
    save_snapshot(folder, snapshot(2, 2))
    with pytest.raises(RunError, match=r"run-1 do not match its model and data.* train it again"):
        load_snapshot(folder, model)


def test_weights_that_are_gone_are_told_in_words(runs):
    folder = whole(runs)
    (folder.path / "weights.safetensors").unlink()
    with pytest.raises(RunError):
        load_model(folder, DATASET)


def test_ranks_come_back_as_they_were_saved(runs):
    folder = runs.create(config())
    assert folder.load_ranks() is None
    frame = pd.DataFrame({"user": [1, 2], "validation": [3, 1], "test": [2, 2_147_483_647]})
    folder.save_ranks(frame)
    pd.testing.assert_frame_equal(folder.load_ranks(), frame)


# Its checkpoint


def snapshot(epoch, best_epoch):
    def told(e):
        return EpochDone(e, 0.5, 0.1, None, 1.0, 0.9, 7, e == best_epoch)

    model = {"w": torch.full((2, 2), float(epoch))}
    return Snapshot(
        epoch=epoch,
        best_epoch=best_epoch,
        best_ndcg=0.1,
        history=[told(e) for e in range(1, epoch + 1)],
        model=model,
        optimizer={"0.step": torch.tensor(3.0), "0.exp_avg": torch.ones(2)},
        best=model if best_epoch == epoch else {"w": torch.full((2, 2), float(best_epoch))},
    )


@pytest.mark.parametrize(("epoch", "best"), [(3, 3), (3, 1)], ids=["last is best", "an earlier one is best"])
def test_a_checkpoint_comes_back_as_it_was_saved(runs, epoch, best):
    folder, saved = runs.create(config()), snapshot(epoch, best)
    save_snapshot(folder, saved)
    found = load_snapshot(folder)
    assert (found.epoch, found.best_epoch, found.best_ndcg) == (epoch, best, 0.1)
    assert found.history == saved.history
    for part in ("model", "optimizer", "best"):
        mine, others = getattr(found, part), getattr(saved, part)
        assert mine.keys() == others.keys()
        assert all(torch.equal(mine[name], others[name]) for name in mine)


def test_before_the_first_epoch_there_is_no_checkpoint(runs):
    assert load_snapshot(runs.create(config())) is None


def test_a_checkpoint_that_was_cut_off_is_refused(runs):
    folder = runs.create(config())
    save_snapshot(folder, snapshot(2, 2))
    path = folder.path / store.SNAPSHOT
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(RunError, match="checkpoint file cannot be read"):
        load_snapshot(folder)


def test_a_stopped_run_keeps_its_checkpoint_and_a_finished_one_does_not(runs):
    for run_id, state in (("run-1", "stopped"), ("run-2", "finished")):
        folder = runs.create(config(run_id))
        save_snapshot(folder, snapshot(2, 2))
        folder.finish(record(run_id, state))
        assert (load_snapshot(folder) is not None) == (state == "stopped")


# A run that was stopped before its first epoch ended


def test_random_weights_are_never_loaded(runs):
    """Runs were once finished so, with the weights that their model began with."""
    folder = whole(runs, state="stopped", epochs=0, best_epoch=0)
    with pytest.raises(RunError, match="stopped before its first epoch ended, so it has learnt nothing"):
        load_model(folder, DATASET)
