"""Tabs of the selected model: settings in words, and an address of an earlier version."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.services.workspace import open_workspace
from tests.pages.drive import address, opened, table
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model-tabs")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "sasrec", "sasrec")
    return workspace.path


def test_settings_have_the_labels_of_the_train_page_and_an_empty_one_is_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table(opened("models", home, monkeypatch, run="sasrec", part="Settings"), "Setting", "Value")
    values = dict(zip(frame["Setting"], frame["Value"], strict=True))
    assert values["What the model sees of an item"] == "none"
    assert {"Epochs, at most", "Batch size (rows)", "Learning rate", "Patience (epochs)"} <= values.keys()
    assert not [name for name in values if "_" in name]


def test_an_old_link_to_the_report_opens_the_export(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", home, monkeypatch, run="sasrec", part="Report")
    assert address(app, "part") == "Export"
    assert [button.key for button in app.get("download_button")] == ["export_run", "export_leaderboard"]
