"""Five events by hand: anna touches tea, cup, pot (two of them in the same second), bert tea, carl tea; pan is cold."""

import math

import numpy as np
import pytest

from recsys.data.importing.load import ImportRequest
from recsys.data.profile import profile, rating_bins
from recsys.data.store import DatasetStore

DAY = 86_400
NEW_YEAR = 1_609_459_200  # 2021-01-01 00:00 UTC
EVENTS = [
    ("anna", "tea", 5, NEW_YEAR),
    ("anna", "cup", 3, NEW_YEAR + DAY),
    ("anna", "pot", 3, NEW_YEAR + DAY),
    ("bert", "tea", 1, NEW_YEAR),
    ("carl", "tea", 5, NEW_YEAR + 9 * DAY),
]


def import_and_profile(folder, rows, header, items=None):
    path = folder / "ratings.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return profile(DatasetStore(folder / "datasets").add(ImportRequest(path, items=items)))


@pytest.fixture
def found(tmp_path):
    items = tmp_path / "items.csv"
    items.write_text("item_id,title,category\ntea,Tea,Food\ncup,,Home\npot,Pot,Home\npan,Pan,\n")
    return import_and_profile(tmp_path, EVENTS, "user_id,item_id,rating,timestamp", items)


def test_counts(found):
    assert (found.rows, found.users, found.items, found.cold_items) == (5, 3, 3, 1)


def test_density_is_the_share_of_pairs_with_an_event(found):
    assert found.density == 5 / 9


def test_lengths_of_histories(found):
    assert found.median_history == 1
    assert found.mean_history == pytest.approx(5 / 3)
    assert found.short_users == 2
    assert dict(zip(found.history_bins, found.history_counts, strict=True)) == {"1": 2, "2": 0, "3+": 1}


def test_two_of_five_events_are_tied(found):
    assert found.tie_rate == pytest.approx(2 / 5)


def test_nothing_is_repeated_here(found):
    assert found.repeat_rate == 0


def test_the_span_is_first_and_last_day(found):
    assert found.span == ("2021-01-01", "2021-01-10")


def test_the_long_tail(found):
    assert found.tail_rank.tolist() == [1, 2, 3]
    assert found.tail_events.tolist() == [3, 1, 1]
    assert found.tail_share == pytest.approx([0.6, 0.8, 1.0])
    assert found.items_for_80 == 2


def test_events_over_days(found):
    assert found.time_unit == "day"
    assert len(found.time_labels) == 10
    assert found.time_counts.tolist() == [2, 2, 0, 0, 0, 0, 0, 0, 0, 1]


def test_ratings_by_value(found):
    assert dict(zip(found.rating_values, found.rating_counts, strict=True)) == {"1": 1, "3": 2, "5": 2}


def test_categories_and_what_is_missing(found):
    assert found.category_counts == {"Home": 2, "Food": 1}
    assert found.missing == {"items.title": 1, "items.category": 1}


def test_without_times_and_ratings_there_is_nothing_to_say_of_them(tmp_path):
    found = import_and_profile(tmp_path, [row[:2] for row in EVENTS], "user_id,item_id")
    assert found.tie_rate is None and found.span is None
    assert found.time_labels == () and found.rating_values == ()


def test_a_repeat_counts_as_an_event_and_not_as_a_pair(tmp_path):
    rows = [("anna", "tea"), ("anna", "tea"), ("anna", "tea"), ("bert", "cup")]
    found = import_and_profile(tmp_path, rows, "user_id,item_id")
    assert found.repeat_rate == 0.5
    assert found.density == 0.5
    assert math.isclose(found.tail_share[-1], 1)


def test_many_different_ratings_are_put_in_bins_that_hold_them_all(tmp_path):
    rows = [("anna" if i % 2 else "bert", f"i{i}", 0.25 * i) for i in range(50)]
    assert import_and_profile(tmp_path, rows, "user_id,item_id,hours").rating_counts.sum() == 50


def test_ranges_of_even_ratings_begin_at_round_numbers():
    assert list(rating_bins(np.arange(1, 101, dtype="float32")))[:2] == ["0 to 10", "10 to 20"]
    assert list(rating_bins((np.arange(1, 51) / 10).astype("float32")))[-1] == "4.5 to 5"
    assert next(iter(rating_bins(np.linspace(-10, 10, 50).astype("float32")))) == "-10 to -8"


def test_ranges_of_hours_widen_at_round_numbers_and_hold_each_once():
    hours = np.array([0.1, 0.2, 0.4, 1.5, *range(2, 30), 4440, 11_754], dtype="float32")
    bins = rating_bins(hours)
    assert list(bins)[:4] == ["0.1 to 0.2", "0.2 to 0.5", "0.5 to 1", "1 to 2"]
    assert list(bins)[-1] == "10,000 to 20,000"
    assert sum(int(((hours >= low) & (hours <= high)).sum()) for low, high in bins.values()) == len(hours)


def test_ranges_over_many_powers_of_ten_are_powers_of_ten():
    plays = np.array([0, 0, 0, *range(1, 30), 5e6], dtype="float32")
    assert list(rating_bins(plays)) == [
        "0 to 1", "1 to 10", "10 to 100", "100 to 1,000", "1,000 to 10,000", "10,000 to 100,000", "100,000 to 1,000,000",
        "1,000,000 to 10,000,000",
    ]  # fmt: skip


def test_ratings_have_the_name_of_their_column_where_it_is_another(tmp_path):
    for name, expected in (("hours", "hours"), ("Rating", None)):
        (tmp_path / name).mkdir()
        assert import_and_profile(tmp_path / name, EVENTS, f"user_id,item_id,{name},timestamp").rating_name == expected
