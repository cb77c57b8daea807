"""Hours, plays and quantities of a user and an item that stand in several rows: they may be added up."""

import numpy as np
import pytest

from recsys.data.importing.amounts import is_amount
from tests.worlds.decisions import events, faults, load, notes, rows, table

LINES = ["anna,tea,2", "anna,cup,4", "bert,tea,1", "anna,tea,3", "anna,tea,5"]
TIMED = [f"{line},{time}" for line, time in zip(LINES, (50, 20, 30, 10, 40), strict=True)]
ADDED = ["anna,tea,10", "anna,cup,4", "bert,tea,1"]


def test_amounts_are_proposed_to_be_added_up_and_ratings_are_not(tmp_path):
    for name, proposed in (("hours", "sum"), ("stars", "last")):
        fault = faults(tmp_path, table(f"user_id,item_id,{name}", *LINES))["conflict"]
        assert (fault.usual, fault.count) == (proposed, 2)
        assert "sum" in [treatment.name for treatment in fault.treatments]


def test_the_sum_of_repeats_takes_their_place(tmp_path):
    log = table("user_id,item_id,hours", *LINES)
    assert events(load(tmp_path, log, treatments={"conflict": "sum"})) == rows(*ADDED)


def test_amounts_with_times_are_a_question_where_somebody_can_answer(tmp_path):
    log = table("user_id,item_id,plays,timestamp", *TIMED)
    assert faults(tmp_path, log, asks=True)["conflict"].usual == "sum"
    assert events(load(tmp_path, log)) == rows("anna,tea,2", *ADDED[1:])
    rated = load(tmp_path, table("user_id,item_id,stars,timestamp", *TIMED), asks=True)
    assert events(rated) == rows("anna,tea,2", *ADDED[1:])


def test_a_command_without_an_answer_takes_the_latest_amount_and_says_so(tmp_path):
    loaded = load(tmp_path, table("user_id,item_id,plays,timestamp", *TIMED))
    assert notes(loaded, "later_rating")[0].count == 2
    assert "the last one counts" in notes(loaded, "conflict")[0].message


@pytest.mark.parametrize(("treatment", "amount"), [("sum", 10), ("mean", 3.3333), ("highest", 5), ("first", 3)])
def test_amounts_with_times_are_treated_in_the_order_of_time(tmp_path, treatment, amount):
    log = table("user_id,item_id,plays,timestamp", *TIMED)
    loaded = load(tmp_path, log, treatments={"conflict": treatment})
    assert events(loaded) == rows(f"anna,tea,{amount}", *ADDED[1:])
    last = loaded.interactions.times[loaded.interactions.users == 1].max()
    assert last == (20 if treatment == "first" else 50)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("Hours", [1, 2], True),
        ("playCount", [1, 2], True),
        ("观看时长", [1, 2], True),
        ("country", [1, 2], False),
        ("rating", [1, 5, 10], False),
        ("score", range(1, 101), False),  # a scale of 100
        ("weight", [1] * 90 + [500] * 10, True),
        ("weight", [-1] * 90 + [500] * 10, False),
    ],
)
def test_amounts_are_known_by_their_name_or_a_long_tail(name, values, expected):
    assert is_amount(name, np.array(values, dtype="float32")) is expected
