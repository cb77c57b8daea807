"""What an import decides: which file a mapping speaks of, which rows are one event, what comes first in a second."""

import pytest

from recsys.errors import DataError
from tests.worlds import decisions

LOG = "user_id,item_id,rating\nanna,tea,5\nanna,cup,3\nbert,tea,1\n"
ITEMS = "item_id,title,year\ntea,Tea,1999\ncup,Cup,2001\n"


def load(folder, ratings=LOG, *tables, **options):
    return decisions.load(folder, ratings, *tables, **options)


def refusal(folder, *tables, **options):
    with pytest.raises(DataError) as caught:
        load(folder, *tables, **options)
    assert len(caught.value.message) <= 300
    return caught.value


def kinds(loaded):
    return [repair.kind for repair in loaded.report.repairs]


# Which file a mapping speaks of


def test_a_role_of_items_speaks_of_the_items_file(tmp_path):
    loaded = load(tmp_path, "1,7\n1,8\n2,7\n", "7,x,Green tea\n8,y,Cup\n", mapping={"title": "2"})
    assert loaded.items["title"].tolist() == ["", "Green tea", "Cup"]
    assert loaded.report.roles["items.title"] == "2"


def test_another_name_is_a_column_of_the_one_file_beside_the_log(tmp_path):
    assert load(tmp_path, LOG, ITEMS, mapping={"released": "year"}).items["released"].tolist() == ["", "2001", "1999"]


def test_a_name_with_its_file_in_front_is_clear_with_two_files(tmp_path):
    users = "user_id,job\nanna,cook\nbert,smith\n"
    loaded = load(tmp_path, LOG, ITEMS, users, mapping={"items.released": "year", "users.work": "job"})
    assert loaded.items["released"].tolist()[1:] == ["2001", "1999"]
    assert loaded.users["work"].tolist()[1:] == ["cook", "smith"]


def test_a_name_without_its_file_is_refused_with_two_files(tmp_path):
    error = refusal(tmp_path, LOG, ITEMS, "user_id,job\nanna,cook\n", mapping={"released": "year"})
    assert "Unknown role 'released'" in error.message and "items.NAME" in error.message


def test_a_mapping_of_a_file_that_did_not_come_is_refused(tmp_path):
    assert "no users file" in refusal(tmp_path, LOG, ITEMS, mapping={"users.work": "job"}).message


def test_no_entry_of_a_mapping_is_dropped_in_silence(tmp_path):
    assert "No column 'yaer'" in refusal(tmp_path, LOG, ITEMS, mapping={"released": "yaer"}).message


def test_an_empty_mapping_leaves_the_role_out(tmp_path):
    assert load(tmp_path, mapping={"rating": ""}).interactions.ratings is None


def test_leaving_out_the_user_is_refused(tmp_path):
    assert "no column user_id" in refusal(tmp_path, mapping={"user": ""}).message


def test_the_items_file_is_joined_on_the_column_that_is_called_as_in_the_log(tmp_path):
    log = "user_id,product_ref\nanna,7\nanna,8\nbert,7\n"
    items = "item_id,product_ref,title\n1,7,Tea\n2,8,Cup\n"
    loaded = load(tmp_path, log, items, mapping={"item": "product_ref"})
    assert loaded.items["title"].tolist() == ["", "Tea", "Cup"]
    assert loaded.items["item_id (column)"].tolist()[1:] == ["1", "2"]  # no role, and never in place of the id


def test_the_only_other_id_is_the_item(tmp_path):
    loaded = load(tmp_path, "user_id,anime_id\nanna,1\nanna,2\nbert,1\n")
    assert loaded.report.roles["item"] == "anime_id"


def test_two_other_ids_are_not_chosen_between(tmp_path):
    assert "no column item_id" in refusal(tmp_path, "user_id,anime_id,studio_id\na,1,2\na,2,2\nb,1,2\n").message


# Which rows are one event


def test_clicks_that_are_alike_in_every_column_count_once(tmp_path):
    loaded = load(tmp_path, "user_id,item_id,time\na,x,1600000000\na,x,1600000000\na,y,1600000001\nb,x,1600000001\n")
    assert len(loaded.interactions) == 3
    (repair,) = [repair for repair in loaded.report.repairs if repair.kind == "duplicates"]
    assert (repair.count, repair.lines) == (1, (3,))


def test_clicks_in_one_second_that_differ_in_its_parts_all_count(tmp_path):
    log = load(tmp_path, "user_id,item_id,time\na,x,1600000000.1\na,x,1600000000.2\na,y,1600000001\nb,x,1600000001\n")
    assert len(log.interactions) == 4


def test_clicks_that_differ_in_a_further_column_all_count(tmp_path):
    log = "user_id,item_id,time,action\na,x,1600000000,view\na,x,1600000000,cart\nb,y,1600000001,view\n"
    assert len(load(tmp_path, log, mapping={"event": ""}).interactions) == 3


