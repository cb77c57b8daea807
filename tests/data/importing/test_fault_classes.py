"""Files with one fault each, by class: read with the right numbers, or asked about, and never wrong in silence."""

from datetime import UTC, datetime, timedelta

import pytest

from recsys.data.importing.faults import UndecidedError
from recsys.errors import DataError
from tests.data.importing.tables import DAY, EVENTS, HEADER, START, TIMES, at_row, facts, kinds, load, log

GOOD = {"rows": 36, "users": 6, "items": 8, "times": sum(TIMES), "ratings": 96.0}
MINUTES, DAYS = sum(t - t % 60 for t in TIMES), sum(t - t % DAY for t in TIMES)


def clock(pattern, hours=0):
    """Times in a format of `strftime`, on a clock that is `hours` ahead of UTC."""
    return lambda seconds: (datetime.fromtimestamp(seconds, UTC) + timedelta(hours=hours)).strftime(pattern)


def chinese(seconds):
    when = datetime.fromtimestamp(seconds, UTC)
    half = "下午" if when.hour >= 12 else "上午"
    return f"{when.year}年{when.month}月{when.day}日 {half}{(when.hour - 1) % 12 + 1}:{when:%M:%S}"


def javascript(seconds):
    return clock("%a %b %d %Y %H:%M:%S GMT-0700 (Pacific Daylight Time)", -7)(seconds)


TIMES_READ = [
    ("milliseconds", "{}000".format, sum(TIMES), "time_unit"),
    ("microseconds", "{}000000".format, sum(TIMES), "time_unit"),
    ("nanoseconds", "{}000000000".format, sum(TIMES), "time_unit"),
    ("seconds with decimals", "{}.25".format, sum(TIMES), None),
    ("milliseconds with decimals", "{}000.5".format, sum(TIMES), "time_unit"),
    ("floats", "{}.0".format, sum(TIMES), None),
    ("thousands separators", lambda t: f'"{t:,}"', sum(TIMES), "thousands"),
    ("dates as whole numbers", clock("%Y%m%d"), DAYS, "whole_dates"),
    ("dates and clocks as whole numbers", clock("%Y%m%d%H%M%S"), sum(TIMES), "whole_dates"),
    ("dates and minutes as whole numbers", clock("%Y%m%d%H%M"), MINUTES, "whole_dates"),
    ("ISO with Z", clock("%Y-%m-%dT%H:%M:%SZ"), sum(TIMES), "dates"),
    ("ISO basic", clock("%Y%m%dT%H%M%SZ"), sum(TIMES), "dates"),
    ("UTC as a word", clock("%Y-%m-%d %H:%M:%S UTC"), sum(TIMES), "dates"),
    ("zone +00", clock("%Y-%m-%d %H:%M:%S+00"), sum(TIMES), "dates"),
    ("zone +0000", clock("%Y-%m-%d %H:%M:%S +0000"), sum(TIMES), "dates"),
    ("zone +08:00", clock("%Y-%m-%dT%H:%M:%S+08:00", 8), sum(TIMES), "dates"),
    ("zone UTC+8", clock("%Y-%m-%d %H:%M:%S UTC+8", 8), sum(TIMES), "dates"),
    ("without seconds", clock("%Y-%m-%d %H:%M"), MINUTES, "dates"),
    ("hours alone", clock("%Y-%m-%d %H"), sum(t - t % 3600 for t in TIMES), "dates"),
    ("fractions behind a comma", lambda t: clock('"%Y-%m-%d %H:%M:%S,5"')(t), sum(TIMES), "dates"),
    ("slashes", clock("%Y/%m/%d %H:%M:%S"), sum(TIMES), "dates"),
    ("points", clock("%Y.%m.%d"), DAYS, "dates"),
    ("short month in the middle", clock("%d-%b-%Y"), DAYS, "dates"),
    ("month first with comma", clock('"%b %d, %Y"'), DAYS, "dates"),
    ("long month", clock("%d %B %Y %H:%M"), MINUTES, "dates"),
    ("month first, AM and PM", clock("%m/%d/%Y %I:%M:%S %p"), sum(TIMES), "date_order"),
    ("day first", clock("%d/%m/%Y %H:%M"), MINUTES, "date_order"),
    ("day first with points", clock("%d.%m.%Y"), DAYS, "date_order"),
    ("ISO date, PM", clock("%Y-%m-%d %I:%M %p"), MINUTES, "dates"),
    ("p.m.", lambda t: clock("%Y-%m-%d %I:%M %p")(t).replace("PM", "p.m.").replace("AM", "a.m."), MINUTES, "dates"),
    ("Chinese", clock("%Y年%m月%d日"), DAYS, "dates"),
    ("Chinese with clock", clock("%Y年%m月%d日 %H:%M"), MINUTES, "dates"),
    ("Chinese with half of the day", chinese, sum(TIMES), "dates"),
    ("Chinese clock", clock("%Y年%m月%d日%H时%M分%S秒"), sum(TIMES), "dates"),
    ("as Twitter writes", clock("%a %b %d %H:%M:%S +0000 %Y"), sum(TIMES), "dates"),
    ("as web servers write", clock("%d/%b/%Y:%H:%M:%S +0000"), sum(TIMES), "dates"),
    ("as mail writes", clock('"%a, %d %b %Y %H:%M:%S GMT"'), sum(TIMES), "dates"),
    ("as JavaScript writes", javascript, sum(TIMES), "dates"),
    ("Arabic digits", lambda t: str(t).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), sum(TIMES), None),
    ("full-width digits", lambda t: clock("%Y年%m月%d日")(t).translate(str.maketrans("0123456789", "０１２３４５６７８９")), DAYS, "dates"),
    ("marks of direction", clock("\u200e%Y-%m-%d\u200e %H:%M"), MINUTES, "dates"),
]  # fmt: skip


