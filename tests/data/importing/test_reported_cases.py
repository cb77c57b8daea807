"""Logs of kinds that people reported to recommender projects: read as they are meant, or asked about."""

import pytest

from recsys.data.importing.faults import UndecidedError
from recsys.errors import DataError
from tests.data.importing.tables import DAY, EVENTS, GOOD, TIMES, clock, facts, kinds, load, log

PLAIN = {**GOOD, "ratings": None}
NO_RATING = "user_id,item_id,timestamp"


def events(header, row):
    """A log without ratings; `row` is a function of user, item and time."""
    return "\n".join([header, *(row(u, (3 * k + u) % 8, t) for u, k, t in EVENTS)]) + "\n"


@pytest.mark.parametrize("pattern", ["%Y-%m-%d %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p"])
def test_times_with_am_and_pm_are_read(tmp_path, pattern):
    loaded = load(tmp_path, events(NO_RATING, lambda u, i, t: f"u{u},i{i},{clock(pattern)(t)}"))
    assert facts(loaded) == PLAIN


@pytest.mark.parametrize(
    ("name", "pattern", "unit"),
    [
        ("review_date", "%Y-%m-%d %H:%M:%S", 1),
        ("date_added", "%a %b %d %H:%M:%S -0700 %Y", 1),
        ("purchased_on", "%Y-%m-%d", DAY),
        ("order_date", "%Y-%m-%d", DAY),
        ("reviewTime", "%m %d %Y", DAY),
    ],
)
def test_a_log_newest_first_with_an_unknown_name_for_the_date_is_in_order(tmp_path, name, pattern, unit):
    hours = -7 if "-0700" in pattern else 0
    header, *rows = events(
        f"user_id,item_id,{name}", lambda u, i, t: f"u{u},i{i},{clock(pattern, hours)(t)}"
    ).splitlines()
    loaded = load(tmp_path, "\n".join([header, *reversed(rows)]) + "\n")
    assert facts(loaded) == {**PLAIN, "times": sum(t - t % unit for t in TIMES)}
    assert loaded.report.roles["time"] == name
    log = loaded.interactions
    first_user = list(log.user_ids).index("u0")
    history = log.items[log.offsets[first_user] : log.offsets[first_user + 1]]
    assert [log.item_ids[item] for item in history] == ["i0", "i3", "i6", "i1", "i4", "i7"]


@pytest.mark.parametrize("word", ["user", "item"])
def test_ids_rounded_by_a_spreadsheet_are_warned_of(tmp_path, word):
    rounded = {word: lambda n: f"7.6561{n % 2}E+16"}
    loaded = load(tmp_path, log("user_id,item_id,rating,timestamp", **rounded))
    assert any(f"2 {word} ids look rounded" in warning for warning in loaded.report.warnings)


def test_a_listening_log_without_header_finds_its_time_and_says_what_else_may_be_the_item(tmp_path):
    def row(u, i, t):
        return f"listener_{u}\t{clock('%Y-%m-%dT%H:%M:%SZ')(t)}\tart-{i}\tThe Fold {i}\ttrk-{i}-{t % 5}\tSong {i}"

    loaded = load(tmp_path, events("", row).lstrip())
    assert facts(loaded) == PLAIN
    assert (loaded.report.roles["time"], loaded.report.roles["item"]) == ("1", "2")
    (note,) = [repair.message for repair in loaded.report.repairs if repair.kind == "item_guess"]
    assert "3, 4, 5" in note


def test_an_items_table_with_a_row_for_each_category_is_joined_or_refused_clearly(tmp_path):
    items = "item_id,title,genre\n" + "".join(
        f"i{i},Film {i},{genre}\n" for i in range(8) for genre in ("Drama", "Crime")
    )
    try:
        loaded = load(tmp_path, log(), items=items)
    except DataError as error:
        assert "i0" in error.message
    else:
        assert all("Drama" in text and "Crime" in text for text in loaded.items["category"][1:])


def test_times_in_nanoseconds_are_read(tmp_path):
    loaded = load(tmp_path, log(time="{}000000000".format))
    assert facts(loaded) == GOOD
    assert "time_unit" in kinds(loaded)


def test_prices_with_thousands_separators_are_whole(tmp_path):
    prices = ['"1,299"', '"2,499"', "849", '"1,099.00"', '"12,500"', "95.50", '"1,234,567"', "19.99"]
    items = "item_id,title,price\n" + "".join(f"i{i},Thing {i},{price}\n" for i, price in enumerate(prices))
    loaded = load(tmp_path, log(), items=items)
    found = dict(zip(loaded.interactions.item_ids[1:], loaded.items["price"][1:], strict=True))
    assert [found[f"i{i}"] for i in range(8)] == [1299, 2499, 849, 1099, 12500, 95.5, 1234567, 19.99]
    assert "thousands" in kinds(loaded)


def test_a_behaviour_log_keeps_its_categories_from_the_ratings_and_each_event_of_an_item(tmp_path):
    rows = [
        f"{9000 + u},{700_100 + i},{4_400_000 + i % 4},{word},{t + 30 * n}"
        for u, i, t in ((u, (3 * k + u) % 8, t) for u, k, t in EVENTS)
        for n, word in enumerate(("pv", "cart", "buy"))
    ]
    loaded = load(tmp_path, "\n".join(rows) + "\n", treatments={"event_types": "all"})
    assert loaded.report.roles == {"user": "0", "item": "1", "event": "3", "time": "4"}
    assert facts(loaded) == {**PLAIN, "rows": 108, "times": 3 * sum(TIMES) + 36 * 90}


@pytest.mark.parametrize("zone", ["+00", " UTC", ".112025+00"])
def test_times_with_a_zone_behind_them_are_read(tmp_path, zone):
    loaded = load(tmp_path, events(NO_RATING, lambda u, i, t: f"u{u},i{i},{clock('%Y-%m-%d %H:%M:%S')(t)}{zone}"))
    assert facts(loaded) == PLAIN


def test_liked_is_a_rating_of_1_or_0(tmp_path):
    loaded = load(tmp_path, log("user_id,item_id,liked,timestamp", rating=lambda r: str(r > 3)))
    assert facts(loaded) == {**PLAIN, "ratings": 12.0}
    assert "likes" in kinds(loaded)


def test_minus_one_among_ratings_is_a_question(tmp_path):
    with pytest.raises(UndecidedError) as caught:
        load(tmp_path, log(rating=lambda r: "-1" if r == 1 else str(2 * r)))
    assert [fault.key for fault in caught.value.faults] == ["unrated"]
