"""A run folder is whole or it is not there: writing, reading, refusing and cleaning up, one subject with one set of helpers."""

import hashlib

import pandas as pd
import pytest
import torch

from recsys.errors import NotFoundError, RunError
from recsys.models import MODELS
from recsys.models.base import Shape
from recsys.runs import store, weights
from recsys.runs.record import RunConfig, RunRecord
from recsys.runs.store import RunStore
from recsys.runs.weights import load_model, load_snapshot, save_snapshot, save_weights
from recsys.training.config import TrainingOptions
from recsys.training.trainer import EpochDone, Snapshot
from tests.models.small import build_model, small_settings
from tests.sequences.logs import dataset_of, walking_a_cycle

LOG = walking_a_cycle(num_users=5, num_items=9, length=5)
DATASET = dataset_of(LOG)


def config(run_id="run-1", model="gru4rec", created="2024-05-01T10:00:00.000+00:00", **changes):
    settings = MODELS[model].Config.from_settings(settings=small_settings(model)).model_dump()
    told = {"dataset_id": "tiny", "preset": "balanced", "settings": settings, "options": TrainingOptions()} | changes
    return RunConfig(run_id=run_id, model=model, created=created, **told)


def record(run_id="run-1", state="finished", sha="", **changes):
    told = {
        "run_id": run_id, "model": "gru4rec", "dataset_id": "tiny", "dataset_name": "Tiny", "state": state, "seed": 1,
        "device": "cpu", "threads": 1, "versions": {}, "epochs": 1, "best_epoch": 1, "best_validation_ndcg": 0.5,
        "accuracy": None, "seconds": 1.0, "targets_per_second": 10.0, "peak_memory": 1, "weights_sha256": sha,
        "metrics": {"ndcg@10": 0.5}, "finished": "2024-05-01T10:01:00.000+00:00",
    }  # fmt: skip
    return RunRecord(**(told | changes))


def whole(runs, run_id="run-1", model="gru4rec", state="finished", **changes):
    """A run that was trained as far as its folder can tell."""
    folder = runs.create(config(run_id, model, **changes))
    sha = save_weights(folder, build_model(model, Shape(LOG.num_users, LOG.num_items)))
    folder.finish(record(run_id, state, sha))
    return folder


@pytest.fixture
def runs(tmp_path):
    return RunStore(tmp_path / "runs")


# What a whole run is


def test_run_json_is_written_last(runs, monkeypatch):
    written = []
    plain = store.write_atomic
    monkeypatch.setattr("recsys.data.files.write_atomic", lambda p, c: (written.append(p.name), plain(p, c)))
    monkeypatch.setattr(weights, "write_atomic", lambda p, c: (written.append(p.name), plain(p, c)))
    whole(runs)
    assert written == ["config.json", "weights.safetensors", "metrics.json", "run.json"]


def test_a_run_that_dies_before_its_last_file_is_not_whole(runs, monkeypatch):
    plain = store.write_json

    def full_disk(path, value):
        if path.name == "run.json":
            raise OSError("no space")
        plain(path, value)

    monkeypatch.setattr(store, "write_json", full_disk)
    with pytest.raises(OSError, match="no space"):
        whole(runs)
    folder = runs.open("run-1")
    assert folder.record is None
    with pytest.raises(RunError, match="not finished yet"):
        load_model(folder, DATASET)


def test_no_temporary_file_is_left(runs):
    assert not [path.name for path in whole(runs).path.rglob("*") if path.name.endswith(".tmp")]


def test_a_record_comes_back_as_it_was_written(runs):
    folder = whole(runs)
    assert folder.record == record(sha=hashlib.sha256((folder.path / "weights.safetensors").read_bytes()).hexdigest())


def test_a_run_that_goes_on_is_no_longer_whole(runs):
    folder = whole(runs, state="stopped")
    folder.reopen()
    assert folder.record is None


def test_a_run_that_goes_on_forgets_the_ranks_of_its_older_state(runs):
    folder = whole(runs, state="stopped")
    folder.save_ranks(pd.DataFrame({"user": [1], "validation": [1], "test": [1]}))
    folder.reopen()
    assert folder.load_ranks() is None


# Which run it is


def test_the_same_work_goes_on_in_the_same_folder(runs):
    first = runs.create(config())
    assert runs.create(config(created="2031-01-01T00:00:00.000+00:00")).path == first.path
    assert first.config == config()


def test_a_run_from_before_titles_were_kept_goes_on(runs):
    first = runs.create(config())
    assert runs.create(config(title="GRU4Rec")).path == first.path
    assert first.config.title == ""


