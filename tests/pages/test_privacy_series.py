"""What protection costs, on the Privacy tab: the series is queued by a press, and its chart has the numbers of the runs."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.services.models import privacy_series, privacy_series_text
from recsys.services.models.privacy_series import Series, find_members, series
from recsys.services.workspace import Workspace, open_workspace
from recsys.ui.models import privacy_chart
from recsys.ui.shell.text import plain
from tests.pages.drive import opened, table, texts
from tests.pages.pseudo_language import raw_texts
from tests.worlds.privacy_runs import AUCS, RANKS, SECONDS, finish_member
from tests.worlds.small_shop import import_small_shop, trained


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small shop with trained runs of a network, `gru4rec`, and of a model that cannot be private, `ease`."""
    workspace = open_workspace(tmp_path_factory.mktemp("series"))
    dataset_id = import_small_shop(workspace)
    for model in ("gru4rec", "ease"):
        trained(workspace, dataset_id, model)
    return workspace


@pytest.fixture
def home(trained_once: Workspace, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # Iterator[Workspace]
    """The workspace, whose queue starts nothing, with a popularity baseline of NDCG@10 = .1."""
    monkeypatch.setattr(privacy_series, "start_due_jobs", lambda workspace: None)
    monkeypatch.setattr("recsys.ui.shell.job_cards.start_due_jobs", lambda workspace: None)
    monkeypatch.setattr(privacy_series, "open_run", lambda workspace, run_id: None)
    monkeypatch.setattr("recsys.services.models.quality.popularity_score", lambda workspace, run: 0.1)
    yield trained_once
    for run in trained_once.runs.list():
        if run.run_id not in ("gru4rec", "ease"):
            trained_once.queue.cancel(run.run_id)
            trained_once.runs.delete(run.run_id)


def privacy(home: Workspace, monkeypatch: pytest.MonkeyPatch, run: str = "gru4rec", **query: str) -> AppTest:
    return opened("models", home.path, monkeypatch, run=run, part="Privacy", **query)


def finish_all(home: Workspace) -> Series:
    for name in RANKS:
        finish_member(home, "gru4rec", name)
    return series(home, "gru4rec")


def buttons(app: AppTest) -> set[str]:
    return {button.key or "" for button in app.main.button}


def chart(app: AppTest) -> dict[str, Any]:
    """The trade-off chart, whose last trace is the line of the most popular items."""
    specs = [json.loads(one.proto.spec) for one in app.get("plotly_chart")]
    (found,) = [spec for spec in specs if spec["data"][-1].get("name") == "Most popular items"]
    return dict(found)


def test_a_press_queues_the_series_and_shows_how_far_it_is(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = privacy(home, monkeypatch)
    assert "0 of 6 trained. About" in texts(app)
    app.button(key="train_series").click().run()
    assert not app.exception
    assert len(home.queue.waiting()) == 6
    assert "train_series" not in buttons(app) and "stop_series" in buttons(app)
    app.button(key="stop_series").click().run()
    assert home.queue.waiting() == [] and "train_series" in buttons(app)


def test_the_chart_is_there_while_the_rest_is_trained(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    finish_member(home, "gru4rec", "central")
    privacy_series.start(home, "gru4rec")
    app = privacy(home, monkeypatch)
    assert "stop_series" in buttons(app)
    assert [len(trace["x"]) for trace in chart(app)["data"]] == [1, 0, 2]


@pytest.mark.parametrize(("x", "values"), [("auc", AUCS), ("seconds", SECONDS)])
def test_the_numbers_of_the_chart_are_those_of_the_records(
    home: Workspace, monkeypatch: pytest.MonkeyPatch, x: str, values: dict[str, float]
) -> None:
    done = finish_all(home)
    app = privacy(home, monkeypatch)
    app.segmented_control(key="series_x").set_value(x).run()
    assert not app.exception
    central, federated, popular = chart(app)["data"]
    assert popular["y"] == [0.1, 0.1]
    points = dict(zip([point[1] for point in [*central["customdata"], *federated["customdata"]]],
                      zip([*central["x"], *federated["x"]], [*central["y"], *federated["y"]], strict=True), strict=True))  # fmt: skip
    for result in done.results:
        rank = RANKS[result.name]
        assert points[result.run_id] == pytest.approx(
            (values[result.name], 1 / math.log2(rank + 1) if rank <= 10 else 0)
        )
    assert plain(privacy_series_text.caption(done), 900) in texts(app)
    assert "train_series" not in buttons(app)


def test_members_of_one_budget_share_a_category_and_differ_by_symbol_and_colour(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = finish_all(home)
    figure = privacy_chart.figure(done, "epsilon", done.results[1].run_id)
    central, federated, _ = figure.data
    assert list(central.x) == [3, 2, 1, 0]
    assert [round(at) for at in federated.x] == [3, 2]
    assert list(figure.layout.xaxis.ticktext) == ["1", "3", "8", "none"]
    assert central.marker.symbol != federated.marker.symbol and central.marker.color != federated.marker.color
    assert list(central.marker.size) == [11, 15, 11, 11]


def test_the_table_of_the_chart_has_a_row_a_member(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    finish_all(home)
    rows = table(privacy(home, monkeypatch), "Training", "ε spent")
    assert list(rows["ε spent"]) == ["none", "7.92", "2.97", "0.99", "none", "7.92"]
    assert list(rows["Attack AUC"]) == [f"{auc:.3f}" for auc in AUCS.values()]
    assert list(rows["State"]) == ["finished"] * 6


def test_a_click_on_a_point_selects_its_run(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[list[str]] = []
    monkeypatch.setattr("recsys.ui.models.selection.select", lambda ids: chosen.append(list(ids)))
    monkeypatch.setattr("recsys.ui.parts.compact_charts.selected", lambda key, column: ["GRU4Rec", "the-run"][column])
    privacy_chart._pressed("any")
    assert chosen == [["the-run"]]


def test_failed_members_are_named_and_trained_again(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    home.runs.create(find_members(home, home.runs.open("gru4rec").config)[3].config)
    app = privacy(home, monkeypatch)
    assert "Failed: GRU4Rec, ε ≤ 1" in texts(app).replace("\\", "")
    assert "train_series" in buttons(app)


def test_a_model_that_cannot_be_private_says_which_can(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = privacy(home, monkeypatch, "ease")
    assert "Select a model of one of these kinds" in texts(app) and "GRU4Rec" in texts(app)
    assert "train_series" not in buttons(app)


def test_every_text_is_a_message(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    finish_all(home)
    raw = raw_texts(privacy(home, monkeypatch, lang=PSEUDO), "")
    assert {text for text in raw if text.split(" | ")[-1] not in {run.run_id for run in home.runs.list()}} == set()
