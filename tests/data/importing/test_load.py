import gzip

import numpy as np
import pandas as pd
import pytest

from recsys.data.importing.load import load_dataset
from recsys.data.interactions import ITEM, TIME, USER, Interactions, sorted_ids
from recsys.errors import DataError
from tests.worlds.imports import import_request

RATINGS = "user_id,item_id,rating\nanna,tea,5\nanna,cup,3\nbert,tea,1\n"


def load(folder, ratings=RATINGS, items=None, users=None, **options):
    """Writes the tables into the folder and loads them."""
    paths = {"ratings": folder / "ratings.csv"}
    paths["ratings"].write_text(ratings, encoding="utf-8")
    for name, text in (("items", items), ("users", users)):
        if text is not None:
            paths[name] = folder / f"{name}.csv"
            paths[name].write_text(text, encoding="utf-8")
    return load_dataset(import_request(**paths, **options), folder / "pictures")


def refusal(folder, ratings=RATINGS, **options):
    with pytest.raises(DataError) as caught:
        load(folder, ratings, **options)
    return caught.value


def kinds(loaded):
    return [repair.kind for repair in loaded.report.repairs]


def triples(log):
    return list(zip(log.user_ids[log.users], log.item_ids[log.items], log.ratings.tolist(), strict=True))


# The log and its order


def test_events_stand_by_user_then_time_then_file_order():
    frame = pd.DataFrame({USER: list("bbabb"), ITEM: list("vwxyz"), TIME: [7, 3, 9, 7, 3]})
    log = Interactions.from_frame(frame)
    assert list(log.item_ids[log.items]) == ["x", "w", "z", "v", "y"]
    assert log.times.tolist() == [9, 3, 3, 7, 7]
    assert log.offsets.tolist() == [0, 0, 1, 5]


def test_without_times_events_keep_file_order():
    log = Interactions.from_frame(pd.DataFrame({USER: list("baba"), ITEM: list("zyxw")}))
    assert [list(log.item_ids[log.history(user)]) for user in (1, 2)] == [["y", "w"], ["z", "x"]]


def test_whole_numbers_are_ordered_as_numbers():
    assert sorted_ids(["10", "9", "100"]).tolist() == ["9", "10", "100"]


@pytest.mark.parametrize("odd", ["a", "09", "-1", "1.5", "١"])
def test_one_id_that_is_no_plain_number_makes_all_of_them_text(odd):
    assert sorted_ids(["10", "9", odd]).tolist() == sorted(["10", "9", odd])


def test_index_0_is_no_one(tmp_path):
    log = load(tmp_path).interactions
    assert list(log.user_ids) == ["", "anna", "bert"]
    assert list(log.item_ids) == ["", "cup", "tea"]


# What a log must hold


@pytest.mark.parametrize(
    ("ratings", "words"),
    [
        ("user_id,item_id\nanna,tea\nanna,cup\nanna,pot\n", "1 users; at least 2"),
        ("user_id,item_id\nanna,tea\nbert,tea\ncarl,tea\n", "1 items; at least 2"),
        ("user_id,item_id\nanna,tea\nbert,cup\n", "2 rows; at least 3"),
    ],
)
def test_two_users_two_items_and_three_rows_are_the_least(tmp_path, ratings, words):
    assert words in refusal(tmp_path, ratings).message


def test_items_without_events_do_not_make_up_for_touched_ones(tmp_path):
    ratings = "user_id,item_id\nanna,tea\nbert,tea\ncarl,tea\n"
    assert "1 items" in refusal(tmp_path, ratings, items="item_id,title\ntea,Tea\ncup,Cup\n").message


def test_short_histories_are_taken_with_a_warning(tmp_path):
    (warning,) = load(tmp_path).report.warnings
    assert "not evaluated" in warning


def test_a_user_with_three_events_is_long_enough(tmp_path):
    ratings = "user_id,item_id\n" + "".join(f"{user},{item}\n" for user in ("anna", "bert") for item in ("x", "y", "z"))
    assert load(tmp_path, ratings).report.warnings == ()


