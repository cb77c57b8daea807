"""Federated training on the pages: chosen on Train, its traffic while it runs, and on the Settings tab of Models."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions
from recsys.training.privacy_config import FederatedOptions, PrivacyOptions
from tests.pages.drive import opened, table
from tests.worlds.small_shop import SHORT, import_small_shop

CHOSEN = FederatedOptions(clients_per_round=0.5, dropouts=0.2, secure=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = open_workspace(tmp_path_factory.mktemp("federated-pages"))
    dataset_id = import_small_shop(workspace, ages=True)
    options = TrainingOptions(threads=1, device="cpu", federated=CHOSEN)
    settings = {**SHORT, "epochs": 2}
    train(workspace, TrainRequest(dataset_id, "gru4rec", "quick", settings, options, run_id="together"))
    return workspace.path


def fields(app: AppTest) -> set[str]:
    widgets = (*app.slider, *app.number_input, *app.selectbox, *app.toggle)
    return {widget.key for widget in widgets if widget.key and widget.key.startswith("federated_")}


def test_federated_training_is_off_until_it_is_chosen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[TrainRequest] = []

    def start(workspace: object, request: TrainRequest) -> str:
        requests.append(request)
        return "together"

    monkeypatch.setattr("recsys.services.train.training.start", start)
    app = opened("train", home, monkeypatch)
    assert not fields(app)
    assert "--federated" not in app.code[0].value
    app.toggle(key="federated").set_value(True).run()
    app.slider(key="federated_clients_per_round").set_value(0.25).run()
    app.toggle(key="privacy").set_value(True).run()
    assert "--epsilon 3.0 --federated --clients-per-round 0.25" in app.code[0].value
    app.button(key="train").click().run()
    assert requests[0].options.federated == FederatedOptions(clients_per_round=0.25)
    assert requests[0].options.privacy == PrivacyOptions(epsilon=3.0)


def test_a_link_fills_the_form_with_the_options_of_a_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, like="together")
    assert app.toggle(key="federated_1").value
    assert " ".join(CHOSEN.as_arguments()) in app.code[0].value


def test_the_watched_run_shows_its_rounds_answers_and_bytes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = open_workspace(home).runs.open("together").record
    assert record is not None and record.traffic is not None
    traffic = record.traffic
    app = opened("train", home, monkeypatch, run="together")
    (line,) = [caption.value for caption in app.caption if "Federated, " in caption.value]
    assert f"Federated, 30 clients. Rounds: 4. Invitations answered: {traffic.answered} of 60." in line
    assert "GRU4Rec, federated" in " ".join(element.value for element in app.markdown)


def test_the_settings_tab_names_the_options_and_the_traffic(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(opened("models", home, monkeypatch, run="together", part="Settings"), "Setting", "Value")
    values = dict(zip(frame["Setting"], frame["Value"], strict=True))
    assert values["Clients per round (share)"] == "0.5"
    assert (values["Server optimizer"], values["Secure aggregation"]) == ("FedAdam", "on")
    assert (values["Clients"], values["Rounds"]) == ("30", "4")
    assert values["Sent to clients"].endswith("MB")
