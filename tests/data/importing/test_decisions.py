"""A corpus of small files by class of fault, with what each treatment leaves of them."""

import pytest

from recsys.data.importing.import_choices import Choices
from recsys.data.importing.load import ImportRequest, load_dataset
from recsys.errors import DataError
from recsys.messages import Message
from tests.worlds.decisions import events, faults, load, notes, rows, table

PLAIN = ["anna,tea,5", "anna,cup,4", "bert,tea,3", "bert,pot,1"]
EVENTS = [
    "anna,tea,view,10",
    "anna,tea,cart,20",
    "anna,tea,buy,30",
    "bert,tea,view,40",
    "bert,cup,view,50",
    "bert,tea,view,60",
]
RATED = "user_id,item_id,rating"
TYPED = "user_id,item_id,event_type,timestamp"


# (rows of the file, further choices, key of the fault, count, {treatment: the events that are left})
RATINGS = {
    "two ratings": (
        [*PLAIN, "anna,tea,1"], {}, "conflict", 1,
        {"last": ["anna,tea,1", *PLAIN[1:]], "first": PLAIN, "mean": ["anna,tea,3", *PLAIN[1:]], "highest": PLAIN, "drop": PLAIN[1:]},
    ),
    "three ratings": (
        [*PLAIN, "anna,tea,1", "anna,tea,2"], {}, "conflict", 2,
        {"last": ["anna,tea,2", *PLAIN[1:]], "first": PLAIN, "mean": ["anna,tea,2.6667", *PLAIN[1:]], "highest": PLAIN},
    ),
    "a conflict beside a duplicate": (
        [*PLAIN, "anna,tea,5", "bert,pot,2"], {}, "conflict", 1,
        {"last": [*PLAIN[:3], "bert,pot,2"], "first": PLAIN, "highest": [*PLAIN[:3], "bert,pot,2"], "drop": PLAIN[:3]},
    ),
    "conflicts of two users": (
        [*PLAIN, "anna,tea,1", "bert,tea,5"], {}, "conflict", 2,
        {"highest": [*PLAIN[:2], "bert,tea,5", PLAIN[3]], "mean": ["anna,tea,3", PLAIN[1], "bert,tea,4", PLAIN[3]]},
    ),
    "an empty rating": (
        [*PLAIN, "carl,tea,"], {}, "no_number", 1,
        {"drop": PLAIN, "median": [*PLAIN, "carl,tea,3.5"], "implicit": ["anna,tea", "anna,cup", "bert,tea", "bert,pot", "carl,tea"]},
    ),
    "blanks as a rating": ([*PLAIN, "carl,tea,  "], {}, "no_number", 1, {"drop": PLAIN, "median": [*PLAIN, "carl,tea,3.5"]}),
    "two empty ratings": (
        [*PLAIN, "carl,tea,", "carl,cup,"], {}, "no_number", 2,
        {"drop": PLAIN, "median": [*PLAIN, "carl,tea,3.5", "carl,cup,3.5"]},
    ),
    "a word as a rating": ([*PLAIN, "carl,tea,good"], {}, "bad_number", 1, {"drop": PLAIN}),
    "no finite number": ([*PLAIN, "carl,tea,inf"], {}, "bad_number", 1, {"drop": PLAIN}),
    "a number too large": ([*PLAIN, "carl,tea,1e40"], {}, "large_number", 1, {"drop": PLAIN}),
    "a rating above the scale": (
        [*PLAIN, "carl,tea,9"], {"scale": (1, 5)}, "off_scale", 1,
        {"drop": PLAIN, "clip": [*PLAIN, "carl,tea,5"],
         "rescale": ["anna,tea,3", "anna,cup,2.5", "bert,tea,2", "bert,pot,1", "carl,tea,5"]},
    ),
    "a rating below the scale": (
        [*PLAIN, "carl,tea,0.5"], {"scale": (1, 5)}, "off_scale", 1, {"drop": PLAIN, "clip": [*PLAIN, "carl,tea,1"]},
    ),
    "ratings of ten": (
        ["anna,tea,10", "anna,cup,1", "bert,tea,5.5", "bert,pot,1"], {"scale": (1, 5)}, "off_scale", 2,
        {"rescale": ["anna,tea,5", "anna,cup,1", "bert,tea,3", "bert,pot,1"], "clip": ["anna,tea,5", "anna,cup,1", "bert,tea,5", "bert,pot,1"]},
    ),
}  # fmt: skip
OF_ALL_RATINGS = {"median": "median_rating", "rescale": "rescaled"}  # treatments with a note of their own
TREATED = [(name, treatment) for name, case in RATINGS.items() for treatment in case[4]]


