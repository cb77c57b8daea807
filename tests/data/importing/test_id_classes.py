"""Ids with invisible characters or in several forms: made one where that is safe and reported, else kept apart and said."""

import pytest

from recsys.data.importing.faults import UndecidedError
from tests.data.importing.tables import EVENTS, GOOD, at_row, facts, kinds, load, log


def beside(text):
    """A cell function for users of which every second row is written with `text` around the id, as in "\\u200b{}"."""
    rows = iter(range(len(EVENTS)))
    return lambda u: text.format(f"u{u}") if next(rows) % 2 else f"u{u}"


INVISIBLE = [
    ("zero-width space", "{}\u200b", "invisible"),
    ("zero-width joiner at the edge", "\u200d{}", "invisible"),
    ("byte order mark", "\ufeff{}", "invisible"),
    ("soft hyphen", "\u00ad{}", "invisible"),
    ("mark of direction", "\u200e{}\u200f", "invisible"),
    ("embedding of direction", "\u202a{}\u202c", "invisible"),
    ("variation selector", "{}\ufe0f", "invisible"),
    ("word joiner", "{}\u2060", "invisible"),
    ("Hangul filler", "\u3164{}", "invisible"),
    ("braille blank", "{}\u2800", "invisible"),
    ("ideographic space", "\u3000{}", "trimmed"),
    ("no-break space", "{}\u00a0", "trimmed"),
    ("narrow no-break space", "{}\u202f", "trimmed"),
    ("tag characters", "{}\U000e0041", "invisible"),
]


@pytest.mark.parametrize(("around", "kind"), [row[1:] for row in INVISIBLE], ids=[row[0] for row in INVISIBLE])
def test_what_is_invisible_around_an_id_is_removed_and_reported_with_lines(tmp_path, around, kind):
    loaded = load(tmp_path, log(user=beside(around)))
    assert facts(loaded) == GOOD
    (repair,) = [repair for repair in loaded.report.repairs if repair.kind == kind]
    assert (repair.count, repair.lines[:3]) == (18, (3, 5, 7))


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u200e", "\u2060", "\ufe0f", "\u034f", "\u200d"])
def test_what_is_invisible_inside_an_id_is_removed_and_the_ids_that_became_one_are_named(tmp_path, hidden):
    loaded = load(tmp_path, log(user=lambda u: f"u{u}", item=at_row(7, f"i{hidden}4", "i{}".format)))
    assert facts(loaded) == GOOD
    (repair,) = [repair for repair in loaded.report.repairs if repair.kind == "same_ids"]
    assert "i4" in repair.message


@pytest.mark.parametrize(
    "names",
    [("می\u200cخواهم", "میخواهم"), ("क्\u200dष", "क्ष"), ("\U0001f469\u200d\U0001f4bb", "\U0001f469\U0001f4bb"), ("❤\ufe0f", "❤")],
)  # fmt: skip
def test_joiners_that_a_script_or_an_emoji_needs_stay(tmp_path, names):
    loaded = load(tmp_path, log(item=lambda i: f"{names[i % 2]}"))
    assert set(loaded.interactions.item_ids[1:]) == set(names)
    assert "invisible" not in kinds(loaded)


@pytest.mark.parametrize("other", ["I4", "i 4", "ｉ4", "i４", "i4.0"])
def test_ids_that_differ_only_by_form_stay_apart_and_a_warning_names_them(tmp_path, other):
    loaded = load(tmp_path, log(item=at_row(7, other, "i{}".format)))
    assert facts(loaded) == {**GOOD, "items": 9}
    assert any("i4" in warning and other in warning for warning in loaded.report.warnings)


@pytest.mark.parametrize(("first", "other"), [("001", "1"), ("9007199254740992", "9007199254740993"), ("NA", "null")])
def test_ids_that_are_different_texts_are_different_without_a_word(tmp_path, first, other):
    loaded = load(tmp_path, log(user=lambda u: first if u % 2 else other))
    assert facts(loaded)["users"] == 2
    assert loaded.report.warnings == ()


FORMS = [
    ("items", "item_id,title\n" + "".join(f"{i}.0,Film {i}\n" for i in range(8)), {"item": "{}".format}),
    ("items", "item_id,title\n" + "".join(f"{i},Film {i}\n" for i in range(8)), {"item": "{}.0".format}),
    ("items", "item_id,title\n" + "".join(f"{i:04d},Film {i}\n" for i in range(8)), {"item": "{}".format}),
    ("users", "user_id,age\n" + "".join(f"{u}.0,{20 + u}\n" for u in range(6)), {"user": "{:03d}".format}),
    ("impressions", "user_id,item_id,clicked\n" + "".join(f"u{u},{u}.0,1\n" for u in range(6)), {"item": "{}".format}),
]


@pytest.mark.parametrize(("side", "text", "cells"), FORMS)
def test_ids_in_another_form_in_another_file_are_a_question(tmp_path, side, text, cells):
    with pytest.raises(UndecidedError) as caught:
        load(tmp_path, log(**cells), **{side: text})
    assert [fault.key for fault in caught.value.faults] == [f"{side}.id_form"]
    same = load(tmp_path, log(**cells), **{side: text}, treatments={f"{side}.id_form": "same"})
    assert facts(same) == GOOD
    if side == "items":
        assert sorted(same.items["title"][1:]) == [f"Film {i}" for i in range(8)]
    if side == "users":
        assert sorted(same.users["age"][1:]) == [20, 21, 22, 23, 24, 25]
    if side == "impressions":
        assert len(same.impressions) == 6


def test_ids_in_another_form_may_stay_apart(tmp_path):
    _, text, cells = FORMS[0]
    apart = load(tmp_path, log(**cells), items=text, treatments={"items.id_form": "apart"})
    assert apart.interactions.num_items == 16
