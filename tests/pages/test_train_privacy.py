"""The privacy budget on Train: off by default, chosen in Advanced, shown live."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.train import training
from recsys.services.train.recipe import Recipe, command, from_file, to_file
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions
from recsys.training.privacy_config import PrivacyOptions
from tests.pages.drive import opened, table
from tests.worlds.small_shop import SHORT, import_small_shop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with one private run, "private"."""
    folder = tmp_path_factory.mktemp("privacy")
    workspace = open_workspace(folder)
    dataset_id = import_small_shop(workspace, ages=True)
    options = TrainingOptions(threads=1, device="cpu", privacy=PrivacyOptions(epsilon=8, rate=0.5))
    training.train(workspace, TrainRequest(dataset_id, "gru4rec", "quick", SHORT, options, "private"))
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[TrainRequest]:
    requests: list[TrainRequest] = []

    def start(workspace: object, request: TrainRequest) -> str:
        requests.append(request)
        return "private"

    monkeypatch.setattr("recsys.services.train.training.start", start)
    return requests


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def test_privacy_is_off_until_it_is_chosen_and_reaches_training_and_command(
    home: Path, started: list[TrainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home, monkeypatch)
    (toggle,) = [toggle for toggle in app.toggle if toggle.key.startswith("privacy")]
    assert not toggle.value
    app.button(key="train").click().run()
    assert started[0].options.privacy is None
    app = opened("train", home, monkeypatch)
    app.toggle(key=toggle.key).set_value(True).run()
    assert app.button(key="train").label == "Train SASRec, ε ≤ 3"
    assert "ε bounds how much the weights can reveal" in said(app)
    assert "--epsilon 3.0" in app.code[0].value
    app.button(key="train").click().run()
    assert started[1].options.privacy == PrivacyOptions(epsilon=3)


def test_a_private_run_fills_the_form_and_shows_what_it_spent(
    home: Path, started: list[TrainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home, monkeypatch, like="private")
    app.button(key="train").click().run()
    assert started[0].options.privacy == PrivacyOptions(epsilon=8, rate=0.5)
    shown = opened("train", home, monkeypatch, run="private")
    assert "GRU4Rec, ε ≤ 8" in said(shown)
    assert "per user: all events of a person" in said(shown)
    assert shown.dataframe[0].value["ε spent"].max() <= 8


def test_the_settings_of_a_private_run_name_its_budget(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", home, monkeypatch, run="private", part="Settings")
    rows = table(app, "Setting", "Value").set_index("Setting")["Value"]
    assert rows["Privacy budget (ε)"] == "8.0" and float(rows["Privacy budget spent (ε)"]) <= 8
    assert {"Failure probability (δ)", "Noise (relative to the clip)", "Users in a step (share)"} <= set(rows.index)


def test_a_recipe_keeps_its_privacy_in_file_and_command(tmp_path: Path) -> None:
    recipe = Recipe.checked("gru4rec", "quick", {}, privacy={"epsilon": 3, "clip": 0.25})
    assert from_file(to_file(recipe)) == recipe
    words = command(open_workspace(tmp_path), "data", recipe).split()
    assert "--epsilon 3.0 --clip 0.25" in " ".join(words)
    assert "--epsilon" not in command(open_workspace(tmp_path), "data", Recipe.checked("gru4rec", "quick", {}))