@pytest.mark.parametrize("name", RATINGS)
def test_a_fault_of_ratings_is_counted_and_open_without_a_decision(tmp_path, name):
    lines, choices, key, count, treatments = RATINGS[name]
    found = faults(tmp_path, table(RATED, *lines), **choices)
    assert list(found) == [key]
    assert (found[key].count, found[key].rows) == (count, len(lines))
    assert set(treatments) <= {treatment.name for treatment in found[key].treatments}


@pytest.mark.parametrize(("name", "treatment"), TREATED)
def test_a_fault_of_ratings_is_treated_as_decided_and_the_report_says_it(tmp_path, name, treatment):
    lines, choices, key, count, treatments = RATINGS[name]
    loaded = load(tmp_path, table(RATED, *lines), treatments={key: treatment}, **choices)
    assert events(loaded) == rows(*treatments[treatment])
    (note,) = notes(loaded, OF_ALL_RATINGS.get(treatment, key))
    assert isinstance(note.message, Message)
    assert note.count == count or treatment == "rescale", "which changes all ratings"


def test_all_faults_are_open_at_once(tmp_path):
    lines = [*PLAIN, "carl,tea,", "carl,cup,good", "anna,tea,1"]
    assert set(faults(tmp_path, table(RATED, *lines))) == {"no_number", "bad_number", "conflict"}


def test_a_note_of_a_decision_names_no_person(tmp_path):
    """It stays in the report when the person is forgotten."""
    loaded = load(tmp_path, table(RATED, *PLAIN, "anna,tea,1"), treatments={"conflict": "last"})
    assert "anna" not in notes(loaded, "conflict")[0].message


def test_rows_left_out_are_counted_with_their_lines(tmp_path):
    loaded = load(tmp_path, table(RATED, *PLAIN, "carl,tea,", "carl,cup,"), treatments={"no_number": "drop"})
    (note,) = notes(loaded, "no_number")
    assert (note.message, note.lines) == ("2 rows without a number: left out.", (6, 7))


def test_a_decision_about_users_names_their_file(tmp_path):
    (tmp_path / "users.csv").write_text("user,age\nanna,30\n,40\nbert,50\n")
    (tmp_path / "log.csv").write_text(table(RATED, *PLAIN))
    request = ImportRequest(
        tmp_path / "log.csv",
        users=tmp_path / "users.csv",
        choices=Choices(treatments={"users.no_id": "drop"}, most_dropped=1),
    )
    (note,) = notes(load_dataset(request, tmp_path / "images"), "users.no_id")
    assert note.message == "Users file: 1 row without an id: left out."


def test_no_ratings_at_all_is_as_leaving_the_column_out(tmp_path):
    log = table(RATED, *PLAIN, "carl,tea,")
    implicit, unmapped = (
        load(tmp_path, log, treatments={"no_number": "implicit"}),
        load(tmp_path, log, mapping={"rating": ""}),
    )
    assert implicit.report.roles == unmapped.report.roles and events(implicit) == events(unmapped)


# How much treatments may leave out


def many(bad):
    return table(RATED, *(f"u{i // 10},i{i % 10},{'' if i < bad else 1 + i % 5}" for i in range(200)))


def test_up_to_ten_rows_may_always_be_left_out(tmp_path):
    assert len(load(tmp_path, table(RATED, *PLAIN, "carl,tea,"), treatments={"no_number": "drop"}).interactions) == 4
    assert len(load(tmp_path, many(10), treatments={"no_number": "drop"}).interactions) == 190


def test_more_than_a_share_of_the_rows_is_refused_with_what_would_leave_them_out(tmp_path):
    with pytest.raises(DataError) as caught:
        load(tmp_path, many(11), treatments={"no_number": "drop"})
    assert "11 of 200" in caught.value.message and "no_number (11)" in caught.value.message


def test_the_share_is_the_users_choice(tmp_path):
    assert len(load(tmp_path, many(50), treatments={"no_number": "drop"}, most_dropped=0.25).interactions) == 150
    with pytest.raises(DataError):
        load(tmp_path, many(1), treatments={"no_number": "drop"}, most_dropped=0)


