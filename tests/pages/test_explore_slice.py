"""Explore: key figures of the slice, linked histograms, and from a group of users to one of them explained.

A browser test must click a bar of a histogram (AppTest has no plot to click): here its callback is given the same state.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys.data.interactions import Interactions
from recsys.services.explore.crossfilter import Histogram
from recsys.services.explore.slice_cases import Confusion
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.ui.explore import histograms
from recsys.ui.explore.slice_users import heat_map
from tests.pages.drive import address, opened, table, texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explore_slice")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "ease", "ease")
    return workspace.path


def metrics(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def test_figures_of_the_slice_are_beside_those_of_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everyone = metrics(opened("explore", home, monkeypatch, run="ease"))
    assert everyone["Users"] == ("40", "")
    app = opened("explore", home, monkeypatch, run="ease", slice="rank=1..10", part="Users and errors")
    inside = metrics(app)
    hits = round(40 * float(everyone["Hit rate@10"][0]))
    assert inside["Users"] == (str(hits), "all 40")
    assert inside["Hit rate@10"] == ("1.000", f"all {everyone['Hit rate@10'][0]}")
    assert ("Fewer than 30 users" in texts(app)) == (hits < 30)
    assert "follow from that filter" in texts(app)


def test_a_slice_of_nobody_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run="ease", slice="rank=501..", part="Users and errors")
    assert "No user of the test is in the slice" in texts(app)
    assert metrics(app)["Users"] == ("0", "all 40")


def test_histograms_show_who_passes_the_other_filters(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run="ease", slice="rank=1..10", part="Users and errors")
    rows = table(app, "Facet", "Passing")
    ranks = rows[rows["Facet"] == "Rank of the held-out item"]
    assert ranks["All"].sum() == ranks["Passing"].sum() == 40
    popularity = rows[rows["Facet"] == "Popularity"]
    assert popularity["All"].sum() == 40
    assert str(popularity["Passing"].sum()) == metrics(app)["Users"][0]


def test_a_bar_that_is_clicked_or_brushed_goes_to_the_slice_and_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    toggled: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(histograms.user_slice, "toggle", lambda facet, values: toggled.append((facet, [*values])))
    points = [{"customdata": ["101..500"]}, {"customdata": ["501.."]}, {"customdata": ["101..500"]}, {"x": 3}]
    monkeypatch.setattr(st, "session_state", {"h": {"selection": {"points": points}}})
    histograms._pressed("h", "rank")
    assert toggled == [("rank", ["101..500", "501.."])]


def test_bars_carry_their_values_and_those_not_chosen_are_faint() -> None:
    counts = np.array([3, 4])
    figure = histograms.bars(Histogram("rank", ("1", "501.."), counts, np.array([1, 2]), np.array([True, False])))
    assert [list(trace.customdata) for trace in figure.data] == [[["1"], ["501.."]]] * 2
    assert (list(figure.data[0].x), list(figure.data[1].x)) == ([3, 4], [1, 2]), "bars of long names lie"
    assert figure.data[1].marker.opacity == (1, histograms.FAINT)
    assert figure.layout.yaxis.ticktext == ("1", "501 or more")


def test_the_worst_user_of_a_slice_is_one_press_from_an_explanation_of_the_held_out_item(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clicks: a bar (its link is opened here), Explain on a card; the explanation is then in view."""
    run = open_run(open_workspace(home), "ease")
    frame = run.folder.load_ranks()
    assert frame is not None
    app = opened("explore", home, monkeypatch, run="ease", slice="rank=2..10", part="Users and errors")
    worst = frame[frame["test"].between(2, 10)].sort_values("test", ascending=False, kind="stable").iloc[0]
    log: Interactions = run.dataset.interactions
    user_id, rank = str(log.user_ids[worst["user"]]), int(worst["test"])
    assert f"**{user_id}** · rank {rank}" in texts(app)
    app.button(key="explain_case_0").click().run()
    assert not app.exception
    assert (address(app, "user"), address(app, "edit")) == (user_id, "0-5")  # 7 events, without the last
    assert address(app, "item") == str(log.item_ids[log.history(worst["user"])[-1]])
    assert app.selectbox(key="user_choice").value == user_id
    assert address(app, "slice") == "rank=2..10"


def test_missed_items_and_confused_categories_have_tabs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run="ease", cases="Missed items", part="Users and errors")
    missed = table(app, "missed", "targets")
    assert (missed["missed"] <= missed["targets"]).all()
    app.button(key="missed_as_slice").click().run()
    assert not app.exception
    assert (address(app, "slice") or "").startswith("item_ids=")
    assert [toast.value for toast in app.toast] == [f"The slice is now {len(missed)} picked items\\."]
    assert not opened(
        "explore", home, monkeypatch, run="ease", cases="Confused categories", part="Users and errors"
    ).exception


def test_a_slice_without_missed_items_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(
        "explore", home, monkeypatch, run="ease", slice="rank=1..10", cases="Missed items", part="Users and errors"
    )
    assert "Every held-out item of the slice is in the top 10" in texts(app)


def test_each_cell_of_the_heat_map_has_a_point_with_both_categories() -> None:
    figure = heat_map(Confusion(("a", "b"), ("b",), np.array([[3], [1]])))
    assert list(figure.data[1].customdata) == [["a", "b"], ["b", "b"]]
    assert figure.data[1].marker.opacity == 0
