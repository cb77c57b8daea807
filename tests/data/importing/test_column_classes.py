"""Which column is what, by name in English and Chinese and by content."""

import pytest

from tests.data.importing.tables import DAYS, EVENTS, GOOD, TIMES, clock, facts, kinds, load, log

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
    loaded = load(tmp_path, with_column(name, words * 18), treatments={"event_types": "all"})
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
    assert facts(load(tmp_path, "\n".join(rows) + "\n", treatments={"event_types": "all"})) == result


def test_a_column_that_counts_the_rows_is_no_id(tmp_path):
    rows = [f"{n},{row}" for n, row in enumerate(log("").splitlines())]
    assert facts(load(tmp_path, "\n".join(rows) + "\n")) == GOOD


def test_of_a_date_and_a_clock_in_two_columns_the_date_is_the_time(tmp_path):
    dates = [clock("%Y-%m-%d")(t) for t in TIMES]
    loaded = load(tmp_path, with_column("date", dates, header="user_id,item_id,rating,time", time=clock("%H:%M:%S")))
    assert facts(loaded) == {**GOOD, "times": DAYS}
    assert [r.message for r in loaded.report.repairs if r.kind == "ignored_columns"] == ["1 column is not used: time."]


def test_long_user_ids_without_a_header_are_no_times(tmp_path):
    rows = [f"15000000{u:02d},{100_000 + (3 * k + u) % 8},{4_400_000 + k % 3},{1 + k % 5}" for u, k, _ in EVENTS]
    assert facts(load(tmp_path, "\n".join(rows) + "\n")) == {**GOOD, "times": None}
