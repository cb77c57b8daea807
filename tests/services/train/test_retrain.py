"""Training again without a forgotten person gives the bits of a training that never saw them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recsys.data.importing.load import ImportRequest
from recsys.errors import RunError
from recsys.runs.notes import about, save_notes
from recsys.runs.store import WEIGHTS
from recsys.services.data.datasets import import_dataset
from recsys.services.data.forget import forget
from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import list_runs
from recsys.services.train import training
from recsys.services.train.planning import TrainRequest
from recsys.services.train.retrain import request_again, train_again
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.worlds.small_shop import SETTINGS, shop, trained, write_log

USERS = ("u0", "u17", "u29")  # the first, one between and the last in the order of ids
MODELS = ("ease", "gru4rec", "mlp")


def train(workspace: Workspace, dataset_id: str, model: str) -> bytes:
    options = TrainingOptions(seed=5, threads=1)
    record = training.train(
        workspace, TrainRequest(dataset_id, model, settings=SETTINGS.get(model, {}), options=options)
    )
    return (workspace.runs.open(record.run_id).path / WEIGHTS).read_bytes()


def import_log(workspace: Workspace, folder: Path, without: Sequence[str] = ()) -> str:
    """The log of the shop without the rows of some users, as a file that never had them."""
    path = write_log(folder / "log.csv")
    path.write_text("".join(line for line in path.open() if line.split(",")[0] not in without))
    return import_dataset(workspace, ImportRequest(path)).dataset_id


def test_the_weights_have_the_bits_of_a_training_that_never_saw_them(tmp_path: Path) -> None:
    workspace, never = open_workspace(tmp_path / "saw"), open_workspace(tmp_path / "never")
    dataset_id = import_log(workspace, tmp_path)
    weights = {model: train(workspace, dataset_id, model) for model in MODELS}
    for number, user_id in enumerate(USERS, start=1):
        done = forget(workspace, dataset_id, user_id)  # of the runs that were trained again, too
        expected_id = import_log(never, tmp_path, USERS[:number])
        assert done.new_dataset_id == expected_id
        for run_id in done.runs:
            request = request_again(workspace, run_id)
            record = training.train(workspace, request)
            again = (workspace.runs.open(record.run_id).path / WEIGHTS).read_bytes()
            assert again == train(never, expected_id, record.model), (user_id, record.model)
            assert again != weights[record.model], "else the person made no difference"
            weights[record.model] = again
        assert len(done.runs) == len(MODELS)
        dataset_id = done.new_dataset_id


def test_it_is_queued_with_the_settings_seed_and_name_of_the_old_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "start_due_jobs", lambda workspace: None)
    workspace, dataset_id = shop(tmp_path)
    trained(workspace, dataset_id, "gru4rec", "old")
    save_notes(workspace.runs.open("old"), "My model", "A note")
    forget(workspace, dataset_id, "u3")
    new_id = train_again(workspace, "old")
    assert workspace.queue.waiting() == [new_id]
    old, new = (workspace.runs.open(run_id).config for run_id in ("old", new_id))
    assert (new.model, new.preset, new.settings, new.options) == (old.model, old.preset, old.settings, old.options)
    assert new.dataset_id == next(run.successor for run in list_runs(workspace) if run.run_id == "old")
    assert about(workspace.runs.open(new_id)).name == "My model"


def test_a_blend_and_a_run_that_saw_nobody_are_refused(tmp_path: Path) -> None:
    workspace, dataset_id = shop(tmp_path)
    for model in ("ease", "popularity"):
        trained(workspace, dataset_id, model)
    with pytest.raises(RunError, match="saw nobody"):
        train_again(workspace, "ease")
    blend(workspace, ["ease", "popularity"], "both")
    done = forget(workspace, dataset_id, "u3")
    assert sorted(done.runs) == ["both", "ease", "popularity"]
    with pytest.raises(RunError, match="no weights of its own"):
        train_again(workspace, "both")
