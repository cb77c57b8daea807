"""Federated runs: command, record, title, resuming, and what is refused."""

import pytest

from recsys.__main__ import make_parser
from recsys.commands.parsing import request_of
from recsys.data.importing.load import ImportRequest
from recsys.errors import SettingError
from recsys.runs.secret import load_secret
from recsys.services.data.datasets import import_dataset
from recsys.services.models import comparison
from recsys.services.models.leaderboard import list_runs
from recsys.services.train import recipe, training
from recsys.services.train.job_list import progress
from recsys.services.train.planning import TrainRequest
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions
from recsys.training.privacy_config import FederatedOptions, PrivacyOptions
from recsys.training.trainer import EpochDone

SMALL = {"epochs": 2, "embedding_dim": 8, "hidden_dim": 8, "max_length": 8}
NOISE = PrivacyOptions(noise=1.0, clip=0.5)
NINE = NOISE.model_copy(update={"epsilon": 9.0})


class Died(Exception):
    """Stands for a process that is killed."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("federated")
    rows = [f"u{u},i{(u + step) % 9}" for u in range(20) for step in range(6)]
    (folder / "log.csv").write_text("\n".join(["user_id,item_id", *rows]))
    workspace = open_workspace(folder / "home")
    import_dataset(workspace, ImportRequest(folder / "log.csv"))
    return workspace


@pytest.fixture(autouse=True)
def quick_accountant(monkeypatch):
    monkeypatch.setattr("recsys.training.private.budget.epsilon_spent", lambda z, rate, steps, delta: steps / 10)


def request(workspace, run_id, model="gru4rec", settings=SMALL, privacy=None, **federated):
    (dataset,) = workspace.datasets.list()
    options = TrainingOptions(privacy=privacy, federated=FederatedOptions(**{"clients_per_round": 0.5, **federated}))
    return TrainRequest(dataset.dataset_id, model, settings=settings, options=options, run_id=run_id)


def die_at(epoch):
    def on_event(event):
        if isinstance(event, EpochDone) and event.epoch == epoch:
            raise Died

    return on_event


def test_a_run_records_its_rounds_clients_and_bytes_and_says_that_it_is_federated(workspace):
    record = training.train(workspace, request(workspace, "plain", dropouts=0.5))
    traffic = record.traffic
    assert (traffic.rounds, traffic.clients, traffic.invited, traffic.lost) == (4, 20, 40, 0)
    assert 5 < traffic.answered < 35
    assert traffic.bytes_down > traffic.bytes_up > 0
    assert record.privacy is None
    lines = progress(workspace, "plain").epochs_done
    assert sum(line["traffic"]["bytes_up"] for line in lines) == traffic.bytes_up
    (run,) = [run for run in list_runs(workspace) if run.run_id == "plain"]
    assert run.title == "GRU4Rec, federated"
    assert (run.federated["dropouts"], run.traffic["rounds"]) == (0.5, 4)


def test_a_private_run_names_its_budget_and_goes_on_with_its_key(workspace):
    whole = training.train(workspace, request(workspace, "whole", privacy=NINE))
    assert (whole.privacy.epsilon, whole.privacy.noise, whole.privacy.delta) == (0.4, 1.0, 1e-3)
    assert (whole.privacy.rate, whole.privacy.steps, whole.privacy.unit) == (0.5, 4, "client")
    assert workspace.runs.open("whole").config.shown_title == "GRU4Rec, federated, ε ≤ 9"
    with pytest.raises(Died):
        training.train(workspace, request(workspace, "killed", privacy=NINE), on_event=die_at(1))
    key = load_secret(workspace.runs.open("killed"))
    again = training.train(workspace, request(workspace, "killed", privacy=NINE))
    assert (again.state, again.privacy.epsilon) == ("finished", 0.4)
    assert key is not None
    assert again.weights_sha256 != whole.weights_sha256  # a key of its own


def test_a_killed_run_ends_in_the_same_weights_and_the_same_bytes(workspace):
    whole = training.train(workspace, request(workspace, "plain", dropouts=0.5))  # finished, or trained here
    with pytest.raises(Died):
        training.train(workspace, request(workspace, "other", dropouts=0.5), on_event=die_at(1))
    again = training.train(workspace, request(workspace, "other", dropouts=0.5))
    assert again.weights_sha256 == whole.weights_sha256
    assert again.traffic == whole.traffic


def test_a_comparison_names_the_options_that_differ(workspace):
    training.train(workspace, request(workspace, "plain", dropouts=0.5))
    training.train(workspace, request(workspace, "secure", dropouts=0.5, secure=True))
    runs = [run for run in list_runs(workspace) if run.run_id in ("plain", "secure")]
    differ, shared = comparison.settings(runs)
    assert differ == {"secure": ["on", "off"]}
    assert shared["dropouts"] == ["0.5", "0.5"]


def test_another_share_of_clients_is_other_work(workspace):
    config = training.config_of(request(workspace, "one"))
    assert not config.same_work(training.config_of(request(workspace, "one", clients_per_round=0.2)))
    assert config.same_work(training.config_of(request(workspace, "one")))


@pytest.mark.parametrize(
    ("model", "settings", "options", "column"),
    [
        ("ease", {}, {}, "model"),
        ("caser", {}, {"privacy": NOISE}, "model"),
        ("gru4rec", {"content": "title"}, {}, "content"),
        ("gru4rec", {"ratings": "on"}, {"privacy": NOISE}, "ratings"),
        ("gru4rec", {}, {"privacy": NOISE.model_copy(update={"delta": 0.5})}, "delta"),
        ("gru4rec", {}, {"privacy": NOISE.model_copy(update={"rate": 0.5})}, "rate"),
        ("gru4rec", {}, {"secure": True, "clients_per_round": 0.05}, "clients_per_round"),
    ],
)
def test_what_cannot_be_trained_federated_is_refused_naming_the_field(workspace, model, settings, options, column):
    with pytest.raises(SettingError) as caught:
        training.train(workspace, request(workspace, "refused", model, settings, **options))
    assert caught.value.column == column
    assert not (workspace.runs.root / "refused").exists()


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"clients_per_round": 0}, "clients_per_round"),
        ({"server": "sgd"}, "server"),
        ({"epsilon": 1.0}, "epsilon"),
    ],
)
def test_bad_options_are_refused_naming_the_field(values, column):
    with pytest.raises(SettingError) as caught:
        recipe.Recipe.checked("gru4rec", "quick", {}, federated=values)
    assert caught.value.column == column


def parsed(*words):
    return request_of(make_parser().parse_args(["train", "data", "--model", "gru4rec", *words])).options.federated


def test_the_command_line_and_the_words_of_the_options_are_inverse():
    options = FederatedOptions(clients_per_round=0.2, server="average", dropouts=0.1, secure=True)
    assert parsed(*options.as_arguments()) == options
    assert parsed("--federated") == FederatedOptions()
    assert parsed() is None
    with pytest.raises(SettingError, match="add --federated") as caught:
        parsed("--dropouts", ".1")
    assert caught.value.column == "dropouts"


def test_the_settings_file_keeps_the_options():
    made = recipe.Recipe.checked("gru4rec", "quick", {}, federated={"dropouts": 0.2, "secure": True})
    assert recipe.from_file(recipe.to_file(made)) == made
    assert made.options.federated == FederatedOptions(dropouts=0.2, secure=True)


def test_a_settings_file_with_options_of_another_kind_is_refused():
    content = b'{"model": "gru4rec", "federated": "yes"}'
    with pytest.raises(SettingError) as caught:
        recipe.from_file(content)
    assert caught.value.column == "federated"


def test_a_run_from_before_there_was_federated_training_is_central():
    assert TrainingOptions.model_validate({"seed": 3}).federated is None
