"""Forget a person on the Data page, and what Models says of the runs that saw them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.runs.queue import Queue
from recsys.services.data.forget import forget
from recsys.services.models.fit_blend import blend
from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import address, opened, table, texts
from tests.worlds.small_shop import shop, trained


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace, dataset_id = shop(tmp_path_factory.mktemp("forget"))
    for model in ("gru4rec", "ease"):
        trained(workspace, dataset_id, model)
    return workspace.path


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(Queue, "advance", lambda queue, launch: None)
    shutil.copytree(prepared, tmp_path / "home")
    return open_workspace(tmp_path / "home")


def forgotten(workspace: Workspace) -> str:
    return forget(workspace, workspace.datasets.list()[0].dataset_id, "u7").new_dataset_id


def users_tab(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    return opened("data", workspace.path, monkeypatch, table="Users", **query)


def test_the_dialog_says_what_is_deleted_then_does_it_and_offers_to_train_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = users_tab(workspace, monkeypatch)
    app.text_input(key="search_users").set_value("u7").run()
    app.button(key="forget_person").click().run()
    assert app.text_input(key="forget_user").value == "u7"
    assert "6 events are deleted" in texts(app) and "2 models saw these events" in texts(app)
    assert len(workspace.datasets.list()) == 1 and "u7" in str(app.session_state["search_users"])
    app.button(key="forget_for_good").click().run()
    assert not app.exception
    (summary,) = workspace.datasets.list()
    assert (summary.users, address(app, "dataset")) == (29, summary.dataset_id)
    (said,) = [one.value for one in app.success]
    assert "6 events deleted" in said and "2 models are kept as records" in said
    app.button(key="train_without").click().run()
    assert len(workspace.queue.waiting()) == 2
    assert "search_users" not in app.session_state and "forget_user" not in app.session_state


def test_an_unknown_id_is_an_error_in_place(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = users_tab(workspace, monkeypatch)
    app.button(key="forget_person").click().run()
    assert "Enter the id of a user" in texts(app)
    app.text_input(key="forget_user").set_value("nobody").run()
    assert "There is no user" in app.error[0].value
    assert "forget_for_good" not in [button.key for button in app.button]


def test_nobody_is_forgotten_while_presenting(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = users_tab(workspace, monkeypatch, present="1")
    assert app.button(key="forget_person").disabled
    app.session_state["session"].dialog = "forget"
    app.run()
    assert not [one for one in app.text_input if one.key == "forget_user"]


def test_the_users_have_a_line_on_how_few_events_identify_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = users_tab(workspace, monkeypatch)
    assert "4 events with their day identify" in texts(app)
    assert "Narayanan" in texts(app)
    assert len(table(app, "events known", "users identified")) == 8


def test_models_lists_them_last_as_records_and_trains_them_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_id = forgotten(workspace)
    trained(workspace, new_id, "ease", "after")
    app = opened("models", workspace.path, monkeypatch, dataset=new_id)
    frame = table(app, "model", "state")
    assert frame["state"].tolist() == ["finished", "record only", "record only"]
    assert all("record only" in name for name in frame["model"][1:])
    app = opened("models", workspace.path, monkeypatch, run="gru4rec")
    assert address(app, "dataset") == new_id
    assert "Trained before a person was forgotten" in texts(app)
    assert {"open_run": True, "train_without": False}.items() <= {one.key: one.disabled for one in app.button}.items()
    app.button(key="train_without").click().run()
    assert not app.exception
    (waiting,) = workspace.queue.waiting()
    assert (address(app, "run"), workspace.runs.open(waiting).config.dataset_id) == (waiting, new_id)


@pytest.mark.parametrize("page", ["home", "train", "recommend", "explore", "explain", "models"])
def test_every_page_opens_where_only_records_are_left(
    page: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten(workspace)
    app = opened(page, workspace.path, monkeypatch, run="ease", compare="gru4rec")
    if page not in ("home", "train"):
        assert "Only records of models are left" in texts(app)


def test_a_blend_of_records_is_a_record(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    blend(workspace, ["gru4rec", "ease"], "both")
    forgotten(workspace)
    app = opened("models", workspace.path, monkeypatch, run="both")
    assert "Train the models it is made of again" in texts(app)
    assert "train_without" not in [button.key for button in app.button]


def test_the_next_page_completes_what_a_killed_process_began(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (summary,) = workspace.datasets.list()
    (workspace.datasets.folder(summary.dataset_id) / "forgetting.json").write_text('{"user_id": "u7"}')
    opened("data", workspace.path, monkeypatch)
    (after,) = workspace.datasets.list()
    assert (after.users, after.name) == (29, "Shop")
