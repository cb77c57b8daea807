"""Explore: the map of items and users, its colours, and its selection by the field that a keyboard reaches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys.runs.store import MAP
from recsys.services.explore.content_neighbours import content_neighbours, content_vectors
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.explore import map_figure
from tests.pages.drive import address, opened, texts
from tests.worlds.small_shop import shop, trained

RUN = "sasrec"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace, dataset_id = shop(tmp_path_factory.mktemp("map"))
    for model in (RUN, "ease", "popularity"):
        trained(workspace, dataset_id, model)
    return workspace


@pytest.fixture
def home(workspace: Workspace) -> Path:
    return workspace.path


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> OpenRun:
    return open_run(workspace, RUN)


def traces(app: AppTest) -> dict[str, dict[str, object]]:
    """The traces of the map by their names."""
    (chart,) = app.get("plotly_chart")
    return {trace["name"]: trace for trace in json.loads(chart.proto.spec)["data"]}


def titles(app: AppTest) -> list[str]:
    return [button.label for button in app.button if (button.key or "").startswith("map_card_")]


@pytest.mark.parametrize(("most_svg", "kind"), [(9, "scatter"), (8, "scattergl")])
def test_the_map_has_one_trace_a_category_and_more_points_are_drawn_by_webgl(
    home: Path, monkeypatch: pytest.MonkeyPatch, most_svg: int, kind: str
) -> None:
    st.cache_resource.clear()
    monkeypatch.setattr(map_figure, "MOST_SVG", most_svg)
    drawn = traces(opened("explore", home, monkeypatch, run=RUN))
    assert sorted(drawn) == ["even", "odd"]
    assert {trace["type"] for trace in drawn.values()} == {kind}
    assert [len(drawn[name]["text"]) for name in ("even", "odd")] == [5, 4]  # type: ignore[arg-type]


def test_another_colour_groups_the_points_anew_and_stands_in_the_link(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explore", home, monkeypatch, run=RUN)
    app.selectbox(key="map_colour_item").set_value("hit_rate").run()
    assert not set(traces(app)) & {"even", "odd"}
    assert address(app, "colour") == "hit_rate"


def test_the_items_of_the_field_are_the_selection_with_its_cards_metrics_and_rings(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explore", home, monkeypatch, run=RUN)
    app.multiselect(key="map_choice_item").set_value([4, 6]).run()
    assert sorted(titles(app)) == sorted(run.dataset.title(item) for item in (4, 6))
    events = run.split.train.item_counts[[4, 6]].sum()
    assert f"**2 items** · {events} events" in texts(app)
    assert traces(app)["selected"]["text"] == [run.dataset.title(item) for item in (4, 6)]
    app.button(key="map_clear").click().run()
    assert len(titles(app)) == 8
    assert "selected" not in traces(app)


def test_a_search_marks_its_matches_and_offers_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run=RUN)
    app.text_input(key="map_search_item").set_value("thing 3").run()
    assert traces(app)["matches"]["text"] == ["Thing 3"]
    assert app.multiselect(key="map_choice_item").options == ["Thing 3"]


def test_one_selected_item_is_shown_with_its_neighbours_by_model_and_by_content(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explore", home, monkeypatch, run=RUN)
    app.multiselect(key="map_choice_item").set_value([4]).run()
    assert app.selectbox(key="similar_to").value == 4
    by_model, by_content = (frame.value["title"].tolist() for frame in app.dataframe[:2])
    assert len(by_model) == 8
    assert by_content == [item.title for item in content_neighbours(run.dataset, content_vectors(run.dataset), 4)]


def test_users_are_drawn_by_the_rank_of_their_item_and_listed(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explore", home, monkeypatch, run=RUN, points="user")
    assert sum(len(trace["text"]) for trace in traces(app).values()) == len(run.split.test)  # type: ignore[arg-type,misc]
    user = int(run.split.test.users[3])
    app.multiselect(key="map_choice_user").set_value([user]).run()
    assert app.dataframe[0].value["user"].tolist() == [str(run.dataset.interactions.user_ids[user])]


def test_the_path_of_a_user_ends_at_the_stars_of_the_recommendations(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explore", home, monkeypatch, run=RUN)
    app.toggle(key="map_path").set_value(True).run()
    drawn = traces(app)
    assert len(drawn["history"]["text"]) == 6  # type: ignore[arg-type]
    assert len(drawn["recommendations"]["text"]) == 3  # type: ignore[arg-type]


def test_a_run_without_a_map_gets_one_by_a_press(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (open_run(workspace, "ease").folder.path / MAP).unlink()
    app = opened("explore", workspace.path, monkeypatch, run="ease")
    assert not app.get("plotly_chart")
    app.button(key="make_map").click().run()
    assert set(traces(app)) == {"even", "odd"}


def test_a_model_that_relates_no_items_says_why_it_has_no_map(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "relates no item" in texts(opened("explore", home, monkeypatch, run="popularity"))