@pytest.mark.parametrize(("time", "total", "kind"), [row[1:] for row in TIMES_READ], ids=[row[0] for row in TIMES_READ])
def test_times_in_any_usual_form_are_read_and_reported(tmp_path, time, total, kind):
    loaded = load(tmp_path, log(time=time))
    assert facts(loaded) == {**GOOD, "times": total}
    assert kind is None or kind in kinds(loaded)


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


HEADERS = [
    "用户编号,商品编号,评分,时间", "用户ID,商品ID,打分,日期", "会员,商品,评分,下单时间", "用户 id,物品,评分（1-5）,时间戳",
    "用戶編號,商品編號,評分,時間", "會員,商品,評價,下單日期", "ＵＳＥＲ,ＩＴＥＭ,Rating (1-5),Time [UTC]", "customer_id,product_id,stars,created_at",
    "User ID,Movie ID,Score,Rated at", "顾客编号,产品编号,得分,购买时间",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_columns_are_found_by_names_in_english_and_chinese(tmp_path, header):
    loaded = load(tmp_path, log(header))
    assert facts(loaded) == GOOD
    assert [loaded.report.roles[role] for role in ("user", "item", "rating", "time")] == header.split(",")


@pytest.mark.parametrize("name", ["review_date", "purchased_on", "date_added", "first seen", "购入时刻", "moment"])
def test_the_only_column_of_dates_is_the_time_whatever_its_name(tmp_path, name):
    loaded = load(tmp_path, log(f"user_id,item_id,rating,{name}", time=clock("%Y-%m-%d %H:%M:%S")))
    assert facts(loaded) == GOOD
    assert "column" in kinds(loaded)


def with_column(name, cells, **options):
    """The log with one more column."""
    first, *rows = log(**options).splitlines()
    return "\n".join([f"{first},{name}", *(f"{row},{cell}" for row, cell in zip(rows, cells, strict=True))]) + "\n"


def test_of_two_columns_of_dates_none_is_taken_and_both_are_named(tmp_path):
    days = [clock("%Y-%m-%d")(t) for t in TIMES]
    text = with_column("shipped", days, header="user_id,item_id,rating,paid", time=clock("%Y-%m-%d"))
    loaded = load(tmp_path, text)
    assert facts(loaded) == {**GOOD, "times": None}
    (note,) = [repair.message for repair in loaded.report.repairs if repair.kind == "time_columns"]
    assert "paid" in note and "shipped" in note


@pytest.mark.parametrize("name", ["release_date", "出版日期", "shelf"])
def test_dates_of_the_items_are_no_times_of_events(tmp_path, name):
    days = [f"2001-01-{1 + (3 * k + u) % 8:02d}" for u, k, _ in EVENTS]
    loaded = load(tmp_path, with_column(name, days, header="user_id,item_id,rating,seconds"))
    assert facts(loaded) == {**GOOD, "times": None}
    (note,) = [repair.message for repair in loaded.report.repairs if repair.kind == "ignored_columns"]
    assert name in note and "seconds" in note


def test_columns_that_are_not_used_are_listed_by_name(tmp_path):
    loaded = load(tmp_path, with_column("shop", ["s1", "s2"] * 18))
    assert facts(loaded) == GOOD
    assert [r.message for r in loaded.report.repairs if r.kind == "ignored_columns"] == ["1 column is not used: shop."]


@pytest.mark.parametrize(
    ("name", "words"), [("event_type", ["view", "cart"]), ("行为", ["浏览", "购买"]), ("type", ["pv", "buy"]), ("what", ["click", "purchase"])]
)  # fmt: skip
def test_words_for_events_are_the_event_type(tmp_path, name, words):
    loaded = load(tmp_path, with_column(name, words * 18))
    assert loaded.report.roles["event"] == name
    assert facts(loaded) == GOOD


HEADERLESS = [
    ("times second", lambda u, i, r, t: [f"u{u}", clock("%Y-%m-%dT%H:%M:%SZ")(t), f"i{i}", str(r)], GOOD),
    ("times first", lambda u, i, r, t: [str(t), f"u{u}", f"i{i}", str(r)], GOOD),
    ("categories are no ratings", lambda u, i, r, t: [str(u), str(i), str(4_400_000 + i % 3), str(t)], {**GOOD, "ratings": None}),
    ("event types are no ids", lambda u, i, r, t: ["view" if r > 1 else "buy", f"u{u}", f"i{i}", str(r), str(t)], GOOD),
    ("dates as whole numbers", lambda u, i, r, t: [f"u{u}", f"i{i}", clock("%Y%m%d")(t), str(r)], {**GOOD, "times": DAYS}),
]  # fmt: skip


@pytest.mark.parametrize(("row", "result"), [case[1:] for case in HEADERLESS], ids=[case[0] for case in HEADERLESS])
def test_columns_without_a_header_are_found_by_content(tmp_path, row, result):
    rows = [",".join(row(u, (3 * k + u) % 8, 1 + k % 5, t)) for u, k, t in EVENTS]
    assert facts(load(tmp_path, "\n".join(rows) + "\n")) == result


def test_a_column_that_counts_the_rows_is_no_id(tmp_path):
    rows = [f"{n},{row}" for n, row in enumerate(log("").splitlines())]
    assert facts(load(tmp_path, "\n".join(rows) + "\n")) == GOOD


def test_the_good_log_is_read_as_it_is(tmp_path):
    loaded = load(tmp_path, log(HEADER))
    assert facts(loaded) == GOOD
    assert kinds(loaded) == {"column"}
