"""Files with one fault each, by class: read with the right numbers, or asked about, and never wrong in silence.

Classes of their own: test_time_classes.py, test_id_classes.py and test_column_classes.py.
"""

import pytest

from recsys.data.importing.faults import UndecidedError
from recsys.errors import DataError
from tests.data.importing.tables import (
    DAY,
    DAYS,
    EVENTS,
    GOOD,
    HEADER,
    START,
    TIMES,
    at_row,
    clock,
    facts,
    kinds,
    load,
    log,
)


def days_of_spreadsheet(seconds):
    return f"{25_569 + seconds / DAY:.6f}"


def dropped(rows):
    """The good facts without the rows of these numbers."""
    kept = [(u, k, t) for n, (u, k, t) in enumerate(EVENTS) if n not in rows]
    return {
        "rows": len(kept), "users": 6, "items": 8, "times": sum(t for *_, t in kept),
        "ratings": float(sum(1 + k % 5 for _, k, _ in kept)),
    }  # fmt: skip


# What is wrong, the key of the fault, a treatment, and the facts after it
MANY = [
    ("day or month", {"time": "03/04/2021".format}, "date_order", "day_first", {**GOOD, "times": 36 * 1_617_408_000}),
    ("month or day", {"time": "03-04-2021".format}, "date_order", "month_first", {**GOOD, "times": 36 * 1_614_816_000}),
    ("years of two digits", {"time": clock("%d/%m/%y")}, "short_year", "day_first", {**GOOD, "times": DAYS}),
    ("short month, year of two digits", {"time": clock("%d-%b-%y")}, "short_year", None, None),
    ("years alone", {"time": lambda t: str(1990 + t % 7)}, "years", "order", {**GOOD, "times": None}),
    ("days of a spreadsheet", {"time": days_of_spreadsheet}, "day_numbers", "dates", GOOD),
    ("ticks", {"time": lambda t: str(621_355_968_000_000_000 + t * 10**7)}, "ticks", "ticks", GOOD),
    ("a zero", {"time": at_row(7, "0")}, "odd_time", "drop", dropped({7})),
    ("a zero is kept", {"time": at_row(7, "0")}, "odd_time", "keep", {**GOOD, "times": sum(TIMES) - TIMES[7]}),
    ("a time in 2099", {"time": at_row(7, "4080000000")}, "odd_time", "drop", dropped({7})),
    ("a date in 9999", {"time": at_row(7, "9999-12-31", clock("%Y-%m-%dT%H:%M:%S"))}, "odd_time", "drop", dropped({7})),
    ("a date in 1900", {"time": at_row(7, "1900-01-01", clock("%Y-%m-%dT%H:%M:%S"))}, "odd_time", "drop", dropped({7})),
    ("19 years before the others", {"time": at_row(7, "1000000000")}, "odd_time", "drop", dropped({7})),
    ("more zeros than times", {"time": lambda t: "0" if t < START + 3 * DAY else str(t)}, "odd_time", None, None),
    ("all in the year 3000", {"time": lambda t: str(t + 31_000_000_000)}, "future", "keep", {**GOOD, "times": sum(TIMES) + 36 * 31_000_000_000}),
    ("microseconds since 1601", {"time": lambda t: str((t + 11_644_473_600) * 10**6)}, "future", "order", {**GOOD, "times": None}),
    ("a zone in brackets that is not clear", {"time": clock("%Y-%m-%d %H:%M:%S (PST)")}, "bad_time", None, None),
    ("an empty time", {"time": at_row(7, "")}, "no_time", "drop", dropped({7})),
    ("null", {"time": at_row(7, "NULL")}, "no_time", "drop", dropped({7})),
    ("a zero date", {"time": at_row(7, "0000-00-00 00:00:00", clock("%Y-%m-%d %H:%M:%S"))}, "no_time", "drop", dropped({7})),
    ("a word for a time", {"time": at_row(7, "yesterday")}, "bad_time", "drop", dropped({7})),
    ("a day that is not in the calendar", {"time": at_row(7, "2021-02-30", clock("%Y-%m-%d %H:%M:%S"))}, "bad_time", "drop", dropped({7})),
    ("hour 25", {"time": at_row(7, "2021-02-03 25:00:00", clock("%Y-%m-%d %H:%M:%S"))}, "bad_time", None, None),
    ("a zone that is not clear", {"time": at_row(7, "2020-09-14 12:00:00 CST", clock("%Y-%m-%d %H:%M:%S"))}, "bad_time", None, None),
    ("a date among whole-number dates that is none", {"time": at_row(7, "20211301", clock("%Y%m%d%H%M%S"))}, "bad_time", "drop", dropped({7})),
    ("-1 for no rating", {"rating": at_row(7, "-1")}, "unrated", "drop", dropped({7})),
    ("-1 as a number", {"rating": at_row(7, "-1")}, "unrated", "keep", {**GOOD, "ratings": 93.0}),
    ("an empty rating", {"rating": at_row(7, "")}, "no_number", "drop", dropped({7})),
    ("per cent", {"rating": lambda r: f"{20 * r}%"}, "percent", "share", {**GOOD, "ratings": 19.2}),
    ("per cent as a number", {"rating": lambda r: f"{20 * r}%"}, "percent", "number", {**GOOD, "ratings": 1920.0}),
    ("stars as signs", {"rating": lambda r: "★" * r + "☆" * (5 - r)}, "stars", "number", GOOD),
    ("stars as emoji", {"rating": lambda r: "⭐" * r}, "stars", "number", GOOD),
    ("out of five", {"rating": "{}/5".format}, "stars", "number", GOOD),
    ("out of five stars", {"rating": "{}.0 out of 5 stars".format}, "stars", "number", GOOD),
    ("stars as a word", {"rating": "{} stars".format}, "stars", "number", GOOD),
    ("Chinese stars", {"rating": "{}星".format}, "stars", "number", GOOD),
    ("two scales", {"rating": at_row(7, "8/10", "{}/5".format)}, "scales", None, None),
    ("comma before three digits", {"rating": at_row(7, '"1,250"')}, "decimal_mark", "thousands", {**GOOD, "ratings": 96.0 - 2 + 1250}),
    ("comma before three decimals", {"rating": at_row(7, '"1,250"')}, "decimal_mark", "decimal", {**GOOD, "ratings": 96.0 - 2 + 1.25}),
    ("comma among points", {"rating": at_row(7, '"2,5"', "{}.0".format)}, "decimal_mark", "decimal", {**GOOD, "ratings": 96.5}),
    ("a currency as rating", {"rating": at_row(7, "$4")}, "bad_number", "drop", dropped({7})),
    ("yes among numbers", {"rating": at_row(7, "yes")}, "bad_number", "drop", dropped({7})),
    ("an id of invisible characters", {"user": at_row(7, "\u200b\u3164", "u{}".format)}, "no_id", "drop", dropped({7})),
    ("an empty id", {"item": at_row(7, "", "i{}".format)}, "no_id", "drop", dropped({7})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "key", "treatment", "result"), [row[1:] for row in MANY], ids=[row[0] for row in MANY]
)
def test_what_has_several_readings_is_a_question_and_its_answer_gives_these_numbers(
    tmp_path, cells, key, treatment, result
):
    text = log(**cells)
    with pytest.raises(UndecidedError) as caught:
        load(tmp_path, text)
    assert [fault.key for fault in caught.value.faults] == [key]
    assert len(caught.value.message) <= 300
    if treatment is not None:
        assert facts(load(tmp_path, text, treatments={key: treatment})) == result


