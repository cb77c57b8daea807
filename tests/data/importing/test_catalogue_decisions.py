"""A corpus of small tables of items and users by class of fault, with what each treatment leaves of them."""

import numpy as np
import pytest

from recsys.errors import DataError
from tests.worlds.decisions import faults, load, notes, table

# Several values in a cell

CATEGORIES = [
    ("bars", ["Crime|Drama", "Drama"], ["Crime|Drama", "Drama"]),
    ("semicolons", ["Crime;Drama", "Drama; Film noir;Crime", "Crime"], ["Crime|Drama", "Drama|Film noir|Crime", "Crime"]),
    ("commas", ["Action, Comedy", "Comedy,Drama", "Drama"], ["Action|Comedy", "Comedy|Drama", "Drama"]),
    ("chinese commas", ["动作，喜剧", "喜剧、剧情", "剧情"], ["动作|喜剧", "喜剧|剧情", "剧情"]),
    ("lists in JSON", ['["Crime", "Drama"]', "[]", '["Drama"]'], ["Crime|Drama", "", "Drama"]),
    ("lists in Python", ["['Crime', 'Drama']", "['Drama']", "Crime"], ["Crime|Drama", "Drama", "Crime"]),
    ("lists of objects", ['[{"id": 1, "name": "Crime"}, {"id": 2, "name": "Drama"}]', ""], ["Crime|Drama", ""]),
    ("values that also stand alone", ["Crime", "Drama", "Drama", "Crime", "Crime,Drama"], ["Crime", "Drama", "Drama", "Crime", "Crime|Drama"]),
    ("a name with a comma", ["Clothing, Shoes", "Clothing, Shoes", "Home, Garden"], ["Clothing, Shoes", "Clothing, Shoes", "Home, Garden"]),
    ("few commas", ["Toys", "Food", "Tools, Paint", "Home"], ["Toys", "Food", "Tools, Paint", "Home"]),
]  # fmt: skip


def catalogue(cells):
    quoted = [f'''i{number},"{cell.replace('"', '""')}"''' for number, cell in enumerate(cells)]
    return table("item_id,genre", *quoted), table("user_id,item_id", *(f"u{n % 2},i{n % len(cells)}" for n in range(6)))


@pytest.mark.parametrize(("cells", "read"), [case[1:] for case in CATEGORIES], ids=[case[0] for case in CATEGORIES])
def test_several_categories_in_a_cell_are_read_as_such_and_reported(tmp_path, cells, read):
    items, log = catalogue(cells)
    loaded = load(tmp_path, log, items)
    assert loaded.items["category"].tolist()[1:] == read
    changed = sum(before != after for before, after in zip(cells, read, strict=True))
    assert [note.count for note in notes(loaded, "several_values")] == ([changed] if changed else [])


def test_categories_are_left_whole_if_the_user_wants_it(tmp_path):
    items, log = catalogue(["Action, Comedy", "Comedy,Drama", "Drama"])
    assert load(tmp_path, log, items, split_categories=False).items["category"].tolist()[1] == "Action, Comedy"


def test_categories_in_the_log_are_split_too(tmp_path):
    log = table("user_id,item_id,genre", 'a,x,"Crime, Drama"', 'a,y,"Drama, Crime"', "b,x,")
    assert load(tmp_path, log).items["category"].tolist()[1:] == ["Crime|Drama", "Drama|Crime"]


# Ids that are in a table twice


def test_rows_of_an_item_that_differ_in_the_category_are_joined(tmp_path):
    items = table(
        "item_id,title,genre", "tea,Tea,Hot", "tea,Tea,Drink", "cup,Cup,Home", "tea,Tea,Hot|Green", "pot,Pot,Home"
    )
    loaded = load(tmp_path, items=items)
    assert loaded.items["category"].tolist()[1:] == ["Home", "Home", "Hot|Drink|Green"]
    (note,) = notes(loaded, "joined_categories")
    assert (note.count, note.lines) == (2, (3, 5))


TWICE = [
    (
        "items",
        table("item_id,title", "tea,Tea", "cup,Cup", "tea,Green tea"),
        "title",
        {"last": "Green tea", "first": "Tea"},
    ),
    (
        "items",
        table("item_id,title,genre", "tea,Tea,Hot", "tea,Green tea,Green"),
        "title",
        {"last": "Green tea", "first": "Tea"},
    ),
    ("items", table("item_id,title,price", "tea,Tea,1", "tea,Tea,2"), "price", {"last": 2, "first": 1}),
    ("users", table("user_id,age", "anna,30", "bert,40", "anna,31"), "age", {"last": 31, "first": 30}),
]


@pytest.mark.parametrize(("kind", "text", "column", "values"), TWICE)
def test_other_rows_of_one_id_are_a_fault_of_their_file(tmp_path, kind, text, column, values):
    fault = faults(tmp_path, **{kind: text})[f"{kind}.twice"]
    assert fault.count == 1 and fault.sentence.startswith(kind.capitalize())
    for treatment, value in values.items():
        loaded = load(tmp_path, **{kind: text}, treatments={f"{kind}.twice": treatment})
        index = loaded.interactions.item_index if kind == "items" else loaded.interactions.user_index
        assert getattr(loaded, kind)[column][index["tea" if kind == "items" else "anna"]] == value


def test_an_unknown_treatment_names_the_file_once(tmp_path):
    with pytest.raises(DataError) as caught:
        load(tmp_path, items=TWICE[0][1], treatments={"items.twice": "mean"})
    assert caught.value.message.count("Items file") == 1 and "last, first" in caught.value.message


# Missing values of items and users


def test_missing_values_stay_unknown_unless_they_are_to_be_filled(tmp_path):
    users = table("user_id,age,gender,job", "anna,30,f,", "bert,50,f,cook", "carl,,,cook", "dora,40,m,smith")
    log = table("user_id,item_id", "anna,tea", "bert,tea", "carl,cup", "dora,cup", "emil,tea")
    unknown = load(tmp_path, log, users=users)
    assert np.isnan(unknown.users["age"][3]) and unknown.users["job"].tolist() == ["", "", "cook", "cook", "smith", ""]
    filled = load(tmp_path, log, users=users, fill=("users.age", "users.gender", "users.job"))
    assert filled.users["age"].tolist()[1:] == [30, 50, 40, 40, 40]
    assert filled.users["gender"].tolist() == ["", "f", "f", "f", "m", "f"]
    assert filled.users["job"].tolist() == ["", "cook", "cook", "cook", "smith", "cook"]
    assert [note.count for note in notes(filled, "filled")] == [2, 2, 2]
    assert not notes(filled, "missing")


@pytest.mark.parametrize("column", ["users.agee", "age", "items.title"])
def test_a_column_that_cannot_be_filled_is_refused(tmp_path, column):
    with pytest.raises(DataError, match=column.removeprefix("items.")):
        load(tmp_path, users=table("user_id,age", "anna,30"), fill=(column,))
