"""Forgetting a person: what is deleted, what is kept, and that a killed process leaves nothing half forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from recsys.data.files import read_json
from recsys.data.importing.import_choices import Choices, Protection
from recsys.data.importing.load import ImportRequest
from recsys.errors import DataError, NotFoundError, RunError
from recsys.runs import jobs
from recsys.runs.forgotten import forgotten_mark
from recsys.runs.queue import Queue
from recsys.services.data.datasets import delete_dataset
from recsys.services.data.forget import complete, forget, preview
from recsys.services.models.blends import why_not_blended
from recsys.services.models.comparison import differences
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.transfer import export_run
from recsys.services.train.planning import TrainRequest
from recsys.services.train.sweep import SweepRequest, train_sweep
from recsys.services.train.sweep_runs import resume, sweep_progress
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import check_parts, open_run
from recsys.services.workspace.saved_slices import named_slices, picked_sets, save_picked, save_slice
from recsys.services.workspace.slices import USER_IDS, Slice
from recsys.training.config import TrainingOptions
from tests.worlds.small_shop import shop, trained, write_log


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with two runs and saved slices; tests work on copies."""
    workspace, dataset_id = shop(tmp_path_factory.mktemp("forget"))
    for model in ("gru4rec", "ease"):
        trained(workspace, dataset_id, model)
    for name, ids in (("some", ["u1", "u2"]), ("only them", ["u1"])):
        save_slice(workspace, dataset_id, name, Slice.of({USER_IDS: [save_picked(workspace, dataset_id, ids)]}))
    save_picked(workspace, dataset_id, ["u1", "u9"])  # that a link names
    save_picked(workspace, dataset_id, ["u8", "u9"])
    return workspace.path


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(prepared, tmp_path / "home")
    return Workspace(tmp_path / "home")


def the_dataset(workspace: Workspace) -> str:
    (summary,) = workspace.datasets.list()
    return summary.dataset_id


