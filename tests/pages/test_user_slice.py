"""The slice in the sidebar: which users there are to choose from; it is in the link and holds on both pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.services.workspace import open_workspace
from tests.pages.drive import address, opened
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slice")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "ease", "ease")
    return workspace.path


def test_a_link_with_a_slice_lists_its_users_and_the_slice_can_be_cleared(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("recommend", home, monkeypatch, run="ease")
    everybody = list(app.selectbox(key="user_choice").options)
    app = opened("recommend", home, monkeypatch, run="ease", slice="gender=f")
    women = list(app.selectbox(key="user_choice").options)
    assert women == [user for user in everybody if int(user[1:]) % 2]
    assert app.selectbox(key="user_choice").value in women
    app.button(key="clear_slice").click().run()
    assert not app.exception
    assert list(app.selectbox(key="user_choice").options) == everybody
    assert address(app, "slice") is None


def test_a_facet_is_chosen_and_holds_on_the_next_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="ease")
    app.pills(key="slice_gender").set_value("m").run()
    assert not app.exception
    assert address(app, "slice") == "gender=m"
    men = list(app.selectbox(key="user_choice").options)
    app.switch_page("../../../pages/explain.py").run()
    assert not app.exception
    assert list(app.selectbox(key="user_choice").options) == men
    app.button(key="unslice_gender").click().run()
    assert len(app.selectbox(key="user_choice").options) > len(men)


def test_a_slice_without_users_lists_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="ease", slice="age=65%2B&gender=m")
    assert not app.exception
    assert len(app.selectbox(key="user_choice").options) > 1