def test_treatments_that_keep_the_rows_are_not_limited(tmp_path):
    assert len(load(tmp_path, many(100), treatments={"no_number": "median"}).interactions) == 200


# Types of events

KEPT = [
    ("all types", {"treatments": {"event_types": "all"}},
     ["anna,tea", "anna,tea", "anna,tea", "bert,tea", "bert,tea", "bert,cup"]),
    ("the strongest", {"treatments": {"event_types": "strongest"}}, ["anna,tea,5", "bert,tea,1", "bert,cup,1"]),
    ("only views", {"events": {"view": 1, "cart": 0, "buy": 0}}, ["anna,tea", "bert,tea", "bert,tea", "bert,cup"]),
    ("equal weights are no ratings", {"events": {"view": 2, "cart": 2, "buy": 0}},
     ["anna,tea", "anna,tea", "bert,tea", "bert,tea", "bert,cup"]),
    ("weights are ratings", {"events": {"view": 1, "cart": 2.5, "buy": 0}}, ["anna,tea,2.5", "bert,tea,1", "bert,cup,1"]),
    ("weights that differ are ratings, also where the file lacks a type", {"events": {"view": 1, "cart": 0, "buy": 0, "return": 7}},
     ["anna,tea,1", "bert,tea,1", "bert,cup,1"]),
    ("a new type dropped", {"events": {"view": 1, "cart": 1}, "treatments": {"new_event_types": "drop"}},
     ["anna,tea", "anna,tea", "bert,tea", "bert,tea", "bert,cup"]),
    ("a new type kept", {"events": {"view": 1, "cart": 1}, "treatments": {"new_event_types": "keep"}},
     ["anna,tea", "anna,tea", "anna,tea", "bert,tea", "bert,tea", "bert,cup"]),
]  # fmt: skip


@pytest.mark.parametrize(("choices", "left"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_types_of_events_count_as_chosen(tmp_path, choices, left):
    assert events(load(tmp_path, table(TYPED, *EVENTS), **choices)) == rows(*left)


def test_types_of_events_are_asked_about_with_their_counts(tmp_path):
    fault = faults(tmp_path, table(TYPED, *EVENTS))["event_types"]
    assert fault.values == ("view (4)", "cart (1)", "buy (1)")
    assert [treatment.name for treatment in fault.treatments] == ["all", "strongest"]


def test_types_of_no_known_strength_have_no_strongest(tmp_path):
    log = table(TYPED, *(row.replace("cart", "share") for row in EVENTS))
    assert [treatment.name for treatment in faults(tmp_path, log)["event_types"].treatments] == ["all"]


def test_one_type_is_no_question(tmp_path):
    assert (
        len(
            load(
                tmp_path, table(TYPED, *(row.replace("cart", "view").replace("buy", "view") for row in EVENTS))
            ).interactions
        )
        == 6
    )


def test_a_type_without_a_weight_is_a_new_fault(tmp_path):
    fault = faults(tmp_path, table(TYPED, *EVENTS), events={"view": 1, "cart": 3})["new_event_types"]
    assert (fault.count, fault.lines, fault.values) == (1, (4,), ("buy (1)",))


def test_an_event_without_a_type_is_a_fault(tmp_path):
    log = table(TYPED, *EVENTS, "carl,tea,,70")
    assert set(faults(tmp_path, log, treatments={"event_types": "all"})) == {"no_event_type"}
    assert len(load(tmp_path, log, treatments={"event_types": "all", "no_event_type": "drop"}).interactions) == 6


def test_weights_beside_ratings_are_refused(tmp_path):
    log = table("user_id,item_id,rating,event", "a,x,5,view", "a,y,4,buy", "b,x,3,view")
    with pytest.raises(DataError, match="have ratings"):
        load(tmp_path, log, events={"view": 1, "buy": 5})
    assert len(load(tmp_path, log, events={"view": 1, "buy": 1}).interactions) == 3


def test_of_equally_strong_events_the_latest_counts(tmp_path):
    log = table(TYPED, "a,x,buy,30", "a,x,buy,90", "a,x,view,95", "b,x,view,40", "b,y,view,50")
    loaded = load(tmp_path, log, events={"view": 1, "buy": 5})
    assert loaded.interactions.times[0] == 90
