"""Keys of pseudonyms: a secret file beside the datasets, which goes with its dataset."""

import os

from recsys.data.importing.import_choices import Protection
from recsys.data.store import DatasetStore
from tests.worlds.imports import import_request

LOG = "user_id,item_id\nanna,tea\nanna,cup\nbert,tea\n"


def stored(folder, **options):
    (folder / "log.csv").write_text(LOG)
    store = DatasetStore(folder / "home" / "datasets")
    protection = Protection(pseudonyms=["users"])
    return store, store.add(import_request(folder / "log.csv", protection=protection, **options))


def test_a_dataset_with_pseudonyms_has_a_key_that_only_its_owner_reads(tmp_path):
    store, dataset = stored(tmp_path)
    path = tmp_path / "home" / "keys" / f"{dataset.dataset_id}.key"
    assert store.keys.path(dataset.dataset_id) == path
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o077 == 0
    assert len(bytes.fromhex(path.read_text())) == 32


def test_the_key_of_a_dataset_gives_the_same_dataset_again(tmp_path):
    store, dataset = stored(tmp_path)
    assert stored(tmp_path, key=store.keys.path(dataset.dataset_id))[1].dataset_id == dataset.dataset_id
    assert stored(tmp_path)[1].dataset_id != dataset.dataset_id


def test_the_key_is_deleted_with_the_dataset(tmp_path):
    store, dataset = stored(tmp_path)
    store.delete(dataset.dataset_id)
    assert [*store.keys.root.iterdir()] == []


def test_the_key_of_a_killed_import_is_swept_after_a_while(tmp_path):
    store, dataset = stored(tmp_path)
    store.keys.write("gone", bytes(32))
    store.keys.write("begun", bytes(32))
    os.utime(store.keys.path("gone"), (0, 0))
    os.utime(store.keys.path(dataset.dataset_id), (0, 0))
    store.sweep()
    assert sorted(path.stem for path in store.keys.root.iterdir()) == sorted(["begun", dataset.dataset_id])
