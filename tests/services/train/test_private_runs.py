"""Runs with differential privacy: what is spent, what survives a kill, and what never leaves the workspace."""

import stat
import zipfile

import pytest
from pydantic import ValidationError

from recsys.__main__ import make_parser
from recsys.commands.parsing import request_of
from recsys.data.files import read_json, write_json
from recsys.data.importing.load import ImportRequest
from recsys.errors import RunError, SettingError
from recsys.runs.secret import SECRET
from recsys.services.data.datasets import import_dataset
from recsys.services.models.transfer import export_run, import_run
from recsys.services.train import training
from recsys.services.train.job_list import progress
from recsys.services.train.planning import TrainRequest, check, config_of
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions
from recsys.training.privacy_config import PrivacyOptions
from recsys.training.trainer import EpochDone

SMALL = {"epochs": 3, "embedding_dim": 8, "hidden_dim": 8, "max_length": 8}
PRIVACY = PrivacyOptions(noise=1.0, rate=0.5, clip=0.5)


class Died(Exception):
    """Stands for a process that is killed."""


@pytest.fixture
def workspace(tmp_path):
    rows = [f"u{u},i{(u + step) % 9},{u % 5 + 1}" for u in range(30) for step in range(6)]
    (tmp_path / "log.csv").write_text("\n".join(["user_id,item_id,rating", *rows]))
    workspace = open_workspace(tmp_path / "home")
    import_dataset(workspace, ImportRequest(tmp_path / "log.csv"))
    return workspace


def request(workspace, run_id="r", privacy=PRIVACY, model="gru4rec", settings=None, **options):
    (dataset,) = workspace.datasets.list()
    settings = SMALL | (settings or {}) if model == "gru4rec" else settings or {}
    return TrainRequest(
        dataset.dataset_id, model, settings=settings, options=TrainingOptions(privacy=privacy, **options), run_id=run_id
    )


def die_at(epoch):
    def on_event(event):
        if isinstance(event, EpochDone) and event.epoch == epoch:
            raise Died

    return on_event


def with_key_of(workspace, run_id, other):
    """Begin run `other` with the key of `run_id`."""
    folder = workspace.runs.create(config_of(request(workspace, other)))
    secret = read_json(workspace.runs.open(run_id).path / SECRET)
    (folder.path / SECRET).parent.mkdir()
    write_json(folder.path / SECRET, secret)


def test_a_killed_and_resumed_run_equals_an_undisturbed_one_and_its_key_is_gone(workspace):
    with pytest.raises(Died):
        training.train(workspace, request(workspace), on_event=die_at(2))
    key_file = workspace.runs.open("r").path / SECRET
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    with_key_of(workspace, "r", "whole")
    resumed = training.train(workspace, request(workspace))
    whole = training.train(workspace, request(workspace, "whole"))
    assert resumed.weights_sha256 == whole.weights_sha256
    assert resumed.privacy == whole.privacy
    assert resumed.privacy.steps == 3 * 2
    assert not key_file.exists()


def test_two_runs_of_one_seed_differ(workspace):
    one, other = (training.train(workspace, request(workspace, run_id)) for run_id in ("one", "other"))
    assert one.weights_sha256 != other.weights_sha256
    assert one.privacy == other.privacy


def test_a_run_whose_key_is_lost_is_not_resumed(workspace):
    with pytest.raises(Died):
        training.train(workspace, request(workspace), on_event=die_at(2))
    (workspace.runs.open("r").path / SECRET).unlink()
    with pytest.raises(RunError, match="secret key of run r is lost"):
        training.train(workspace, request(workspace))


def test_a_stopped_run_says_what_it_spent_and_keeps_its_last_epoch(workspace):
    seen = []
    stopped = training.train(
        workspace, request(workspace), on_event=seen.append,
        should_stop=lambda: any(isinstance(event, EpochDone) for event in seen),
    )  # fmt: skip
    assert (stopped.state, stopped.best_epoch, stopped.privacy.steps) == ("stopped", 1, 2)
    finished = training.train(workspace, request(workspace))
    assert stopped.privacy.epsilon < finished.privacy.epsilon


