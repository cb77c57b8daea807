"""Zeros that may stand for no rating: what is asked, what a command does without an answer, what each treatment leaves."""

import pytest

from tests.worlds.decisions import events, faults, load, notes, rows, table

RATED = "user_id,item_id,rating"
LINES = ["anna,tea,0", "anna,cup,4", "bert,tea,8", "bert,pot,0", "carl,pot,3"]
LOG = table(RATED, *LINES)


@pytest.mark.parametrize(
    ("treatment", "left"),
    [
        ("keep", LINES),
        ("drop", ["anna,cup,4", "bert,tea,8", "carl,pot,3"]),
        ("median", ["anna,tea,4", "anna,cup,4", "bert,tea,8", "bert,pot,4", "carl,pot,3"]),
        ("implicit", ["anna,tea", "anna,cup", "bert,tea", "bert,pot", "carl,pot"]),
    ],
)
def test_each_treatment_of_zeros_leaves_what_it_says(tmp_path, treatment, left):
    loaded = load(tmp_path, LOG, treatments={"zero_rating": treatment})
    assert events(loaded) == rows(*left)
    assert notes(loaded, "zero_rating")[0].count == 2
    assert not any("zero_rating" in warning for warning in loaded.report.warnings)


def test_where_somebody_can_answer_zeros_are_a_question_that_is_not_answered_in_advance(tmp_path):
    fault = faults(tmp_path, LOG, asks=True)["zero_rating"]
    assert (fault.count, fault.rows, fault.lines, fault.usual) == (2, 5, (2, 5), None)
    assert [treatment.name for treatment in fault.treatments] == ["keep", "implicit", "median", "drop"]


def test_a_command_keeps_zeros_as_ratings_and_says_so(tmp_path):
    loaded = load(tmp_path, LOG)
    assert events(loaded) == rows(*LINES)
    assert "0 is a rating" in notes(loaded, "zero_rating")[0].message
    assert any("2 ratings are 0" in warning for warning in loaded.report.warnings)
    assert loaded.recipe.choices.treatments == {"zero_rating": "keep"}


@pytest.mark.parametrize(
    "ratings",
    [
        ("0", "0.5", "1", "2", "3"),  # a scale that begins with 0.5
        ("0", "-1", "1", "2", "3"),
        ("0", "0", "1", "2", "1.0"),  # as frequent as the next
        ("no", "yes", "yes", "no", "yes"),
        ("0", "0", "0", "0", "0"),
    ],
)
def test_zeros_of_a_scale_or_of_answers_are_no_question(tmp_path, ratings):
    lines = [f"{line.rsplit(',', 1)[0]},{rating}" for line, rating in zip(LINES, ratings, strict=True)]
    loaded = load(tmp_path, table(RATED, *lines), asks=True, treatments={"unrated": "keep"})
    assert not notes(loaded, "zero_rating")


def test_a_few_zeros_are_asked_about_only_where_that_was_decided_before(tmp_path):
    lines = [f"u{n // 5},i{n % 5},{n % 4 + 1 if n else 0}" for n in range(20)]
    assert len(load(tmp_path, table(RATED, *lines), asks=True).interactions) == 20
    dropped = load(tmp_path, table(RATED, *lines), treatments={"zero_rating": "drop"})
    assert len(dropped.interactions) == 19


@pytest.mark.parametrize(("cell", "key"), [("good", "bad_number"), ("inf", "bad_number"), ("1e40", "large_number")])
def test_an_event_with_a_broken_rating_can_stay(tmp_path, cell, key):
    log = table(RATED, *LINES[1:3], f"carl,cup,{cell}")
    median = load(tmp_path, log, treatments={key: "median"})
    assert events(median) == rows(*LINES[1:3], "carl,cup,6")
    implicit = load(tmp_path, log, treatments={key: "implicit"})
    assert events(implicit) == rows("anna,cup", "bert,tea", "carl,cup")
