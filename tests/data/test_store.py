import gzip
import io
import zipfile
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from recsys.data.store import DatasetStore
from recsys.errors import DataError, NotFoundError
from tests.worlds.imports import import_request

RATINGS = "user_id,item_id,rating,timestamp\nanna,tea,5,1600000000\nanna,cup,3,1600000001\nbert,tea,1,1600000002\n"


@pytest.fixture
def store(tmp_path):
    return DatasetStore(tmp_path / "datasets")


def request(folder, text=RATINGS, name="ratings.csv", **more):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return import_request(path, **more)


def test_what_was_stored_is_loaded_again(store, tmp_path):
    dataset = store.add(request(tmp_path))
    log = dataset.interactions
    assert list(log.user_ids) == ["", "anna", "bert"]
    assert list(log.item_ids) == ["", "cup", "tea"]
    assert log.users.tolist() == [1, 1, 2]
    assert log.items.tolist() == [2, 1, 2]
    assert log.ratings.tolist() == [5, 3, 1]
    assert log.times.tolist() == [1_600_000_000, 1_600_000_001, 1_600_000_002]
    assert dataset.title(1) == "cup"


def test_the_summary_counts_what_is_there(store, tmp_path):
    items = tmp_path / "items.csv"
    items.write_text("item_id,title\ntea,Tea\ncup,Cup\npot,Pot\n")
    summary = store.summary(store.add(request(tmp_path, items=items)).dataset_id)
    assert (summary.rows, summary.users, summary.items, summary.catalogue_items) == (3, 2, 2, 3)
    assert (summary.rating_sum, summary.has_times, summary.name) == (9, True, "ratings")


def test_the_same_content_is_the_same_data_set(store, tmp_path):
    first = store.add(request(tmp_path, name="one.csv"))
    second = store.add(request(tmp_path, name="two.csv.gz", text=RATINGS))
    assert first.dataset_id == second.dataset_id
    assert len(store.list()) == 1


def test_another_content_is_another_data_set(store, tmp_path):
    ids = {store.add(request(tmp_path, text)).dataset_id for text in (RATINGS, RATINGS.replace("tea,5", "tea,4"))}
    assert len(ids) == 2


def test_another_order_of_columns_is_the_same_content(store, tmp_path):
    rows = [line.split(",") for line in RATINGS.split()]
    turned = "\n".join(",".join(reversed(cells)) for cells in rows) + "\n"
    assert store.add(request(tmp_path, turned)).dataset_id == store.add(request(tmp_path)).dataset_id


def test_importing_twice_works_and_changes_nothing(store, tmp_path):
    first = store.add(request(tmp_path))
    again = store.add(request(tmp_path))
    assert (first.dataset_id, first.created) == (again.dataset_id, again.created)


def test_a_half_written_folder_is_invisible_and_written_anew(store, tmp_path):
    dataset_id = store.add(request(tmp_path)).dataset_id
    (store.folder(dataset_id) / "dataset.json").unlink()
    assert store.list() == []
    with pytest.raises(NotFoundError):
        store.load(dataset_id)
    assert store.add(request(tmp_path)).dataset_id == dataset_id
    assert len(store.list()) == 1


def test_a_refused_import_leaves_nothing_behind(store, tmp_path):
    with pytest.raises(DataError):
        store.add(request(tmp_path, RATINGS.replace("5", "good")))
    assert list(store.root.iterdir()) == []


def test_the_newest_data_set_comes_first(store, tmp_path):
    store.add(request(tmp_path, name="old.csv"))
    store.add(request(tmp_path, RATINGS + "bert,cup,2,1600000003\n", name="new.csv"))
    assert [summary.name for summary in store.list()] == ["new", "old"]


def test_pictures_are_found_by_the_index_of_their_item(store, tmp_path):
    buffer, path = io.BytesIO(), tmp_path / "images.zip"
    Image.new("RGB", (4, 4), "red").save(buffer, "PNG")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tea.png", buffer.getvalue())
    images = store.add(request(tmp_path, images=path)).images
    assert list(images) == [2]
    assert images[2].is_file()


def test_the_report_is_kept(store, tmp_path):
    report = store.add(request(tmp_path, RATINGS.replace(",", ";"))).report
    assert report.roles == {"user": "user_id", "item": "item_id", "rating": "rating", "time": "timestamp"}
    assert "separator" in [repair.kind for repair in report.repairs]


def test_a_deleted_data_set_is_gone(store, tmp_path):
    dataset_id = store.add(request(tmp_path)).dataset_id
    store.delete(dataset_id)
    assert not store.folder(dataset_id).exists()
    with pytest.raises(NotFoundError):
        store.delete(dataset_id)


@pytest.mark.parametrize("dataset_id", ["../other", "", "a/b", ".import", "x" * 65])
def test_an_id_that_is_none_of_ours_makes_no_path(store, dataset_id):
    with pytest.raises(NotFoundError):
        store.load(dataset_id)


def test_an_import_returns_what_is_loaded_again(store, tmp_path):
    sides = {
        "items": "item_id,title,price,year\ntea,Tea,1.5,1999\npot,,,2001\n",
        "users": "user_id,age,gender\nanna,30,f\nbert,,\n",
        "impressions": "user_id,item_id,timestamp,position,clicked\nanna,tea,1600000000,1,1\nbert,cup,1600000009,2,0\n",
    }
    paths = {kind: tmp_path / f"{kind}.csv" for kind in sides}
    for kind, path in paths.items():
        path.write_text(sides[kind])
    pictures = tmp_path / "images.zip"
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    with zipfile.ZipFile(pictures, "w") as archive:
        archive.writestr("tea.png", buffer.getvalue())
    repeated = RATINGS + "anna,tea,5,1600000000\nanna,cup,4,1600000003\n"
    imported = store.add(request(tmp_path, repeated, images=pictures, **paths))
    loaded = store.load(imported.dataset_id)
    for field in fields(loaded.interactions):
        np.testing.assert_array_equal(
            getattr(imported.interactions, field.name), getattr(loaded.interactions, field.name)
        )
    for table in ("items", "users", "impressions"):
        pd.testing.assert_frame_equal(getattr(imported, table), getattr(loaded, table))
    assert imported.report == loaded.report
    assert (imported.dataset_id, imported.name, imported.created) == (loaded.dataset_id, loaded.name, loaded.created)
    assert len(imported.images) == 1
    assert imported.images == loaded.images