def test_a_bad_rating_is_refused_with_line_and_column(tmp_path):
    error = refusal(tmp_path, "user_id,item_id,stars\nanna,tea,5\nanna,cup,good\nbert,tea,1\n")
    assert (error.line, error.column) == (3, "rating")
    assert "Line 3, column stars (rating): good" in error.message


def test_a_bad_time_is_refused_with_line_and_column(tmp_path):
    error = refusal(tmp_path, "user_id,item_id,timestamp\nanna,tea,1600000000\nanna,cup,soon\nbert,tea,1600000001\n")
    assert (error.line, error.column) == (3, "timestamp")


@pytest.mark.parametrize("place", [2, 65_537, 100_000])
def test_the_line_of_a_bad_rating_is_right_in_a_long_file(tmp_path, place):
    lines = ["user_id,item_id,rating", *(f"{i % 999},{i},5" for i in range(100_000))]
    lines[place - 1] = "1,2,good"
    assert refusal(tmp_path, "\n".join(lines) + "\n").line == place


def test_an_unknown_role_in_the_mapping_is_refused(tmp_path):
    assert "Unknown role 'colour'" in refusal(tmp_path, mapping={"colour": "rating"}).message


def test_the_limits_of_rows_and_items_are_named(tmp_path):
    assert "limit is 2" in refusal(tmp_path, max_rows=2).message


@pytest.mark.parametrize("kind", ["items", "users"])
def test_the_limit_of_rows_is_that_of_each_file(tmp_path, kind):
    table = f"{kind[:-1]}_id,colour\n" + "".join(f"{name},red\n" for name in "abcd")
    assert "limit is 3" in refusal(tmp_path, max_rows=3, **{kind: table}).message
    load(tmp_path, max_rows=4, **{kind: table})
    assert "limit is 1" in refusal(tmp_path, max_items=1).message


# Ids


def test_leading_zeros_make_another_item(tmp_path):
    log = load(tmp_path, "user_id,item_id\nanna,1\nanna,001\nbert,01\n").interactions
    assert log.item_ids[1:].tolist() == ["001", "01", "1"]


@pytest.mark.parametrize("word", ["NA", "nan", "null", "None", "N/A"])
def test_a_word_for_missing_is_an_id_in_every_table(tmp_path, word):
    loaded = load(
        tmp_path,
        f"user_id,item_id\n{word},{word}\nanna,tea\n{word},tea\n",
        items=f"item_id,title\n{word},{word} the film\ntea,Tea\n",
        users=f"user_id,age\n{word},30\nanna,40\n",
    )
    index = loaded.interactions.item_index[word]
    assert loaded.items["title"][index] == f"{word} the film"
    assert loaded.users["age"][loaded.interactions.user_index[word]] == 30


# Repeats


def test_with_ratings_the_later_one_replaces_the_earlier(tmp_path):
    rows = ["anna,tea,5,2000000", "anna,tea,1,1000000", "bert,cup,4,1000000", "bert,tea,2,1000000"]
    ratings = "\n".join(["user_id,item_id,rating,timestamp", *rows]) + "\n"
    loaded = load(tmp_path, ratings)
    assert triples(loaded.interactions) == [("anna", "tea", 5), ("bert", "cup", 4), ("bert", "tea", 2)]
    (repair,) = [repair for repair in loaded.report.repairs if repair.kind == "later_rating"]
    assert repair.lines == (3,)


def test_rows_that_are_all_alike_count_once(tmp_path):
    loaded = load(tmp_path, RATINGS + "anna,tea,5\n")
    assert len(loaded.interactions) == 3
    assert "duplicates" in kinds(loaded)


def test_two_ratings_of_an_item_without_times_are_refused_with_the_line(tmp_path):
    error = refusal(tmp_path, RATINGS + "anna,tea,1\n")
    assert error.line == 5
    assert "conflict" in error.message


def test_without_ratings_repeats_are_kept(tmp_path):
    log = load(tmp_path, "user_id,item_id\nanna,tea\nanna,tea\nbert,cup\n").interactions
    assert len(log) == 3
    assert log.has_repeats


