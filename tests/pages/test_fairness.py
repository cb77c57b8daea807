"""The Fairness tab of the Models page, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.services.models import fairness as service
from recsys.services.models import trust
from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import opened, table, texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Women's held-out items are ranked first, those of men are missed."""
    folder = tmp_path_factory.mktemp("fairness-tab")
    workspace = open_workspace(folder / "home")
    run = train_small(workspace, import_shop(workspace, folder, pictures=False), "ease", "ease")
    frame = run.folder.load_ranks()
    assert frame is not None
    is_woman = (run.dataset.users["gender"].to_numpy() == "f")[frame["user"]]
    run.folder.save_ranks(frame.assign(test=np.where(is_woman, 1, 20)))
    return workspace


@pytest.fixture
def home(workspace: Workspace) -> Path:
    return workspace.path


def test_it_is_computed_only_where_its_tab_is_open(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[str] = []
    compute = service.fairness
    monkeypatch.setattr(service, "fairness", lambda run: (computed.append(run.record.run_id), compute(run))[1])
    opened("models", home, monkeypatch, part="Quality", run="ease")
    assert computed == []
    opened("models", home, monkeypatch, part="Fairness", run="ease")
    assert computed == ["ease"]


def test_the_sentence_comes_first_and_groups_are_shown_by_the_chosen_column(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", home, monkeypatch, part="Fairness", run="ease")
    assert "Men: NDCG@10 0.000 against 1.000 for women" in texts(app).replace("\\", "").replace("\u2060", "")
    app.segmented_control(key="fairness_users").set_value("gender").run()
    groups = table(app, "Group", "Others", "p (Holm)")
    assert list(groups["Group"]) == ["female", "male"]
    assert list(groups["Difference"]) == ["+1.000", "-1.000"]
    app.segmented_control(key="fairness_users").set_value("age").run()
    assert "not tested" in set(table(app, "Group", "Others", "p (Holm)")["p (Holm)"])


def test_exposure_is_shown_by_the_chosen_column_of_items(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", home, monkeypatch, part="Fairness", run="ease")
    assert list(table(app, "Group", "Exposure", "Ratio")["Group"])[:2] == ["hot", "warm"]
    app.segmented_control(key="fairness_items").set_value("category").run()
    assert list(table(app, "Group", "Exposure", "Ratio")["Group"]) == ["red", "no value"]


def test_a_click_on_a_group_lists_who_and_what_is_in_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clicked = {"fairness_quality": "f", "fairness_exposure": "red"}
    monkeypatch.setattr("recsys.ui.parts.compact_charts.selected", lambda key, column=0: clicked.get(key))
    app = opened("models", home, monkeypatch, part="Fairness", run="ease")
    app.segmented_control(key="fairness_users").set_value("gender")
    app.segmented_control(key="fairness_items").set_value("category").run()
    assert len(table(app, "user", "held_out", "rank")) == 20
    assert set(table(app, "user", "held_out", "rank")["rank"]) == {1}
    assert len(table(app, "item", "in_lists")) == 12
    assert table(app, "item", "in_lists")["in_lists"].is_monotonic_decreasing


def test_faithfulness_stands_beside_once_it_is_measured(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, few_orders: None
) -> None:
    assert "is not measured yet" in texts(opened("models", workspace.path, monkeypatch, part="Fairness", run="ease"))
    run = train_small(workspace, workspace.datasets.list()[0].dataset_id, "ease", "measured")
    trust.measure(run, 24)
    app = opened("models", workspace.path, monkeypatch, part="Fairness", run="measured")
    app.segmented_control(key="fairness_users").set_value("gender").run()
    assert table(app, "Group", "insertion − deletion")["Users"].sum() == 24
