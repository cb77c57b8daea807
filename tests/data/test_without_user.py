"""Without a person, a dataset is what an import of the files without that person's rows would have built."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from recsys.data.dataset import Dataset
from recsys.data.importing.load import ImportRequest
from recsys.data.store import DatasetStore
from recsys.data.without_user import without_user
from recsys.errors import DataError

TIMED = """user_id,item_id,timestamp
9,tea,1600000005
10,cup,1600000001
9,pot,1600000001
anna,cup,1600000003
anna,jar,1600000001
10,tea,1600000001
"""
RATED = """user_id,item_id,rating,timestamp
bert,tea,1,10
anna,tea,5,20
anna,tea,3,30
bert,cup,1,10
bert,cup,1,10
carl,cup,2,10
carl,tea,4,20
carl,tea,5,30
"""
TITLED = """user_id,item_id,rating,title,price
anna,jar,5,Jar,3
bert,tea,1,Tea,4.5
anna,tea,2,Tea,4.5
carl,cup,2,Cup,
carl,tea,4,Tea,4.5
"""
ITEMS = "item_id,title,category,price\njar,Jar,red,1\npot,,,\ntea,Tea,,2.5\n"
USERS = "user_id,age,gender\nanna,31,f\nbert,,m\ncarl,40,\ndora,20,f\n"
SHOWN = """user_id,item_id,clicked,timestamp
carl,tea,1,9
anna,jar,0,5
bert,jar,1,3
bert,tea,0,2
anna,tea,1,1
"""
CASES = {
    "ids become whole numbers": ("anna", TIMED, {}),
    "nobody else touched the item": ("9", TIMED, {}),
    "repeats of theirs alone are no treatment any more": ("bert", RATED, {}),
    "repeats of others stay": ("anna", RATED, {}),
    "items of the log": ("anna", TITLED, {}),
    "an item of the items file stays without an event": ("anna", TITLED, {"items": ITEMS}),
    "features": ("anna", TITLED, {"users": USERS}),
    "impressions": ("anna", TITLED, {"impressions": SHOWN}),
    "everything": ("carl", RATED, {"items": ITEMS, "users": USERS, "impressions": SHOWN}),
}


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path / "datasets")


def imported(store: DatasetStore, log: str, sides: dict[str, str], without: str = "") -> Dataset:
    """The dataset of these files, of their lines that do not begin with the id `without`."""
    folder = store.root.parent
    for name, text in {"ratings": log, **sides}.items():
        lines = [line for line in text.splitlines() if line.split(",")[0] != without]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    paths = {name: folder / f"{name}.csv" for name in ("ratings", *sides)}
    images = folder / "images.zip"
    return store.add(ImportRequest(**paths, images=images if images.exists() else None))


def forgotten(store: DatasetStore, dataset: Dataset, user_id: str) -> Dataset:
    loaded = without_user(dataset, dataset.interactions.user_index[user_id])
    return store.load(store.add_part(loaded, dataset))


def pictures(path: Path, *item_ids: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for shade, item_id in enumerate(item_ids):
            buffer = io.BytesIO()
            Image.new("RGB", (8, 8), (40 * shade, 9, 9)).save(buffer, "PNG")
            archive.writestr(f"{item_id}.png", buffer.getvalue())


@pytest.mark.parametrize(("user_id", "log", "sides"), CASES.values(), ids=CASES)
def test_it_has_the_id_and_the_bits_of_an_import_without_their_rows(
    user_id: str, log: str, sides: dict[str, str], store: DatasetStore
) -> None:
    part = forgotten(store, imported(store, log, sides), user_id)
    other = DatasetStore(store.root.parent / "other")
    expected = imported(other, log, sides, without=user_id)
    assert part.dataset_id == expected.dataset_id
    for one in fields(part.interactions):
        np.testing.assert_array_equal(getattr(part.interactions, one.name), getattr(expected.interactions, one.name))
    pd.testing.assert_frame_equal(part.items, expected.items)
    pd.testing.assert_frame_equal(part.users, expected.users)
    assert (part.impressions is None) == (expected.impressions is None)
    if part.impressions is not None:
        pd.testing.assert_frame_equal(part.impressions, expected.impressions)
    assert user_id not in part.interactions.user_ids


def test_pictures_follow_their_items(store: DatasetStore) -> None:
    pictures(store.root.parent / "images.zip", "jar", "tea")
    whole = imported(store, TITLED, {})
    part = forgotten(store, whole, "anna")
    assert [whole.interactions.item_ids[item] for item in whole.images] == ["jar", "tea"]
    assert [part.interactions.item_ids[item] for item in part.images] == ["tea"]
    assert part.images[2].read_bytes() == whole.images[3].read_bytes()
    assert part.dataset_id == imported(DatasetStore(store.root.parent / "other"), TITLED, {}, "anna").dataset_id


def test_a_second_person_is_forgotten_like_the_first(store: DatasetStore) -> None:
    log = RATED + "dora,tea,1,5\ndora,cup,2,6\n"
    both = forgotten(store, forgotten(store, imported(store, log, {}), "bert"), "anna")
    assert [repair.kind for repair in both.report.repairs if repair.lines] == []
    lines = [line for line in log.splitlines() if not line.startswith(("anna", "bert"))]
    other = DatasetStore(store.root.parent / "other")
    assert both.dataset_id == imported(other, "\n".join(lines), {}).dataset_id


def test_name_and_date_stay_and_the_report_says_that_someone_was_forgotten(store: DatasetStore) -> None:
    whole = imported(store, TITLED, {})
    part = forgotten(store, whole, "anna")
    assert (part.name, part.created) == (whole.name, whole.created)
    assert part.report.repairs[-1].kind == "forgotten" and "anna" not in part.report.repairs[-1].message


def test_too_little_left_is_refused(store: DatasetStore) -> None:
    whole = imported(store, "user_id,item_id\na,x\na,y\nb,x\nb,y\n", {})
    with pytest.raises(DataError, match="1 users; at least 2"):
        without_user(whole, 1)
