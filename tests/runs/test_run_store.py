"""A run folder is whole or it is not there: creating, listing, opening and deleting runs."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from recsys.errors import NotFoundError, RunError
from recsys.runs import store, weights
from recsys.runs.weights import load_model
from recsys.training.config import TrainingOptions
from tests.worlds.stored_runs import DATASET, config, record, whole

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


def test_a_map_comes_back_as_it_was_stored_and_the_padding_has_no_point(runs):
    folder = whole(runs, state="stopped")
    items = np.array([[np.nan, np.nan], [1, 2], [np.nan, np.nan]], dtype=np.float32)
    users = np.array([[0.5, 0.25]], dtype=np.float32)
    folder.save_map(items, users)
    np.testing.assert_array_equal(folder.load_map(), items)
    np.testing.assert_array_equal(folder.load_user_map(), users)
    folder.reopen()
    assert folder.load_map() is None
    assert folder.load_user_map() is None


# Which run it is


def test_the_same_work_goes_on_in_the_same_folder(runs):
    first = runs.create(config())
    assert runs.create(config(created="2031-01-01T00:00:00.000+00:00")).path == first.path
    assert first.config == config()


def test_a_run_from_before_titles_were_kept_goes_on(runs):
    first = runs.create(config())
    assert runs.create(config(title="GRU4Rec")).path == first.path
    assert first.config.title == ""


def test_of_two_that_create_a_run_at_once_the_second_keeps_the_config_of_the_first(runs, monkeypatch):
    first, others = config(), [config(settings=OTHER_SETTINGS)]
    lock = store.FileLock

    def lock_after_the_other(path):
        if others:
            runs.create(others.pop())  # another process, between the look and the lock
        return lock(path)

    monkeypatch.setattr(store, "FileLock", lock_after_the_other)
    with pytest.raises(RunError, match="exists with another dataset, model or settings"):
        runs.create(first)
    assert runs.open("run-1").config == config(settings=OTHER_SETTINGS)


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
    ids=["dataset", "model", "settings", "seed", "items held out"],
)
def test_an_id_that_does_other_work_is_refused(runs, changes):
    runs.create(config())
    with pytest.raises(RunError, match="Run run-1 exists with another dataset, model or settings"):
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


def test_latest_passes_over_a_run_that_has_learnt_nothing(runs):
    whole(runs, "old", created="2024-05-01T10:00:00.000+00:00")
    whole(runs, "new", state="stopped", epochs=0, best_epoch=0, created="2024-05-02T10:00:00.000+00:00")
    assert runs.open("latest").run_id == "old"


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
