"""The runs of a sweep on Models: names that differ, and test figures only when they are asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.train import sweep, sweep_runs
from recsys.services.train.planning import TrainRequest
from recsys.services.train.sweep import SweepRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.pages.drive import address, opened, table, texts
from tests.worlds.small_shop import import_small_shop
from tests.worlds.stored_runs import record

VALIDATION = {1: 6, 2: 2, 3: 4}  # rank of every user's item on validation, by run; run 2 is the best
TEST = {1: 1, 2: 8, 3: 3}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A finished sweep of three runs."""
    monkeypatch.setattr(sweep_runs, "start_due_jobs", lambda workspace: None)
    monkeypatch.setattr("recsys.ui.shell.job_cards.start_due_jobs", lambda workspace: None)
    workspace = open_workspace(tmp_path)
    dataset_id = import_small_shop(workspace)
    first = TrainRequest(dataset_id, "gru4rec", "quick", {"epochs": 1}, TrainingOptions(threads=1))
    sweep.start(workspace, SweepRequest(first, 3, ("learning_rate", "dropout"), "s"))
    for number, rank in VALIDATION.items():
        folder = workspace.runs.open(f"s-0{number}")
        workspace.queue.cancel(folder.run_id)
        frame = pd.DataFrame({"user": range(1, 31), "validation": rank, "test": TEST[number]})
        folder.save_ranks(frame)
        metrics = {"ndcg@10": 0.9 - number / 10}
        of_run = {"best_validation_ndcg": 1 / rank, "metrics": metrics, "dataset_id": dataset_id}
        folder.finish(record(folder.run_id, **of_run))
    return workspace


def page(home: Workspace, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    return opened("models", home.path, monkeypatch, run="s-02", part="Settings", **query)


def points(app: AppTest) -> list[list[str]]:
    """Name and id of each model on the chart beside the leaderboard."""
    (chart,) = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return [list(point) for point in chart["data"][1]["customdata"]]


def test_rows_and_points_of_a_sweep_are_told_apart_by_their_settings(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(home, monkeypatch, pareto_y="validation")
    names = list(table(app, "model", "validation")["model"])
    assert len(set(names)) == 3
    assert all(name.startswith("GRU4Rec · lr ") and ", dropout " in name for name in names)
    assert sorted(name for name, _ in points(app)) == sorted(names)
    options = [option.split(" · NDCG")[0] for option in app.selectbox(key="run_choice").options]
    assert sorted(options) == sorted(names)


def test_the_test_figures_of_runs_that_have_not_won_are_hidden_until_asked_for(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(home, monkeypatch)
    frame = table(app, "model", "validation")
    assert frame["validation"].notna().all()
    assert list(frame["test"].notna()) == [True, False, False]
    assert [run_id for _, run_id in points(app)] == ["s-02"]
    assert "The test figures of 2 sweep runs are hidden" in texts(app)
    app.button(key="show_all_runs").click().run()
    assert address(app, "all") == "1"
    assert table(app, "model", "validation")["test"].notna().all()
    assert {run_id for _, run_id in points(app)} == {"s-01", "s-02", "s-03"}
    app.button(key="hide_test").click().run()
    assert list(table(app, "model", "validation")["test"].notna()) == [True, False, False]


def test_the_sidebar_names_the_test_figure_of_the_winner_alone(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = page(home, monkeypatch).selectbox(key="run_choice").options
    assert [option for option in options if "NDCG@10" in option] == [options[1]]
    assert "0.700" in options[1]


def test_without_a_sweep_nothing_is_said(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    home.sweeps.delete_on(home.datasets.list()[0].dataset_id)
    app = page(home, monkeypatch)
    assert table(app, "model", "validation")["test"].notna().all()
    assert "show_all_runs" not in [button.key for button in app.button]