def test_both_readings_of_an_ambiguous_date_are_shown(tmp_path):
    with pytest.raises(UndecidedError) as caught:
        load(tmp_path, log(time="03/04/2021".format))
    (fault,) = caught.value.faults
    assert [(treatment.name, treatment.label.split(" is ")[1]) for treatment in fault.treatments] == [
        ("day_first", "2021-04-03"),
        ("month_first", "2021-03-04"),
    ]


@pytest.mark.parametrize(
    ("time", "word"),
    [
        (lambda t: f"{t}000" if t > START + 3 * DAY else f"{t}", "mixed units"),
        (lambda t: clock("%d/%m/%Y" if t % 2000 else "%m/%d/%Y")(t), "ambiguous"),
    ],
)
def test_two_kinds_of_times_in_one_column_are_refused(tmp_path, time, word):
    with pytest.raises(DataError, match=word):
        load(tmp_path, log(time=time))


def test_a_few_times_in_another_unit_may_be_dropped(tmp_path):
    rows = "".join(f"x{n},i1,3,{START + n}\n" for n in range(100))
    text = log() + rows + f"x1,i2,3,{START}000\n"
    with pytest.raises(UndecidedError) as caught:
        load(tmp_path, text)
    assert [(fault.key, fault.lines) for fault in caught.value.faults] == [("mixed_units", (138,))]
    assert facts(load(tmp_path, text, treatments={"mixed_units": "drop"}))["rows"] == 136


