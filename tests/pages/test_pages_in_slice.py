"""Models, Recommend and Data follow the slice."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys.evaluation.metrics import means
from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import address, opened, table, texts
from tests.worlds.shops import NUM_ITEMS, import_shop, train_small


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("in_slice")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False)
    train_small(workspace, dataset_id, "ease", "ease")
    train_small(workspace, dataset_id, "popularity", "pop")
    return workspace


def ranks_of_women(workspace: Workspace, run_id: str) -> pd.Series:
    """Test ranks of u1, u3, …: users are numbered in the order of their ids as texts."""
    frame = workspace.runs.open(run_id).load_ranks()
    assert frame is not None
    ids = sorted(f"u{number}" for number in range(40))
    return frame["test"][[int(ids[user - 1][1:]) % 2 == 1 for user in frame["user"]]]


def test_the_leaderboard_has_a_column_of_the_slice(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "slice" not in table(opened("models", workspace.path, monkeypatch), "model", "test")
    board = table(opened("models", workspace.path, monkeypatch, slice="gender=f"), "model", "test", "slice")
    of_ease = board["slice"][board["model"] == "EASE"].iloc[0]
    ndcg = means(ranks_of_women(workspace, "ease").to_numpy())["ndcg@10"]
    assert of_ease.startswith(f"{ndcg:.3f} ±")


@pytest.mark.parametrize("part", ["Quality", "Segments"])
def test_a_model_has_the_figure_of_the_slice_beside_that_of_everyone(
    part: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", workspace.path, monkeypatch, run="ease", part=part, slice="gender=f")
    ndcg = means(ranks_of_women(workspace, "ease").to_numpy())["ndcg@10"]
    (line,) = [text.value for text in app.markdown if "→ slice" in text.value]
    assert f"→ slice **{ndcg:.3f}** [" in line
    assert line.endswith("], 20 users")
    assert "Fewer than 30 users are in the slice" in texts(app)
    assert "→ slice" not in texts(opened("models", workspace.path, monkeypatch, run="ease", part=part))


def test_two_models_are_compared_on_the_users_of_the_slice(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", workspace.path, monkeypatch, run="ease", compare="pop", slice="gender=f")
    assert "the same 40 users" in texts(app)
    assert "the same 20 users" in texts(app).partition("In the slice")[2]


def test_a_list_of_users_becomes_the_slice(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", workspace.path, monkeypatch, run="ease", compare="pop")
    app.button(key="users_gain_as_slice").click().run()
    assert not app.exception
    assert (address(app, "slice") or "").startswith("user_ids=")
    assert "In the slice" in texts(app)


def test_recommendations_are_of_the_items_in_the_slice_unless_that_is_switched_off(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = workspace.datasets.load(workspace.datasets.list()[0].dataset_id)
    red = set(dataset.items["title"][dataset.items["category"] == "red"])
    link = {"run": "ease", "user": "u1", "view": "Table", "num_items": "24"}
    app = opened("recommend", workspace.path, monkeypatch, **link, slice="category=red")
    assert set(table(app, "title", "score")["title"]) <= red
    app.toggle(key="items_in_slice").set_value(False).run()
    assert not set(table(app, "title", "score")["title"]) <= red


def test_data_shows_the_part_in_the_slice(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = opened("data", workspace.path, monkeypatch)
    part = opened("data", workspace.path, monkeypatch, slice="gender=f&category=red")
    values = [{metric.label: metric.value for metric in app.metric} for app in (whole, part)]
    assert (values[0]["Users"], values[0]["Items"]) == ("40", str(NUM_ITEMS))
    assert (values[1]["Users"], values[1]["Items"]) == ("20", "12")
    assert "In the slice:" in texts(part)
    users = opened("data", workspace.path, monkeypatch, slice="gender=f", table="Users")
    assert set(table(users, "user", "gender")["gender"]) == {"female"}


def test_data_shows_all_where_the_slice_is_almost_empty(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("data", workspace.path, monkeypatch, slice="age=65%2B")
    assert "too few events" in texts(app)
    assert {metric.label: metric.value for metric in app.metric}["Users"] == "40"
