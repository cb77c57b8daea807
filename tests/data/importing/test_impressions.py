"""What was shown to whom: read, checked, stored, and left out of everything where a dataset has none."""

import numpy as np
import pytest

from recsys.data.importing.impressions import are_sound
from recsys.data.profile import profile
from recsys.data.store import DatasetStore
from recsys.errors import DataError
from tests.worlds.imports import import_request

RATINGS = "user_id,item_id,rating,timestamp\nanna,tea,5,1600000000\nanna,cup,3,1600000001\nbert,tea,1,1600000002\n"
ITEMS = "item_id,title,category\ntea,Tea,Food\ncup,Cup,Home\npot,Pot,Home\n"
USERS = "user_id,age\nanna,34\nbert,51\n"
SHOWN = "user_id,item_id,timestamp,position,clicked\nbert,cup,1600000009,2,0\nanna,tea,1600000008,1,1\nanna,pot,1600000007,3,0\n"


@pytest.fixture
def store(tmp_path):
    return DatasetStore(tmp_path / "datasets")


def request(folder, shown=SHOWN, items=ITEMS, users=None, **more):
    paths = {"ratings": RATINGS, "items": items, "users": users, "impressions": shown}
    for name, text in paths.items():
        if text is not None:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return import_request(**{name: folder / f"{name}.csv" for name, text in paths.items() if text is not None}, **more)


def refusal(store, folder, shown, **more):
    with pytest.raises(DataError) as caught:
        store.add(request(folder, shown, **more))
    assert list(store.root.iterdir()) == []
    return caught.value


def rows(dataset):
    return dataset.impressions.to_numpy().tolist()


def test_impressions_are_stored_by_index_user_then_time(store, tmp_path):
    dataset = store.add(request(tmp_path))
    assert list(dataset.impressions) == ["user_id", "item_id", "time", "position", "clicked"]
    assert rows(dataset) == [
        [1, 2, 1_600_000_007, 3, False],
        [1, 3, 1_600_000_008, 1, True],
        [2, 1, 1_600_000_009, 2, False],
    ]
    assert store.summary(dataset.dataset_id).impressions == 3
    assert are_sound(dataset.impressions, dataset.interactions)


def test_without_times_and_places_they_keep_the_order_of_the_file(store, tmp_path):
    dataset = store.add(request(tmp_path, "user_id,item_id,clicked\nbert,cup,0\nanna,tea,1\nanna,cup,0\n"))
    assert list(dataset.impressions) == ["user_id", "item_id", "clicked"]
    assert rows(dataset) == [[1, 3, True], [1, 1, False], [2, 1, False]]


def test_data_sets_without_impressions_keep_the_ids_that_they_always_had(store, tmp_path):
    """These two ids were given before datasets could have impressions."""
    assert store.add(request(tmp_path, shown=None, items=None)).dataset_id == "1a94c8d50e86fdea"
    whole = store.add(request(tmp_path, shown=None, users=USERS))
    assert whole.dataset_id == "cbda99b1abd92a4d"
    assert whole.impressions is None
    assert not (store.folder(whole.dataset_id) / "impressions.parquet").exists()


def test_impressions_are_a_part_of_the_id(store, tmp_path):
    texts = (None, SHOWN, SHOWN.replace("2,0", "2,1"), SHOWN.replace("1600000009", "1600000010"))
    assert len({store.add(request(tmp_path, text)).dataset_id for text in texts}) == 4


@pytest.mark.parametrize(("yes", "no"), [("true", "false"), ("True", "FALSE"), ("1", "0"), (" 1", "0 ")])
def test_a_click_may_be_written_in_two_ways(store, tmp_path, yes, no):
    dataset = store.add(request(tmp_path, f"user_id,item_id,clicked\nanna,tea,{yes}\nanna,cup,{no}\n"))
    assert dataset.impressions["clicked"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("good", "bad", "line", "column", "words"),
    [
        ("1600000008,1,1", "1600000008,1,2", 3, "clicked", "2 is neither yes nor no"),
        ("1600000008,1,1", "1600000008,1,", 3, "clicked", "missing"),
        ("1600000008,1,1", "1600000008,1.5,1", 3, "position", "1.5 is no position in a list"),
        ("1600000008,1,1", "1600000008,first,1", 3, "position", "first is not a number"),
        ("1600000007", "soon", 4, "timestamp", "soon is not a time"),
        ("bert,cup", ",cup", 2, "user_id", "empty"),
    ],
)
def test_a_bad_cell_is_refused_with_file_line_and_column(store, tmp_path, good, bad, line, column, words):
    error = refusal(store, tmp_path, SHOWN.replace(good, bad))
    assert (error.line, error.column) == (line, column)
    assert error.message.startswith("Impressions file: Line") and words in error.message


