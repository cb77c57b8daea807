"""The two protocols on the pages: chosen on Train, side by side on Models, and whether order matters."""

from __future__ import annotations

import pytest

from recsys.data.importing.load import ImportRequest
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.pages.drive import opened, table, texts
from tests.worlds.trained_runs import import_once, train_once

DAY = 86_400


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """20 users who walk a cycle of 12 items, one event a day for 6 days, each from a day of their own."""
    folder = tmp_path_factory.mktemp("protocols")
    lines = [f"u{u},i{(u + step) % 12},{(u + step) * DAY}" for u in range(20) for step in range(6)]
    (folder / "log.csv").write_text("\n".join(["user_id,item_id,timestamp", *lines]) + "\n")
    found, request = open_workspace(folder / "home"), ImportRequest(folder / "log.csv", name="Walks")
    dataset_id = import_once(found, "walks by day", lambda one: one.datasets.add(request).dataset_id)
    for run_id, model, split_by in (
        ("loo", "markov", "leave_one_out"),
        ("time", "markov", "time"),
        ("alone", "ease", "leave_one_out"),
    ):
        options = TrainingOptions(threads=1, device="cpu", split_by=split_by)  # type: ignore[arg-type]
        train_once(found, TrainRequest(dataset_id, model, options=options, run_id=run_id))
    return found


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[TrainRequest]:
    """The trainings that were requested; none is started."""
    requests: list[TrainRequest] = []

    def start(workspace: object, request: TrainRequest) -> str:
        requests.append(request)
        return "alone"

    monkeypatch.setattr("recsys.services.train.training.start", start)
    return requests


def test_a_time_split_is_chosen_on_train_and_hides_the_items_held_out(
    home: Workspace, started: list[TrainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home.path, monkeypatch)
    key = home.datasets.list()[0].dataset_id
    assert app.radio(key=f"split_by_{key}").value == "leave_one_out"
    assert [slider for slider in app.slider if slider.key == "cold_share"]
    app.radio(key=f"split_by_{key}").set_value("time").run()
    assert not [slider for slider in app.slider if slider.key == "cold_share"]
    assert "--split-by time" in app.code[0].value
    app.button(key="train").click().run()
    assert (started[0].options.split_by, started[0].options.cut) == ("time", None)


def test_a_run_with_its_cut_fills_the_form(
    home: Workspace, started: list[TrainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home.path, monkeypatch, like="time")
    assert app.radio(key=next(radio.key for radio in app.radio if radio.key.startswith("split_by"))).value == "time"
    app.button(key="train").click().run()
    assert started[0].options.split_by == "time"


def test_the_leaderboard_marks_a_time_split_and_keeps_the_protocols_apart(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table(opened("models", home.path, monkeypatch), "model", "protocol")
    assert list(frame["protocol"]) == ["all events", "all events", "time split"]
    assert frame["model"][2] == "Markov chain, time split"


def test_both_protocols_stand_side_by_side_where_both_were_trained(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run_id in ("loo", "time"):
        app = opened("models", home.path, monkeypatch, run=run_id)
        assert "with leave\\-one\\-out \\(20 users\\)" in texts(app)
        assert "train_twin" not in {button.key for button in app.button}
    assert "held\\-out items" in texts(app)  # cold start
    assert "leakage from the future" in texts(opened("models", home.path, monkeypatch, run="loo"))


def test_without_a_twin_a_button_trains_it(
    home: Workspace, started: list[TrainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", home.path, monkeypatch, run="alone")
    assert app.button(key="train_twin").label == "Train with a time split"
    app.button(key="train_twin").click().run()
    assert (started[0].model, started[0].options.split_by) == ("ease", "time")


def test_whether_order_matters_is_computed_when_it_is_asked_for(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", home.path, monkeypatch, run="alone")
    assert "Order does not matter" not in texts(app)
    app.button(key="shuffle_histories").click().run()
    assert "Order does not matter for EASE" in texts(app)
    assert "No history has tied timestamps" in texts(app)