def test_a_conflict_says_how_many_there_are_and_what_to_do(tmp_path):
    log = LOG + "anna,tea,1\nanna,cup,1\n"
    error = refusal(tmp_path, log)
    assert "2 lines" in error.message and "--treat conflict=last|first|mean|highest|sum|drop" in error.message
    assert len(load(tmp_path, log, mapping={"rating": ""}).interactions) == 5


@pytest.mark.parametrize(
    ("treatment", "ratings"),
    [
        ("last", [1, 1, 3, 2, 2]),
        ("first", [5, 4, 3, 2, 2]),
        ("mean", [3, 2.5, 3, 2, 2]),
        ("highest", [5, 4, 3, 2, 2]),
        ("drop", [3, 2, 2]),
    ],
)
def test_a_conflict_is_treated_as_the_user_decided(tmp_path, treatment, ratings):
    log = "user_id,item_id,rating\nanna,tea,5\nanna,cup,4\nbert,tea,3\ncarl,cup,2\ncarl,tea,2\nanna,tea,1\nanna,cup,1\n"
    loaded = load(tmp_path, log, treatments={"conflict": treatment})
    assert sorted(loaded.interactions.ratings.tolist()) == sorted(ratings)


# What comes first


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("1600000000.9", "1600000000.1"),
        ("1600000000900", "1600000000100"),
        ("2020-09-13T12:26:40.9Z", "2020-09-13T12:26:40.1Z"),
    ],
)
def test_parts_of_a_second_decide_what_comes_first(tmp_path, later, earlier):
    log = load(tmp_path, f"user_id,item_id,time\na,second,{later}\na,first,{earlier}\nb,first,{later}\n").interactions
    assert log.item_ids[log.history(1)].tolist() == ["first", "second"]
    assert log.times.tolist() == [1_600_000_000] * 3


def test_a_column_that_counts_events_orders_them_and_is_no_time(tmp_path):
    loaded = load(tmp_path, "user_id,item_id,event_order\na,second,2\na,first,1\nb,first,1\n")
    log = loaded.interactions
    assert log.item_ids[log.history(1)].tolist() == ["first", "second"]
    assert log.times is None and "order" in kinds(loaded)


def test_a_later_rating_by_order_replaces_the_earlier(tmp_path):
    log = load(tmp_path, "user_id,item_id,rating,event_order\na,x,5,2\na,x,1,1\na,y,3,3\nb,x,2,1\n").interactions
    assert log.ratings.tolist() == [5, 3, 2]


# What is left as it is, and said


def test_many_zeros_below_whole_ratings_are_warned_of(tmp_path):
    warnings = load(tmp_path, LOG + "bert,cup,0\ncarl,cup,0\n").report.warnings
    assert any("2 ratings are 0" in warning for warning in warnings)


def test_ids_that_a_spreadsheet_rounded_are_warned_of(tmp_path):
    warnings = load(tmp_path, LOG.replace(",cup,", ',"9,78E+12",')).report.warnings
    assert any("9,78E+12" in warning for warning in warnings)


def test_small_times_are_warned_of(tmp_path):
    warnings = load(tmp_path, "user_id,item_id,time\na,x,1\na,y,2\nb,x,3\n").report.warnings
    assert any("an order, perhaps" in warning for warning in warnings)


# The tables beside the log


def test_what_is_said_of_a_file_beside_the_log_names_it(tmp_path):
    error = refusal(tmp_path, LOG, "item_id,title\ntea,Tea,more\n")
    assert error.message.startswith("Items file: Line 2") and error.line == 2
    told = load(tmp_path, LOG, "item_id;title\ntea;Tea\ncup;Cup\n").report.repairs
    assert [repair.message for repair in told if repair.kind == "separator"] == [
        "Items file: Fields are separated by semicolon (;)."
    ]


def test_a_row_of_items_that_comes_twice_all_alike_counts_once(tmp_path):
    loaded = load(tmp_path, LOG, ITEMS + "tea,Tea,1999\n")
    assert loaded.items["title"].tolist() == ["", "Cup", "Tea"]
    assert "duplicate_rows" in kinds(loaded)


def test_the_limit_of_items_counts_the_whole_catalogue(tmp_path):
    assert "3 items" in refusal(tmp_path, LOG, ITEMS + "pot,Pot,2002\n", max_items=2).message


# Files without header


def test_columns_spoken_of_by_number_make_the_first_row_data(tmp_path):
    loaded = load(tmp_path, "anna,tea\nanna,cup\nbert,tea\n", mapping={"user": "0", "item": "1"})
    assert len(loaded.interactions) == 3 and "no_header" in kinds(loaded)


def test_columns_spoken_of_by_number_leave_a_known_header_one(tmp_path):
    assert len(load(tmp_path, LOG, mapping={"user": "0", "item": "1"}).interactions) == 3
