"""Home and the sidebar begin with the best model, not with the newest."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import address, opened, texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two runs of EASE and two of Popularity; a later run of a kind is the worse one, and the newest is the worst."""
    found = open_workspace(tmp_path / "home")
    dataset_id = import_shop(found, tmp_path)
    for run_id, ndcg in (("popularity-1", 0.3), ("ease-1", 0.4), ("ease-2", 0.2), ("popularity-2", 0.1)):
        train_small(found, dataset_id, run_id.split("-")[0], run_id)
        rank_all_at(found, run_id, ndcg)
    return found


def rank_all_at(workspace: Workspace, run_id: str, ndcg: float) -> None:
    """Let the run rank the held-out items of a share of the users first, and of the others nowhere."""
    folder = workspace.runs.open(run_id)
    ranks = folder.load_ranks()
    first = [1 if index < ndcg * len(ranks) else 1_000 for index in range(len(ranks))]
    folder.save_ranks(ranks.assign(validation=first))


def test_the_sidebar_begins_with_the_best_model_on_validation(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("recommend", workspace.path, monkeypatch)
    assert (app.selectbox(key="run_choice").value, address(app, "run")) == ("ease-1", "ease-1")
    app = opened("models", workspace.path, monkeypatch)
    assert (app.selectbox(key="run_choice").value, address(app, "run")) == ("ease-1", "ease-1")
    app.selectbox(key="run_choice").set_value("popularity-2").run()
    assert app.selectbox(key="run_choice").value == "popularity-2", "a choice stays"


def test_home_has_one_card_of_each_kind_of_model_the_best_first(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("home", workspace.path, monkeypatch)
    shown = [button.key for button in app.button if (button.key or "").startswith("explain_")]
    assert shown == ["explain_ease-1", "explain_popularity-1"]
    assert "last opened" not in texts(app)


def test_the_model_that_was_opened_last_comes_first(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", workspace.path, monkeypatch, run="ease-2")
    app.switch_page("../../../pages/home.py").run()
    shown = [button.key for button in app.button if (button.key or "").startswith("explain_")]
    assert shown == ["explain_ease-2", "explain_ease-1", "explain_popularity-1"]
    assert texts(app).count("last opened") == 1
