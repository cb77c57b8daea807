"""A dataset on disk is whole or not there, whatever dies when."""

import os
import time

import pytest

from recsys.data import store as store_module
from recsys.data.store import DatasetStore
from recsys.errors import DataError, NotFoundError
from tests.worlds.imports import import_request

RATINGS = "user_id,item_id,rating,timestamp\nanna,tea,5,300\nanna,cup,3,100\nbert,tea,4,200\n"


@pytest.fixture
def store(tmp_path):
    return DatasetStore(tmp_path / "datasets")


def request_of(folder, content=RATINGS, name="ratings.csv", **more):
    (folder / name).write_text(content, encoding="utf-8")
    return import_request(folder / name, **more)


def items_file(folder):
    (folder / "items.csv").write_text("item_id,title,price\ntea,Green tea,4.5\npot,Tea pot,\n", encoding="utf-8")
    return folder / "items.csv"


def test_the_summary_counts_touched_items_and_the_catalogue_apart(store, tmp_path):
    summary = store.summary(store.add(request_of(tmp_path, items=items_file(tmp_path))).dataset_id)
    assert (summary.rows, summary.users, summary.items, summary.catalogue_items) == (3, 2, 2, 3)
    assert (summary.rating_sum, summary.has_ratings, summary.has_times) == (12.0, True, True)
    assert [repair.kind for repair in summary.repairs] == [
        r.kind for r in store.load(summary.dataset_id).report.repairs
    ]


def test_a_log_without_ratings_has_no_rating_sum(store, tmp_path):
    summary = store.summary(store.add(request_of(tmp_path, "user_id,item_id\na,x\na,y\nb,x\n")).dataset_id)
    assert summary.rating_sum is None and not summary.has_ratings


def test_the_separator_of_the_file_does_not_change_the_id(store, tmp_path):
    tabs = request_of(tmp_path, RATINGS.replace(",", "\t"), name="ratings.tsv")
    assert store.add(request_of(tmp_path)).dataset_id == store.add(tabs).dataset_id


def test_a_write_that_fails_half_way_leaves_nothing_behind(store, tmp_path, monkeypatch):
    def full(path, value):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "write_json", full)
    with pytest.raises(DataError, match="No space left"):
        store.add(request_of(tmp_path))
    assert list(store.root.iterdir()) == []


def test_a_half_written_data_set_is_invisible_and_swept_by_the_next_import(store, tmp_path):
    half = store.root / "0123456789abcdef"
    half.mkdir(parents=True)
    (half / "interactions.parquet").write_bytes(b"half")
    assert store.list() == []
    with pytest.raises(NotFoundError):
        store.load("0123456789abcdef")
    store.add(request_of(tmp_path))
    assert not half.exists()


def test_the_scratch_folder_of_a_killed_import_is_swept_and_that_of_a_running_one_is_not(store, tmp_path):
    killed, running = store.root / ".import.killed", store.root / ".import.running"
    killed.mkdir(parents=True)
    running.mkdir()
    long_ago = time.time() - 2 * store_module.STALE
    os.utime(killed, (long_ago, long_ago))
    store.add(request_of(tmp_path))
    assert not killed.exists() and running.exists()


def test_a_damaged_summary_hides_no_other_data_set_and_can_be_deleted(store, tmp_path):
    good = store.add(request_of(tmp_path))
    bad = store.root / "0123456789abcdef"
    bad.mkdir()
    (bad / "dataset.json").write_text("{", encoding="utf-8")
    assert [summary.dataset_id for summary in store.list()] == [good.dataset_id]
    with pytest.raises(DataError, match="damaged"):
        store.load("0123456789abcdef")
    store.delete("0123456789abcdef")
    assert not bad.exists()


@pytest.mark.parametrize("name", ["interactions.parquet", "items.parquet", "report.json"])
def test_a_damaged_file_of_a_data_set_is_said(store, tmp_path, name):
    made = store.add(request_of(tmp_path))
    (store.folder(made.dataset_id) / name).write_bytes(b"half")
    with pytest.raises(DataError, match="damaged"):
        store.load(made.dataset_id)


def test_the_list_reads_only_the_summaries(store, tmp_path):
    made = store.add(request_of(tmp_path))
    for path in store.folder(made.dataset_id).glob("*.parquet"):
        path.unlink()
    assert [summary.dataset_id for summary in store.list()] == [made.dataset_id]