# The tables beside the log


def test_chinese_titles_and_categories_come_through(tmp_path):
    loaded = load(tmp_path, items="item_id,title,category\ntea,绿茶,美食\ncup,茶杯,家居用品\n")
    assert loaded.items["title"].tolist() == ["", "茶杯", "绿茶"]
    assert loaded.items["category"].tolist() == ["", "家居用品", "美食"]


def test_items_without_events_are_in_the_catalogue_and_said(tmp_path):
    loaded = load(tmp_path, items="item_id,title\ntea,Tea\ncup,Cup\npot,Pot\n")
    assert loaded.interactions.num_items == 3
    assert loaded.interactions.item_counts[loaded.interactions.item_index["pot"]] == 0
    assert "cold_items" in kinds(loaded)


def test_users_without_events_are_left_out_and_said(tmp_path):
    loaded = load(tmp_path, users="user_id,age\nanna,34\nbert,51\ncarl,20\n")
    assert loaded.interactions.num_users == 2
    assert loaded.users["age"].tolist()[1:] == [34, 51]
    assert "idle_users" in kinds(loaded)


def test_an_item_that_no_table_names_is_shown_by_its_id(tmp_path):
    loaded = load(tmp_path, items="item_id,title\ntea,Green tea\n")
    assert loaded.items["title"].tolist() == ["", "cup", "Green tea"]
    assert "unknown_items" in kinds(loaded)


def test_an_age_that_cannot_be_is_unknown(tmp_path):
    loaded = load(tmp_path, users="user_id,age\nanna,340\nbert,51\n")
    assert np.isnan(loaded.users["age"][1]) and loaded.users["age"][2] == 51


def test_an_item_that_stands_twice_in_its_table_is_refused(tmp_path):
    error = refusal(tmp_path, items="item_id,title\ntea,Tea\ntea,Cup\n")
    assert error.line == 3
    assert "twice" in error.message


def test_titles_and_prices_in_the_log_make_the_catalogue(tmp_path):
    ratings = "user_id,item_id,title,price\nanna,tea, Green\x07 tea ,4.5\nanna,cup,Cup,9\nbert,tea,Other,1\n"
    loaded = load(tmp_path, ratings)
    assert loaded.items["title"].tolist() == ["", "Cup", "Green  tea"]
    assert loaded.items["price"].tolist()[1:] == [9, 4.5]


def prices(folder, *cells):
    rows = [f'{item},"{cell}"' for item, cell in zip(("cup", "tea"), cells, strict=True)]
    loaded = load(folder, items="\n".join(["item_id,price", *rows]) + "\n")
    return loaded.items["price"].tolist()[1:], [r.message for r in loaded.report.repairs if r.kind == "thousands"]


def test_prices_that_may_hold_thousands_separators_are_read_so_and_the_report_says_it(tmp_path):
    assert prices(tmp_path, "1,299", "12,499") == (
        [1299, 12499],
        [
            "Items file: Commas in price could be decimal commas or thousands separators. They were read as "
            "thousands separators: 1,299 is 1299."
        ],
    )


def test_prices_with_decimal_commas_are_read_as_such(tmp_path):
    assert prices(tmp_path, "1,299", "3,5") == ([1.299, 3.5], [])


def test_an_embedded_title_is_taken_from_the_row_that_counts(tmp_path):
    """Rows that were dropped as repeats do not shift the titles of the others."""
    ratings = "user_id,item_id,rating,title\nanna,tea,5,Tea\nanna,tea,5,Tea\nanna,cup,3,Cup\nbert,pot,1,Pot\n"
    assert load(tmp_path, ratings).items["title"].tolist() == ["", "Cup", "Pot", "Tea"]


def test_a_packed_file_gives_what_the_plain_one_gives(tmp_path):
    packed = tmp_path / "ratings.csv.gz"
    packed.write_bytes(gzip.compress(RATINGS.encode()))
    log = load_dataset(import_request(packed), tmp_path).interactions
    assert triples(log) == triples(load(tmp_path).interactions)
