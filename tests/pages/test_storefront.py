"""The Recommend page's cards: the panel of the selected one, what it does to the history, tiles without pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.explain.list_reasons import reasons_in_list
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.ui.parts.tiles import tile
from recsys.ui.shell.text import plain
from tests.pages.drive import address, cards, opened, texts
from tests.pages.test_recommend import edited
from tests.pages.visible import nodes
from tests.worlds.small_shop import shop, trained


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace, dataset_id = shop(tmp_path_factory.mktemp("storefront"))
    trained(workspace, dataset_id, "sasrec")
    return workspace.path


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return opened("recommend", home, monkeypatch, run="sasrec", user="u1")


def test_the_panel_is_of_the_first_card_until_another_is_pressed(app: AppTest, home: Path) -> None:
    run = open_run(open_workspace(home), "sasrec")
    listed = recommend_items(run, query_of(run, "u1", None))
    assert f"**{listed[0].title}** · #1 in this list" in texts(app)
    assert not has_container(app, "panel_pressed")
    app.button(key="cards_card_2").click().run()
    assert f"**{listed[1].title}** · #2 in this list" in texts(app)
    assert has_container(app, "panel_pressed")  # which a phone shows above the list


def has_container(app: AppTest, key: str) -> bool:
    return any(getattr(getattr(node, "proto", None), "id", "").endswith(key) for node in nodes(app._tree))


def test_what_the_link_names_is_the_default_of_its_widget(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser draws the default of a widget whose code it loads after the script has run again."""
    user = opened("recommend", home, monkeypatch, run="sasrec", user="u5").selectbox(key="user_choice")
    assert user.value == "u5"
    assert user.proto.default == user.index != 0


def test_a_disliked_item_leaves_the_list_until_it_is_brought_back(app: AppTest) -> None:
    before = cards(app)
    app.button(key="cards_card_2").click().run()
    app.button(key="dislike").click().run()
    assert [label.split(" ", 1)[1] for label in cards(app)] == [
        label.split(" ", 1)[1] for place, label in enumerate(before) if place != 1
    ]
    assert "Disliked: " in texts(app)
    assert f"{cards(app)[1].split(' ', 1)[1]}** · #2 in this list" in texts(app)  # the next card is selected
    app.button(key="bring_back").click().run()
    assert cards(app) == before


def test_a_link_restores_the_disliked_items(app: AppTest, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app.button(key="cards_card_2").click().run()
    app.button(key="dislike").click().run()
    linked = opened("recommend", home, monkeypatch, run="sasrec", user="u1", disliked=str(address(app, "disliked")))
    assert cards(linked) == cards(app)
    linked.button(key="bring_back").click().run()
    assert address(linked, "disliked") is None


def test_an_unknown_disliked_item_in_a_link_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="sasrec", user="u1", disliked="i99")
    assert "i99" in app.error[0].value
    assert address(app, "disliked") is None


def test_a_reason_that_may_be_cut_on_its_card_is_whole_in_the_tooltip(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys.ui.recommend.storefront.UNCUT", 9)
    run = open_run(open_workspace(home), "sasrec")
    query = query_of(run, "u1", None)
    ids = [item.item_id for item in recommend_items(run, query)]
    reasons = [reason for reason in reasons_in_list(run, query, ids).values() if reason]
    assert {len(reason) > 9 for reason in reasons} == {True, False}
    app = opened("recommend", home, monkeypatch, run="sasrec", user="u1")
    assert [caption.help for caption in app.caption if caption.help] == [plain(one) for one in reasons if len(one) > 9]


def test_the_strip_ends_with_the_number_of_older_events(
    app: AppTest, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "older" not in alternatives(app)
    monkeypatch.setattr("recsys.ui.recommend.strip.STRIP", 4)
    assert "+2 older" in alternatives(opened("recommend", home, monkeypatch, run="sasrec", user="u1"))


def alternatives(app: AppTest) -> str:
    protos = [getattr(node, "proto", None) for node in nodes(app._tree)]
    return "\n".join(image.alt for proto in protos for image in getattr(proto, "imgs", ()))


def test_an_item_is_added_from_its_card(app: AppTest, home: Path) -> None:
    run = open_run(open_workspace(home), "sasrec")
    first = recommend_items(run, query_of(run, "u1", None))[0]
    app.button(key="add_recommended").click().run()
    assert edited(app) == f"0-5.n{run.item(first.item_id)}"
    assert "The history was edited" in texts(app)


def test_a_tile_says_the_title_and_holds_no_markup_from_it() -> None:
    svg = tile("<img src=x> & a very long title of an item that goes on and on and on", "Crime|Drama")
    assert "<img" not in svg
    assert "CRIME" in svg
    assert "DRAMA" not in svg
    assert svg.count("<text") == 6  # five lines at most, and the category
