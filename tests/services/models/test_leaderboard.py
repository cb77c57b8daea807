"""The list of runs: how they are called, and that nothing goes while it is in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recsys.data.files import read_json, write_json
from recsys.errors import NotFoundError, RunError
from recsys.runs import jobs
from recsys.runs.store import RunFolder
from recsys.services.data.datasets import delete_dataset
from recsys.services.models import leaderboard
from recsys.services.models.leaderboard import delete_run, files_of, list_runs, rename_run
from recsys.services.workspace import Workspace, open_workspace
from tests.worlds.shops import import_shop, train_small


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = open_workspace(tmp_path / "home")
    dataset_id = import_shop(found, tmp_path)
    train_small(found, dataset_id, "ease", "r1")
    train_small(found, dataset_id, "popularity", "r2")
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_is_called_after_its_model_until_it_has_a_name(workspace: Workspace) -> None:
    rename_run(workspace, "r1", "Summer", "why: a test")
    newest, oldest = list_runs(workspace)
    assert (newest.run_id, newest.label, newest.note) == ("r2", "Popularity", "")
    assert (oldest.run_id, oldest.label, oldest.note) == ("r1", "Summer (EASE)", "why: a test")


def test_two_runs_of_one_model_are_told_apart_by_what_they_read(workspace: Workspace) -> None:
    one = list_runs(workspace)[1]
    settings = {"content": "title, text", "user_features": "age"}
    assert replace(one, settings=settings).label == "EASE with content and user features"
    assert replace(one, settings=settings | {"content": ""}).label == "EASE with user features"
    assert replace(one, settings=settings, name="Summer").label == "Summer (EASE)"


def test_a_run_from_before_titles_were_kept_is_called_by_its_model(workspace: Workspace) -> None:
    path = workspace.runs.open("r1").path / "config.json"
    told = read_json(path)
    assert told.pop("title") == "EASE"
    write_json(path, told)
    assert list_runs(workspace)[1].label == "ease"


@pytest.mark.parametrize("reading", ["about", "state_of"])
def test_a_run_that_is_deleted_while_the_list_is_read_is_left_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, reading: str
) -> None:
    read = getattr(leaderboard, reading)

    def delete_first(folder: RunFolder, *rest: object) -> object:
        if folder.run_id == "r1":
            workspace.runs.delete("r1")
        return read(folder, *rest)

    monkeypatch.setattr(leaderboard, reading, delete_first)
    assert [run.run_id for run in list_runs(workspace)] == ["r2"]


def test_a_run_whose_files_go_right_after_the_listing_is_left_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = workspace.runs.list()
    (workspace.runs.open("r1").path / "config.json").write_text('{"run_id": "r')
    monkeypatch.setattr(type(workspace.runs), "list", lambda store: folders)
    assert [run.run_id for run in list_runs(workspace)] == ["r2"]
    assert leaderboard.why_not_deleted(workspace, "r2") == ""


def test_a_name_changes_no_other_file_of_the_run(workspace: Workspace) -> None:
    folder = workspace.runs.open("r1").path
    before = bytes_of(folder)
    rename_run(workspace, "r1", "Summer", "")
    assert {name: content for name, content in bytes_of(folder).items() if name != "about.json"} == before


def test_deleting_a_run_takes_its_files_and_leaves_data_and_other_runs(workspace: Workspace) -> None:
    folder = workspace.runs.open("r1").path
    assert files_of(workspace, "r1") == (len(bytes_of(folder)), sum(map(len, bytes_of(folder).values())))
    delete_run(workspace, "r1")
    assert [path.name for path in workspace.runs.root.iterdir()] == ["r2"]
    assert len(workspace.datasets.list()) == 1


def test_a_run_that_trains_is_not_deleted_and_neither_are_its_data(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "is_running", lambda folder, *kind: folder.run_id == "r1")
    with pytest.raises(RunError, match=r"r1 is training\. Stop it first"):
        delete_run(workspace, "r1")
    with pytest.raises(RunError, match=r"r1 is training\. Stop it first"):
        delete_dataset(workspace, workspace.datasets.list()[0].dataset_id)
    assert len(list_runs(workspace)) == 2
    assert len(workspace.datasets.list()) == 1


def test_a_run_that_waits_leaves_the_queue_when_it_is_deleted(workspace: Workspace) -> None:
    workspace.queue.submit("r1")
    workspace.queue.submit("r2")
    delete_run(workspace, "r1")
    assert workspace.queue.waiting() == ["r2"]
    delete_dataset(workspace, workspace.datasets.list()[0].dataset_id)
    assert workspace.queue.waiting() == []


def test_deleting_a_data_set_takes_its_runs_along(workspace: Workspace) -> None:
    assert sorted(delete_dataset(workspace, workspace.datasets.list()[0].dataset_id)) == ["r1", "r2"]
    assert list_runs(workspace) == []
    assert list(workspace.runs.root.iterdir()) == []


def test_a_deletion_that_is_killed_half_way_leaves_no_run_in_the_list(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        delete_run(workspace, "r1")
    assert [run.run_id for run in list_runs(workspace)] == ["r2"]
    with pytest.raises(NotFoundError):
        workspace.runs.open("r1")
    delete_run(workspace, "r2")
    assert list(workspace.runs.root.iterdir()) == []


def test_a_run_whose_lists_are_computed_is_not_deleted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "is_running", lambda folder, kind=jobs.TRAINING: kind == jobs.LISTS)
    with pytest.raises(RunError, match=r"The lists of run r1 are being computed\. Stop it first"):
        delete_run(workspace, "r1")
