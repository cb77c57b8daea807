"""Deleting a dataset deletes everything that was made from it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from recsys.data.keys import read_key
from recsys.runs.queue import Queue
from recsys.services.data.datasets import delete_dataset
from recsys.services.data.forget import forget
from recsys.services.explore import global_job
from recsys.services.models import attack_job, list_job, trust_job
from recsys.services.models.fit_blend import blend
from recsys.services.models.transfer import export_run
from recsys.services.train.planning import TrainRequest
from recsys.services.train.sweep import SweepRequest, train_sweep
from recsys.services.train.training import start
from recsys.services.workspace import Workspace
from recsys.services.workspace.saved_slices import save_picked, save_slice
from recsys.services.workspace.slices import USER_IDS, Slice
from recsys.training.config import TrainingOptions
from tests.worlds.small_shop import SHORT, import_small_shop, shop, trained


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with everything that can be made from it."""
    workspace, dataset_id = shop(tmp_path_factory.mktemp("delete"))
    for model in ("gru4rec", "ease"):
        trained(workspace, dataset_id, model)
    blend(workspace, ["gru4rec", "ease"], "both")
    options = TrainingOptions(threads=1)
    request = TrainRequest(dataset_id, "gru4rec", "quick", {**SHORT, "epochs": 1}, options)
    train_sweep(workspace, SweepRequest(request, 2, sweep_id="search"), lambda text: None)
    for measure in (trust_job.measure_run, global_job.compute_run):
        measure(workspace, "gru4rec", 5, lambda: False, lambda *share: None)
    list_job.compute_run(workspace, "gru4rec", lambda: False, lambda *share: None)
    attack_job.attack_run(workspace, "gru4rec", 10, 0, lambda: False, lambda *share: None)
    save_slice(workspace, dataset_id, "some", Slice.of({USER_IDS: [save_picked(workspace, dataset_id, ["u1", "u2"])]}))
    return workspace.path


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(Queue, "advance", lambda queue, launch: None)
    shutil.copytree(prepared, tmp_path / "home")
    return Workspace(tmp_path / "home")


def left(workspace: Workspace, *texts: str) -> list[str]:
    """Files of the workspace with one of these texts in their path or their content."""
    return [
        str(path.relative_to(workspace.path))
        for path in workspace.path.rglob("*")
        if any(text in str(path) or (path.is_file() and text.encode() in path.read_bytes()) for text in texts)
    ]


def the_dataset(workspace: Workspace) -> str:
    (summary,) = workspace.datasets.list()
    return summary.dataset_id


def test_nothing_that_was_made_from_it_is_left(workspace: Workspace) -> None:
    dataset_id = the_dataset(workspace)
    start(workspace, TrainRequest(dataset_id, "ease", run_id="waits"))
    workspace.datasets.keys.write(dataset_id, bytes(32))
    files = left(workspace, dataset_id, "gru4rec", '"u1"')
    for name in (
        "users.parquet",
        "slices.json",
        ".key",
        "search.json",
        "attack.json",
        "trust.json",
        "waits/config.json",
    ):
        assert any(file.endswith(name) for file in files), name
    runs = delete_dataset(workspace, dataset_id)
    assert {"gru4rec", "ease", "both", "search-01", "search-02", "waits"} <= {*runs}
    assert left(workspace, dataset_id, *runs, '"u1"', "Shop") == []
    assert workspace.queue.waiting() == []
    assert [
        path for path in workspace.path.glob("*/*") if path.parent.name in ("datasets", "keys", "runs", "sweeps")
    ] == []


def test_records_that_this_version_cannot_read_go_too(workspace: Workspace) -> None:
    dataset_id = the_dataset(workspace)
    for path in (workspace.runs.root / "ease" / "config.json", workspace.sweeps.root / "search.json"):
        path.write_text(path.read_text()[:-20])
    killed = workspace.runs.root / ".deleted.old.1"
    killed.mkdir()
    (killed / "run.json").write_text(dataset_id)
    assert "ease" not in delete_dataset(workspace, dataset_id)
    assert left(workspace, dataset_id, "ease") == [] and not killed.exists()


def test_runs_on_another_dataset_stay(workspace: Workspace) -> None:
    other = import_small_shop(workspace, ages=True)
    trained(workspace, other, "popularity")
    delete_dataset(workspace, next(one.dataset_id for one in workspace.datasets.list() if one.dataset_id != other))
    assert [folder.run_id for folder in workspace.runs.list()] == ["popularity"]
    assert the_dataset(workspace) == other


def test_records_after_a_person_was_forgotten_go_too(workspace: Workspace) -> None:
    new_id = forget(workspace, the_dataset(workspace), "u1").new_dataset_id
    delete_dataset(workspace, new_id)
    assert workspace.runs.list() == [] and left(workspace, new_id) == []


def test_a_deletion_that_was_killed_can_be_repeated(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_id = the_dataset(workspace)
    with monkeypatch.context() as patch:
        patch.setattr("recsys.services.data.datasets.remove_run", _killed)
        with pytest.raises(KeyboardInterrupt):
            delete_dataset(workspace, dataset_id)
    delete_dataset(workspace, the_dataset(workspace))
    assert left(workspace, dataset_id) == []


def _killed(workspace: Workspace, run_id: str) -> None:
    raise KeyboardInterrupt


def test_the_key_is_never_exported(workspace: Workspace, tmp_path: Path) -> None:
    workspace.datasets.keys.write(the_dataset(workspace), bytes(range(32)))
    export_run(workspace, "ease", tmp_path / "run.zip", data=True, pictures=True)
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert any(name.endswith("users.parquet") for name in archive.namelist())
        assert not any(b"000102030405" in archive.read(name) or "key" in name for name in archive.namelist())


def test_the_key_follows_the_dataset_when_a_person_is_forgotten(workspace: Workspace) -> None:
    dataset_id = the_dataset(workspace)
    workspace.datasets.keys.write(dataset_id, bytes(range(32)))
    new_id = forget(workspace, dataset_id, "u1").new_dataset_id
    assert read_key(workspace.datasets.keys.path(new_id)) == bytes(range(32))
    assert not workspace.datasets.keys.has(dataset_id)