def test_a_file_without_clicks_is_refused_and_says_which_column_is_missing(store, tmp_path):
    error = refusal(store, tmp_path, "user_id,item_id,seen\nanna,tea,1\n")
    assert error.column == "clicked"
    assert "no column clicked among user_id, item_id, seen" in error.message


def test_impressions_of_others_are_left_out_and_said(store, tmp_path):
    dataset = store.add(request(tmp_path, SHOWN + "zoe,tea,1600000001,1,1\nanna,pan,1600000001,1,1\n"))
    assert len(dataset.impressions) == 3
    (note,) = [repair for repair in dataset.report.repairs if repair.kind == "unknown_impressions"]
    assert (note.count, note.lines) == (2, (5, 6))
    assert note.message.startswith("Impressions file: 2 impressions")


def test_an_item_of_the_items_file_is_known_without_an_event(store, tmp_path):
    assert len(store.add(request(tmp_path)).impressions) == 3
    assert len(store.add(request(tmp_path, items=None)).impressions) == 2  # nobody knows the pot


def test_impressions_of_strangers_alone_are_refused(store, tmp_path):
    assert "None of the 1 impressions" in refusal(store, tmp_path, "user_id,item_id,clicked\nzoe,tea,1\n").message


def test_ids_are_the_columns_that_are_called_as_in_the_log(store, tmp_path):
    (tmp_path / "log.csv").write_text("who,what\nanna,tea\nanna,cup\nbert,tea\n")
    (tmp_path / "shown.csv").write_text("who,what,clicked\nanna,tea,1\nbert,cup,0\n")
    mapping = {"user": "who", "item": "what"}
    dataset = store.add(import_request(tmp_path / "log.csv", impressions=tmp_path / "shown.csv", mapping=mapping))
    assert rows(dataset) == [[1, 2, True], [2, 1, False]]


def test_a_mapping_names_columns_of_the_impressions(store, tmp_path):
    text = "user_id,item_id,slot_no,yes\nanna,tea,4,1\nbert,cup,5,0\n"
    dataset = store.add(request(tmp_path, text, mapping={"clicked": "yes", "impressions.position": "slot_no"}))
    assert dataset.impressions["position"].tolist() == [4, 5]


def test_impressions_have_no_further_columns(store, tmp_path):
    error = refusal(store, tmp_path, SHOWN, mapping={"impressions.colour": "position"})
    assert "Impressions have no role 'colour'" in error.message


def test_without_a_header_the_last_column_of_yes_and_no_is_the_click(store, tmp_path):
    dataset = store.add(request(tmp_path, "anna,tea,1600000000,1,1\nbert,cup,1600000001,1,0\n"))
    assert rows(dataset) == [[1, 3, 1_600_000_000, 1, True], [2, 1, 1_600_000_001, 1, False]]


def test_a_column_that_counts_impressions_is_no_time(store, tmp_path):
    dataset = store.add(request(tmp_path, "user_id,item_id,event_order,clicked\nanna,tea,7,1\nbert,cup,8,0\n"))
    assert "time" not in dataset.impressions
    assert any("orders impressions and is no time" in repair.message for repair in dataset.report.repairs)


def test_the_profile_counts_impressions_and_clicks(store, tmp_path):
    seen = profile(store.add(request(tmp_path)))
    assert (seen.impressions, seen.click_rate) == (3, pytest.approx(1 / 3))
    without = profile(store.add(request(tmp_path, shown=None)))
    assert (without.impressions, without.click_rate) == (0, None)


@pytest.mark.parametrize("content", [None, b"half"])
def test_impressions_that_are_gone_or_damaged_are_said(store, tmp_path, content):
    made = store.add(request(tmp_path))
    path = store.folder(made.dataset_id) / "impressions.parquet"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        store.load(made.dataset_id)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.assign(user_id=np.array([1, 1, 3])),
        lambda f: f.assign(item_id=np.array([0, 1, 1])),
        lambda f: f.assign(clicked=[0, 1, 0]),
        lambda f: f.assign(position=[0, -1, 0]),
        lambda f: f.iloc[::-1],
        lambda f: f.assign(note="x"),
        lambda f: f.drop(columns="clicked"),
    ],
)
def test_impressions_that_no_import_made_are_not_sound(store, tmp_path, change):
    dataset = store.add(request(tmp_path))
    assert not are_sound(change(dataset.impressions), dataset.interactions)