NUMBERS = [
    ("decimal commas", lambda r: f'"{r},5"', 96 + 18.0, "decimal_comma"),
    ("thousands", lambda r: f'"{r},000.5"', 96_000 + 18.0, "thousands"),
    ("points as thousands", lambda r: f'"{r}.000,5"', 96_000 + 18.0, "decimal_comma"),
    ("Arabic digits", lambda r: "٠١٢٣٤٥"[r], 96.0, "digits"),
    ("true and false", lambda r: str(r > 3), 12.0, "likes"),
    ("yes and no", lambda r: "yes" if r > 3 else "no", 12.0, "likes"),
    ("Chinese yes and no", lambda r: "是" if r > 3 else "否", 12.0, "likes"),
    ("like and dislike", lambda r: "like" if r > 3 else "dislike", 12.0, "likes"),
    ("thumbs up and down are no missing ratings", lambda r: "1" if r > 3 else "-1", -12.0, None),
]


@pytest.mark.parametrize(("rating", "total", "kind"), [row[1:] for row in NUMBERS], ids=[row[0] for row in NUMBERS])
def test_ratings_in_any_usual_form_are_read_and_reported(tmp_path, rating, total, kind):
    loaded = load(tmp_path, log(rating=rating))
    assert facts(loaded) == {**GOOD, "ratings": total}
    assert kind is None or kind in kinds(loaded)


PRICES = [
    ("thousands", '"1,299"', '"1,099.50"', (1299, 1099.5), "thousands"),
    ("decimal commas", '"1.299,00"', '"9,5"', (1299, 9.5), "decimal_comma"),
    ("yuan", '"¥1,299"', "¥9.50", (1299, 9.5), "currency"),
    ("yuan behind", "1299元", "9.50元", (1299, 9.5), "currency"),
    ("euro behind", '"1.299,00 €"', '"9,50 €"', (1299, 9.5), "currency"),
    ("dollars", "$1299", "US$ 9.5", (1299, 9.5), "currency"),
]


@pytest.mark.parametrize(("first", "second", "prices", "kind"), [p[1:] for p in PRICES], ids=[p[0] for p in PRICES])
def test_prices_are_read_by_the_same_rule_and_without_their_currency(tmp_path, first, second, prices, kind):
    loaded = load(tmp_path, log(), items=f"item_id,price\ni0,{first}\ni3,{second}\n")
    assert tuple(loaded.items["price"].dropna()) == prices
    assert kind in kinds(loaded)


def test_whole_days_of_a_file_with_the_newest_first_are_said_to_keep_its_order(tmp_path):
    days = ["2020-09-14", "2020-09-14", "2020-09-13", "2020-09-13"]
    rows = [f"u{n % 2},i{n},{day}" for n, day in enumerate(days)]
    assert "newest_first" in kinds(load(tmp_path, "\n".join(["user_id,item_id,timestamp", *rows]) + "\n"))


@pytest.mark.parametrize("unit", [60, DAY])
def test_times_in_a_unit_that_is_not_plausible_are_said(tmp_path, unit):
    loaded = load(tmp_path, log(time=lambda t: str(t // unit)))
    assert "before_1990" in kinds(loaded) or "Times are small" in "".join(loaded.report.warnings)


def test_the_good_log_is_read_as_it_is(tmp_path):
    loaded = load(tmp_path, log(HEADER))
    assert facts(loaded) == GOOD
    assert kinds(loaded) == {"column"}