OTHER_SETTINGS = config().settings | {"epochs": 3}


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset_id": "other"},
        {"model": "markov"},
        {"settings": OTHER_SETTINGS},
        {"options": TrainingOptions(seed=2)},
        {"options": TrainingOptions(cold_share=0.1)},
    ],
    ids=["data set", "model", "settings", "seed", "items held out"],
)
def test_an_id_that_does_other_work_is_refused(runs, changes):
    runs.create(config())
    with pytest.raises(RunError, match="Run run-1 exists with another data set, model or settings"):
        runs.create(config(**changes))


@pytest.mark.parametrize(
    "run_id", ["..", "../run-1", "a/b", "/etc", "", ".hidden", "a b", "a\n", "-x", "a.b", "x" * 65, "ü", "a\\b", "a\0"]
)
def test_an_id_that_could_leave_the_folder_is_no_id(runs, run_id):
    for act in (runs.open, runs.delete, lambda i: runs.create(config(i))):
        with pytest.raises(NotFoundError, match="is no id of a run"):
            act(run_id)
    assert not runs.root.exists()


def test_an_unknown_id_is_not_found(runs):
    with pytest.raises(NotFoundError, match="There is no run run-7"):
        runs.open("run-7")


def test_a_run_cannot_be_called_latest(runs):
    with pytest.raises((RunError, NotFoundError)):
        runs.create(config("latest"))


# The list


def test_the_newest_run_comes_first(runs):
    for run_id, day in (("old", "01"), ("new", "03"), ("middle", "02")):
        runs.create(config(run_id, created=f"2024-05-{day}T10:00:00.000+00:00"))
    assert [folder.run_id for folder in runs.list()] == ["new", "middle", "old"]


def test_latest_is_the_newest_whole_run(runs):
    whole(runs, "old", created="2024-05-01T10:00:00.000+00:00")
    whole(runs, "stopped", state="stopped", created="2024-05-02T10:00:00.000+00:00")
    runs.create(config("unfinished", created="2024-05-03T10:00:00.000+00:00"))
    assert runs.open("latest").run_id == "stopped"


def test_without_a_whole_run_there_is_no_latest(runs):
    runs.create(config())
    with pytest.raises(NotFoundError, match="no finished run yet"):
        runs.open("latest")


def test_a_workspace_without_runs_has_an_empty_list(runs):
    assert runs.list() == []


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[1]", b'{"run_id": 1}'])
def test_a_folder_that_is_none_of_ours_is_passed_over(runs, content):
    runs.create(config())
    (runs.root / "stranger").mkdir()
    (runs.root / "stranger" / "config.json").write_bytes(content)
    assert [folder.run_id for folder in runs.list()] == ["run-1"]


def test_a_deleted_run_is_gone_and_the_others_are_not(runs):
    whole(runs, "one"), whole(runs, "two")
    runs.delete("one")
    assert [folder.run_id for folder in runs.list()] == ["two"]
    assert not (runs.root / "one").exists()


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


# Its progress


def test_progress_comes_back_line_by_line(runs):
    folder = runs.create(config())
    assert list(folder.progress()) == []
    folder.append("epoch", epoch=1, loss=0.5)
    folder.append("end", state="finished")
    assert list(folder.progress()) == [
        {"kind": "epoch", "epoch": 1, "loss": 0.5},
        {"kind": "end", "state": "finished"},
    ]


@pytest.mark.parametrize("torn", [b'{"kind":"ep', b'{"kind":"epoch","epoch":2}'], ids=["cut", "no line end"])
def test_a_torn_last_line_is_passed_over(runs, torn):
    folder = runs.create(config())
    folder.append("epoch", epoch=1)
    with (folder.path / "progress.jsonl").open("ab") as file:
        file.write(torn)
    assert list(folder.progress()) == [{"kind": "epoch", "epoch": 1}]


def test_progress_can_be_read_when_a_run_goes_on_after_a_torn_line(runs):
    folder = runs.create(config())
    folder.append("epoch", epoch=1)
    with (folder.path / "progress.jsonl").open("ab") as file:
        file.write(b'{"kind":"ep')
    folder.append("start", from_epoch=1)
    folder.append("epoch", epoch=2)
    assert [line["kind"] for line in folder.progress()][-2:] == ["start", "epoch"]


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
    with pytest.raises(RunError, match="checkpoint cannot be read"):
        load_snapshot(folder)


def test_a_stopped_run_keeps_its_checkpoint_and_a_finished_one_does_not(runs):
    for run_id, state in (("run-1", "stopped"), ("run-2", "finished")):
        folder = runs.create(config(run_id))
        save_snapshot(folder, snapshot(2, 2))
        folder.finish(record(run_id, state))
        assert (load_snapshot(folder) is not None) == (state == "stopped")