def test_each_epoch_tells_epsilon_so_far(workspace):
    record = training.train(workspace, request(workspace))
    spent = [line["epsilon"] for line in progress(workspace, "r").epochs_done]
    assert spent == sorted(spent)
    assert spent[-1] == record.privacy.epsilon
    assert record.privacy.delta == 1e-3


def test_an_exported_private_run_has_no_key_and_comes_back_with_its_budget(workspace, tmp_path):
    record = training.train(
        workspace, request(workspace), should_stop=lambda: progress(workspace, "r").epochs_done != ()
    )
    key = read_json(workspace.runs.open("r").path / SECRET)["key"]
    export_run(workspace, "r", tmp_path / "r.zip")
    with zipfile.ZipFile(tmp_path / "r.zip") as archive:
        contents = [archive.read(name) for name in archive.namelist()]
        assert not any("secret" in name for name in archive.namelist())
    assert not any(key.encode() in content or bytes.fromhex(key) in content for content in contents)
    other = open_workspace(tmp_path / "other")
    import_run(other, tmp_path / "r.zip")
    assert other.runs.open("r").record.privacy == record.privacy


def test_an_import_that_claims_another_budget_is_refused(workspace, tmp_path):
    training.train(workspace, request(workspace))
    path = workspace.runs.open("r").path / "run.json"
    record = read_json(path)
    record["privacy"] |= {"epsilon": 0.1}
    write_json(path, record)
    export_run(workspace, "r", tmp_path / "r.zip")
    with pytest.raises(RunError, match="privacy budget"):
        import_run(open_workspace(tmp_path / "other"), tmp_path / "r.zip")


def test_a_run_from_before_privacy_loads(workspace):
    training.train(workspace, request(workspace, privacy=None))
    folder = workspace.runs.open("r")
    config, record = read_json(folder.path / "config.json"), read_json(folder.path / "run.json")
    del config["options"]["privacy"], record["privacy"]
    write_json(folder.path / "config.json", config)
    write_json(folder.path / "run.json", record)
    assert folder.config.options.privacy is None
    assert folder.record.privacy is None
    assert folder.config.same_work(config_of(request(workspace, privacy=None)))


def test_a_private_run_says_so_where_it_is_named(workspace):
    assert config_of(request(workspace, privacy=PrivacyOptions(epsilon=3))).shown_title == "GRU4Rec, ε ≤ 3"
    assert config_of(request(workspace)).shown_title == "GRU4Rec, private (noise 1)"
    assert not config_of(request(workspace)).same_work(config_of(request(workspace, privacy=None)))


@pytest.mark.parametrize(
    ("wish", "column"),
    [
        ({"model": "narm"}, "model"),
        ({"model": "ease"}, "model"),
        ({"settings": {"content": "title"}}, "content"),
        ({"settings": {"ratings": "on"}}, "ratings"),
        ({"settings": {"user_features": "occupation"}}, "user_features"),
        ({"split_by": "time"}, "split_by"),
        ({"cold_share": 0.1}, "cold_share"),
        ({"privacy": PrivacyOptions(epsilon=1, delta=0.5)}, "delta"),
    ],
)
def test_what_reads_data_without_noise_is_refused(workspace, wish, column):
    with pytest.raises(SettingError) as error:
        check(workspace, config_of(request(workspace, **wish)))
    assert error.value.column == column


def test_a_private_training_needs_epsilon_or_noise():
    with pytest.raises(ValidationError, match="needs epsilon or noise"):
        PrivacyOptions(clip=1)


def test_the_command_takes_a_budget_and_names_the_option_that_is_wrong():
    def privacy(*words):
        return request_of(make_parser().parse_args(["train", "data", "--model", "sasrec", *words])).options.privacy

    assert privacy() is None
    assert privacy("--epsilon", "3", "--user-rate", "0.3") == PrivacyOptions(epsilon=3, rate=0.3)
    for words, column in (
        (["--clip", "1"], "privacy"),
        (["--epsilon", "0"], "epsilon"),
        (["--noise", "1", "--user-rate", "2"], "rate"),
    ):
        with pytest.raises(SettingError) as error:
            privacy(*words)
        assert error.value.column == column
