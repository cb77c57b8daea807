"""Whether the model reads the ratings of past events, on Train, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.data.importing.load import ImportRequest
from recsys.services.data.datasets import import_dataset
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ratings")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home, pictures=False)
    train_small(workspace, dataset_id, "gru4rec", "rated", ratings="on")
    return home / "home"


def test_a_toggle_asks_for_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[TrainRequest] = []
    monkeypatch.setattr(
        "recsys.services.train.training.start", lambda workspace, request: started.append(request) or "rated"
    )
    app = opened("train", home, monkeypatch)
    app.pills(key="model").set_value("gru4rec").run()
    toggle = app.toggle(key="set_ratings_gru4rec_balanced")
    assert not toggle.value
    assert "ratings=" not in app.code[0].value
    toggle.set_value(True).run()
    assert "ratings=on" in app.code[0].value
    app.button(key="train").click().run()
    assert started[0].settings["ratings"] == "on"


def test_a_link_fills_the_toggle(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, like="rated")
    assert app.toggle(key="set_ratings_gru4rec_balanced_1").value


def test_models_that_read_no_events_in_order_have_no_toggle(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch)
    app.pills(key="model").set_value("mlp").run()
    assert [toggle for toggle in app.toggle if "ratings" in str(toggle.key)] == []


def test_data_without_ratings_have_no_toggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"u{user},i{(user + step) % 9},{step}" for user in range(30) for step in range(5)]
    (tmp_path / "log.csv").write_text("\n".join(["user_id,item_id,timestamp", *rows]) + "\n")
    import_dataset(open_workspace(tmp_path / "home"), ImportRequest(tmp_path / "log.csv", name="Events"))
    app = opened("train", tmp_path / "home", monkeypatch)
    app.pills(key="model").set_value("gru4rec").run()
    assert [toggle for toggle in app.toggle if "ratings" in str(toggle.key)] == []
    assert "ratings=" not in app.code[0].value


def test_recommend_says_that_an_added_event_counts_as_unrated(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="rated", user="u1")
    assert not any("unrated" in caption.value for caption in (*app.caption, *app.info, *app.markdown))
    app = opened("recommend", home, monkeypatch, run="rated", user="u1", edit="0-3.n1.n2.n3.n4.n5.n6.n7.n8.n9")
    assert any("unrated" in caption.value for caption in (*app.caption, *app.info, *app.markdown))
