"""What is behind a point of a chart of an explanation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recsys.explain import EventContribution, Explanation, FeatureContribution
from recsys.services.explain import behind_point
from recsys.services.recommend.query import query_of
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.small_shop import shop, trained


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    return trained(*shop(tmp_path_factory.mktemp("behind")), "sasrec")


def test_events_are_listed_by_their_positions_with_what_the_chart_says_of_them(run: OpenRun) -> None:
    query = query_of(run, "u1", None)
    table = behind_point.table(run, query, "i1", behind_point.id_of_events([2, 0]), {0: 0.5, 2: -1.0}).rows
    ids = [str(run.dataset.interactions.item_ids[query.history[at]]) for at in (2, 0)]
    assert table["event"].tolist() == [3, 1]
    assert table["item"].tolist() == ids
    assert table["title"].tolist() == [run.dataset.title(int(query.history[at])) for at in (2, 0)]
    assert table["effect"].tolist() == [-1.0, 0.5]


def test_the_item_and_the_user_are_listed_as_themselves(run: OpenRun) -> None:
    query = query_of(run, "u1", None)
    assert behind_point.table(run, query, "i1", "item", {}).rows["item"].tolist() == ["i1"]
    assert behind_point.table(run, query, "i1", "user", {}).rows["user"].tolist() == ["u1"]
    stranger = replace(query_of(run, None, ["i1"]), user=1)  # as a persona without a user has
    assert behind_point.table(run, stranger, "i1", "user", {}).total == 0


def test_a_category_is_listed_with_all_of_its_items(run: OpenRun) -> None:
    categories = run.dataset.items["category"].iloc[1:]
    found = behind_point.table(run, query_of(run, "u1", None), "i1", "category", {})
    own = categories.iloc[run.item("i1") - 1]
    assert found.total == len(found.rows) == (categories == own).sum() > 1
    assert "i1" in set(found.rows["item"])


@pytest.mark.parametrize(("text", "is_alone"), [("drama|toys", False), ("", True)])
def test_of_several_categories_each_counts_and_without_one_the_item_stands_alone(
    run: OpenRun, text: str, is_alone: bool
) -> None:
    items = run.dataset.items.copy()
    items["category"] = ["", *["toys"] * (len(items) - 1)]
    items.iloc[run.item("i1"), items.columns.get_loc("category")] = text
    other = replace(run, dataset=replace(run.dataset, items=items))
    found = behind_point.table(other, query_of(run, "u1", None), "i1", "category", {})
    assert found.total == (1 if is_alone else len(items) - 1)


@pytest.mark.parametrize(
    ("key", "point"),
    [("events", "4 5"), ("user", "user"), ("user features", "user"), ("user.age", "user"), ("popularity", "item"),
     ("item.price", "item"), ("text", "item"), ("category", "category"), ("item.category", "category")],
)  # fmt: skip
def test_each_source_of_the_score_leads_to_events_the_user_or_items(key: str, point: str) -> None:
    assert behind_point.id_of_source(key, [4, 5]) == point


def test_each_contribution_leads_to_its_event_or_to_whom_it_belongs() -> None:
    event, age = EventContribution(7, 3, 0.5), FeatureContribution("age", 0.1)
    explanation = Explanation("leave_one_out", "margin", 1.0, 1.0, 1, 0.0, (event,), features=(age,))
    assert behind_point.id_of_part(event, explanation) == "3"
    assert behind_point.id_of_part(age, explanation) == "user"
    assert behind_point.id_of_part(FeatureContribution("item.category", 0.1), explanation) == "category"


def test_a_word_leads_to_the_items_that_have_it_in_any_script(run: OpenRun) -> None:
    items = run.dataset.items.copy()
    items["title"] = ["", "Red lamp 12", "lamp12", "相机 峡湾", "Lamps", *["Thing"] * (len(items) - 5)]
    other = replace(run, dataset=replace(run.dataset, items=items))
    ids = run.dataset.interactions.item_ids
    for word, rows in (("LAMP", [1, 2]), ("12", [1, 2]), ("相", [3]), ("nothing", [])):
        assert set(behind_point.items_with_word(other, word).rows["item"]) == {str(ids[row]) for row in rows}
