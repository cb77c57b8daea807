"""Explore: the map of items and users, its colours, and its selection by the field that a keyboard reaches."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys.runs.store import MAP
from recsys.services.explore.content_neighbours import content_neighbours, content_vectors
from recsys.services.explore.item_map import load_map
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.explore import map_figure
from recsys.ui.explore.item_map import table
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


def test_the_map_has_one_trace_a_category(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = traces(opened("explore", home, monkeypatch, run=RUN))
    assert sorted(drawn) == ["even", "odd"]
    assert [len(drawn[name]["text"]) for name in ("even", "odd")] == [5, 4]  # type: ignore[arg-type]


def test_of_a_large_map_only_the_items_with_the_most_events_are_elements_and_a_box_selects_all(
    run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_figure, "MOST", 2)
    stored = load_map(run.folder)
    assert stored is not None
    points = map_figure.points_of(run, stored, "item")
    drawn = map_figure.build(run, points, "item", "category")
    most = sorted(run.dataset.title(int(item)) for item in np.argsort(-run.split.train.item_counts, kind="stable")[:2])
    assert sorted(title for trace in drawn.data for title in trace.text) == most
    (image,) = drawn.layout.images
    assert image.source.startswith("data:image/png;base64,")
    box = {"x": [image.x, image.x + image.sizex], "y": [image.y, image.y - image.sizey]}
    far = {"x": [9, 10], "y": [9, 10]}
    monkeypatch.setattr(st, "session_state", {"map": {"selection": {"points": [], "box": [box, far], "lasso": []}}})
    assert set(map_figure.brushed("map", points)) >= set(range(1, 10)) - set(points.placed[:2].tolist())


def test_the_tools_that_a_drag_has_are_named_and_pan_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run=RUN, lang="zh")
    (chart,) = app.get("plotly_chart")
    assert json.loads(chart.proto.config)["modeBarButtons"][0] == ["pan2d", "lasso2d", "select2d"]
    assert json.loads(chart.proto.spec)["layout"]["dragmode"] == "pan", "with another tool, clicks are ignored"
    styles = "".join(html.proto.body for html in app.get("html"))
    assert all(f'[data-val="{tool}"]::after' in styles for tool in ("pan", "lasso", "select"))


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
    assert f"**2 items** · {events} training events" in texts(app)
    assert traces(app)["selected"]["text"] == [run.dataset.title(item) for item in (4, 6)]
    app.button(key="map_clear").click().run()
    assert len(titles(app)) == 8
    assert "selected" not in traces(app)


def test_a_search_marks_its_matches_and_offers_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run=RUN)
    app.text_input(key="map_search_item").set_value("thing 3").run()
    assert traces(app)["matches"]["text"] == ["Thing 3"]
    assert app.multiselect(key="map_choice_item").options == ["Thing 3"]
    assert titles(app) == ["Thing 3"]
    assert "**1 item** · " in texts(app)


def test_one_selected_item_is_shown_with_its_neighbours_by_model_and_by_content(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explore", home, monkeypatch, run=RUN)
    app.multiselect(key="map_choice_item").set_value([4]).run()
    assert app.selectbox(key="similar_to").value == 4
    by_model, by_content = (
        [button.label for button in app.button if (button.key or "").startswith(f"{key}_card_")]
        for key in ("similar", "content")
    )
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


def test_the_table_holds_the_points_with_the_most_events_first_and_their_groups(run: OpenRun) -> None:
    stored = load_map(run.folder)
    assert stored is not None
    frame, indices = table(run, map_figure.points_of(run, stored, "item"), "item", "category", "Category")
    assert frame["Item"].tolist() == [run.dataset.title(int(item)) for item in indices]
    assert frame["Training events"].is_monotonic_decreasing
    assert frame["Category"].tolist() == run.dataset.items["category"].iloc[indices].tolist()
    np.testing.assert_array_equal(frame[["x", "y"]], stored.items_N2[indices])
