"""Filters of events: which rows each keeps, and what the report says of it."""

import pandas as pd
import pytest
from pydantic import ValidationError

from recsys.data.importing.filters import filtered, in_sample
from recsys.data.importing.import_choices import Filters
from recsys.data.importing.load import load_dataset
from recsys.data.interactions import ITEM, RATING, TIME, USER
from recsys.errors import DataError
from tests.worlds.imports import import_request

DAY = 86_400
LOG = pd.DataFrame(
    {
        USER: list("aaabbc"),
        ITEM: list("xyzxyx"),
        RATING: [5, 4, 1, 3, 2, 4.0],
        TIME: [0, DAY, 2 * DAY - 1, 2 * DAY, 0, DAY],
    }
)


def kept(frame=LOG, **filters):
    return filtered(frame, Filters(**filters), []).index.tolist()


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"least_rating": 4}, [0, 1, 5]),
        ({"since": "1970-01-02"}, [1, 2, 3, 5]),
        ({"until": "1970-01-02"}, [0, 1, 2, 4, 5]),
        ({"until": "1970-01-02T00:00:01"}, [0, 1, 4, 5]),
        ({"since": "1970-01-02", "until": "1970-01-02"}, [1, 2, 5]),
        ({"since": "1970-01-02T01:00:00+01:00", "until": "1970-01-02T02:00:00+01:00"}, [1, 5]),
        ({"least_events": 2}, [0, 1, 2, 3, 4]),
        ({"least_events": 3}, [0, 1, 2]),
        ({"item_core": 2}, [0, 1, 3, 4, 5]),
        ({"user_core": 2, "item_core": 2}, [0, 1, 3, 4]),
    ],
)
def test_a_filter_keeps_these_rows(filters, rows):
    assert kept(**filters) == rows


def test_a_core_is_repeated_until_nothing_changes():
    """Without the item z user c has one event, without user c item y has one, and so on: a chain falls as a whole."""
    chain = pd.DataFrame({USER: list("abbccaa"), ITEM: list("wxyyzvv")})
    assert kept(chain, user_core=2, item_core=2) == [5, 6]


def test_least_events_are_counted_once_and_before_the_core():
    frame = pd.DataFrame({USER: list("aaabb"), ITEM: list("xyzxy")})
    assert kept(frame, least_events=2, item_core=2) == [0, 1, 3, 4]


def test_a_sample_is_a_share_of_the_users_with_all_their_rows():
    users = pd.Series([f"u{n % 40}" for n in range(400)])
    mask = in_sample(users, 0.25, seed=1)
    assert users[mask].nunique() == 10 and mask.sum() == 100
    assert set(users[mask]) < set(users[in_sample(users, 0.5, seed=1)])
    assert set(users[mask]) != set(users[in_sample(users, 0.25, seed=2)])
    assert set(users[mask]) == set(users[::-1][in_sample(users[::-1], 0.25, seed=1)])


def test_each_filter_is_reported_with_what_was_before_and_after():
    repairs = []
    filtered(LOG, Filters(least_rating=2, user_core=2), repairs)
    assert [(note.kind, note.count) for note in repairs] == [("filter_rating", 1), ("filter_core", 1)]
    assert "kept 5 of 6 events, 3 of 3 users and 2 of 3 items" in repairs[0].message
    assert "kept 4 of 5 events, 2 of 3 users and 2 of 2 items" in repairs[1].message


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"least_rating": 9}, "Nothing is left"),
        ({"since": "2000-01-01"}, "Nothing is left"),
        ({"user_core": 9}, "Nothing is left"),
    ],
)
def test_a_filter_that_keeps_nothing_is_refused(filters, words):
    with pytest.raises(DataError, match=words):
        kept(**filters)


def test_a_filter_needs_its_column():
    bare = LOG[[USER, ITEM]]
    with pytest.raises(DataError, match="no ratings"):
        kept(bare, least_rating=1)
    with pytest.raises(DataError, match="no times"):
        kept(bare, until="2000-01-01")


@pytest.mark.parametrize("wrong", [{"sample": 0}, {"sample": 1.5}, {"user_core": -1}, {"until": "soon"}, {"rating": 3}])
def test_a_filter_out_of_its_bounds_is_refused(wrong):
    with pytest.raises(ValidationError):
        Filters(**wrong)


def test_filters_come_after_the_treatments(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("user_id,item_id,rating\na,x,5\na,x,1\na,y,4\nb,x,5\nb,y,4\nb,z,1\n")
    choices = {"treatments": {"conflict": "last"}, "filters": Filters(least_rating=2)}
    loaded = load_dataset(import_request(log, **choices), tmp_path)
    assert loaded.interactions.ratings.tolist() == [4, 5, 4]


def test_items_outside_a_core_leave_the_catalogue_and_others_stay(tmp_path):
    (log := tmp_path / "log.csv").write_text("user_id,item_id\na,x\na,y\nb,x\nb,y\nb,z\n")
    (items := tmp_path / "items.csv").write_text("item_id,title\nx,X\ny,Y\nz,Z\nw,W\n")
    for filters, ids in ((Filters(), "wxyz"), (Filters(user_core=2), "wxyz"), (Filters(item_core=2), "xy")):
        loaded = load_dataset(import_request(log, items, filters=filters), tmp_path)
        assert loaded.interactions.item_ids[1:].tolist() == list(ids)