def files_with(workspace: Workspace, text: str) -> list[str]:
    """Files of the workspace that hold a text, but those of the queue and of locks."""
    return [str(path) for path in workspace.path.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_the_answer_counts_what_is_deleted(workspace: Workspace) -> None:
    dataset_id = the_dataset(workspace)
    planned = preview(workspace, dataset_id, "u1")
    assert (planned.events, planned.items, planned.impressions, planned.has_features) == (6, 0, 0, False)
    assert (sorted(planned.runs), planned.new_dataset_id) == (["ease", "gru4rec"], "")
    assert planned.files >= 4 and planned.bytes > 1000
    done = forget(workspace, dataset_id, "u1")
    assert done == replace(planned, new_dataset_id=the_dataset(workspace))
    assert done.new_dataset_id != dataset_id


def test_the_person_is_nowhere_in_the_workspace(workspace: Workspace) -> None:
    dataset_id = the_dataset(workspace)
    (workspace.runs.root / ".deleted.old.1").mkdir()  # of a killed deletion
    done = forget(workspace, dataset_id, "u1")
    assert not (workspace.path / "datasets" / dataset_id).exists()
    assert not (workspace.runs.root / ".deleted.old.1").exists()
    assert "u1" not in workspace.datasets.load(done.new_dataset_id).interactions.user_ids
    assert files_with(workspace, '"u1"') == []
    assert "u2" in workspace.datasets.load(done.new_dataset_id).interactions.user_ids


def test_slices_stay_without_the_person(workspace: Workspace) -> None:
    new_id = forget(workspace, the_dataset(workspace), "u1").new_dataset_id
    saved = named_slices(workspace, new_id)
    assert list(saved) == ["some"]
    assert [*picked_sets(workspace, new_id, saved["some"]).values()] == [("u2",)]
    folder = workspace.datasets.folder(new_id) / "picked"
    assert sorted(tuple(read_json(path)) for path in folder.iterdir()) == [("u2",), ("u8", "u9")]


def test_runs_are_kept_as_records_only(workspace: Workspace, tmp_path: Path) -> None:
    before = {run.run_id: run for run in list_runs(workspace)}
    new_id = forget(workspace, the_dataset(workspace), "u1").new_dataset_id
    for run in list_runs(workspace):
        assert (run.saw_forgotten, run.successor, run.is_whole) == (True, new_id, False)
        assert run.metrics == before[run.run_id].metrics and run.settings == before[run.run_id].settings
        assert run.label == f"{before[run.run_id].label}, record only"
        assert run.dataset_name == "Shop"
        folder = workspace.runs.open(run.run_id)
        files = {"config.json", "run.json", "metrics.json", "progress.jsonl", "forgotten.json"}
        assert {path.name for path in folder.path.iterdir()} == files
        for use in (open_run, check_parts):
            with pytest.raises(RunError, match="before a person was forgotten"):
                use(workspace, run.run_id)
        with pytest.raises(RunError, match="before a person was forgotten"):
            export_run(workspace, run.run_id, tmp_path / "run.zip")
        with pytest.raises(RunError, match="cannot be continued"):
            folder.reopen()
    with pytest.raises(NotFoundError, match="no finished run"):
        workspace.runs.open("latest")


def test_a_second_person_moves_the_marks_on(workspace: Workspace) -> None:
    first = forget(workspace, the_dataset(workspace), "u1")
    trained(workspace, first.new_dataset_id, "ease", "again")
    second = forget(workspace, first.new_dataset_id, "u2")
    assert second.runs == ("again",)
    assert {run.successor for run in list_runs(workspace)} == {second.new_dataset_id}
    assert sorted(delete_dataset(workspace, second.new_dataset_id)) == ["again", "ease", "gru4rec"]


def test_another_dataset_with_the_same_id_is_named_and_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    dataset_id = the_dataset(workspace)
    _, other = shop(tmp_path, ("Another title",))
    done = forget(workspace, dataset_id, "u1")
    assert done.also_in == (other,)
    assert "u1" in workspace.datasets.load(other).interactions.user_ids


def test_unknown_people_and_too_small_datasets_are_refused(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="no user 'u99'"):
        forget(workspace, the_dataset(workspace), "u99")
    with pytest.raises(NotFoundError, match="no dataset"):
        forget(workspace, "none", "u1")
    assert workspace.datasets.forgetting() == []


@pytest.mark.parametrize("kind", [jobs.TRAINING, jobs.TRUST, jobs.REPORT])
def test_a_running_job_is_refused_and_nothing_changes(
    kind: jobs.JobKind, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_running(folder: object, asked: jobs.JobKind = jobs.TRAINING) -> bool:
        return asked == kind

    monkeypatch.setattr(jobs, "is_running", is_running)
    with pytest.raises(RunError, match="Wait for it or stop it"):
        forget(workspace, the_dataset(workspace), "u1")
    assert open_run(workspace, "ease")


def test_a_job_that_begins_meanwhile_is_refused_too(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_running(folder: object, kind: object = None) -> bool:
        return bool(workspace.datasets.forgetting())

    monkeypatch.setattr(jobs, "is_running", is_running)
    with pytest.raises(RunError, match="Wait for it or stop it"):
        forget(workspace, the_dataset(workspace), "u1")
    assert (workspace.datasets.forgetting(), len(workspace.datasets.list())) == ([], 1)


def test_a_waiting_run_is_refused(workspace: Workspace) -> None:
    workspace.queue.submit("ease")
    with pytest.raises(RunError, match="Take it off the queue"):
        forget(workspace, the_dataset(workspace), "u1")


def kill_at(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[Callable[[], int]]:
    """Raise Killed instead of change `number` to the disk: a rename, a deleted file or a deleted folder."""
    count = 0

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count == number:
                raise Killed
            return change(*arguments, **options)

        return run

    with monkeypatch.context() as patch:
        for name in ("replace", "unlink"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
        yield lambda: count


def state(workspace: Workspace) -> dict[str, bytes]:
    """Files of the workspace by name, without the times of marks, and without what the next import or write clears."""
    files = {str(path.relative_to(workspace.path)): path for path in workspace.path.rglob("*") if path.is_file()}
    others = ("forgotten.json", ".forget.lock", ".forgetting.json.tmp")
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if path.name not in others and not name.startswith("datasets/.import.")
    }


def test_killed_at_any_change_it_is_completed_or_has_not_begun(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)  # half of the time, and no machine goes down here
    number, whole = 0, Workspace(prepared)
    shutil.copytree(prepared, tmp_path / "done")
    done = Workspace(tmp_path / "done")
    dataset_id = the_dataset(done)
    new_id = forget(done, dataset_id, "u1").new_dataset_id
    while True:
        number += 1
        home = tmp_path / str(number)
        shutil.copytree(prepared, home)
        workspace = Workspace(home)
        killing = kill_at(monkeypatch, number)
        changes = next(killing)
        with suppress(Killed):
            forget(workspace, dataset_id, "u1")
        killing.close()
        if changes() < number:
            break
        has_begun = workspace.datasets.is_forgetting(dataset_id)
        if has_begun:
            assert [one.dataset_id for one in workspace.datasets.list()] in ([], [new_id])
            with pytest.raises((DataError, NotFoundError)):
                workspace.datasets.load(dataset_id)
            complete(workspace)
        is_done = not (home / "datasets" / dataset_id).exists()
        assert state(workspace) == state(done if has_begun or is_done else whole), number
    assert number > 20
    assert forgotten_mark(workspace.runs.open("ease")) is not None


def test_what_cannot_be_completed_is_left_for_later(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_id = the_dataset(workspace)
    (workspace.datasets.folder(dataset_id) / "forgetting.json").write_text('{"user_id": "u1"}')
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "is_running", lambda folder, kind=None: True)
        assert complete(workspace) == []
    with monkeypatch.context() as patch:
        patch.setattr("recsys.data.store.write_json", full_disk)
        assert complete(workspace) == []
    with pytest.raises(DataError, match="being forgotten"):
        workspace.datasets.load(dataset_id)
    assert complete(workspace) == [the_dataset(workspace)]


def full_disk(*arguments: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_sweep_keeps_its_winner_and_cannot_be_continued(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Queue, "advance", lambda queue, launch: None)
    options = TrainingOptions(threads=1)
    request = SweepRequest(TrainRequest(the_dataset(workspace), "ease", options=options), 2, sweep_id="search")
    before = train_sweep(workspace, request)
    forget(workspace, the_dataset(workspace), "u1")
    after = sweep_progress(workspace, "search")
    assert before.best is not None and after.best is not None
    assert (after.best.run_id, after.best.ndcg) == (before.best.run_id, before.best.ndcg)
    with pytest.raises(NotFoundError, match="no dataset"):
        resume(workspace, "search")


def test_comparisons_and_blends_of_records_say_why_not(workspace: Workspace) -> None:
    forget(workspace, the_dataset(workspace), "u1")
    runs = list_runs(workspace)
    assert differences(workspace, runs) == {}
    assert "only a record" in why_not_blended(runs)


def test_a_person_with_a_pseudonym_is_forgotten_by_the_original_id(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    choices = Choices(protection=Protection(pseudonyms=("users",)))
    request = ImportRequest(write_log(tmp_path / "log.csv"), choices=choices)
    dataset = workspace.datasets.add(request)
    assert preview(workspace, dataset.dataset_id, "u7").events == 6
    new_id = forget(workspace, dataset.dataset_id, "u7").new_dataset_id
    assert workspace.datasets.load(new_id).interactions.num_users == 29
    with pytest.raises(NotFoundError, match="no user 'u7'"):
        preview(workspace, new_id, "u7")
    assert files_with(workspace, '"u7"') == []
