"""Imports as jobs: tries with the same files, what is kept, and what a killed process leaves behind."""

from __future__ import annotations

import io
import os
import signal
import time
from pathlib import Path

import pytest

from recsys.data.files import write_json
from recsys.data.importing.import_choices import Choices
from recsys.errors import DataError, NotFoundError
from recsys.runs import jobs
from recsys.services.data import import_job, upload
from recsys.services.data.import_outcome import FirstRow, Outcome
from recsys.services.data.upload import Upload
from recsys.services.workspace import Workspace, open_workspace

CLEAN = "user,item,rating,time\n" + "".join(f"u{u},i{i},{i},{1_700_000_000 + i}\n" for u in range(4) for i in range(3))
CONFLICT = "user,item,rating\nann,tea,4\nann,tea,5\nbea,tea,3\nbea,cup,2\ncid,cup,bad\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path)


def with_files(workspace: Workspace, **contents: str) -> Upload:
    made = upload.begin(workspace)
    for kind, content in contents.items():
        made.add(kind, f"{kind}.csv", io.BytesIO(content.encode()))  # type: ignore[arg-type]
    return made


def tried(made: Upload, choices: Choices | None = None) -> Outcome:
    """The outcome of a try in this process."""
    write_json(made.path / "request.json", (choices or Choices()).model_dump(mode="json"))
    import_job.run(made)
    assert made.outcome is not None
    return made.outcome


def orphaned(made: Upload) -> None:
    """As if the server that received the files had ended."""
    write_json(made.path / jobs.OWNER.process, {"host": jobs.this_host(), "pid": 2**22 - 3, "started": 1.0})


def test_a_job_reads_an_upload_to_its_end(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN)
    import_job.start(made, Choices())
    assert import_job.progress(made).state == "running"
    for _ in range(600):
        if import_job.progress(made).state != "running":
            break
        time.sleep(0.1)
    assert import_job.progress(made).state == "done"
    assert made.outcome is not None and made.outcome.summary is not None
    assert (made.outcome.summary.rows, made.outcome.report.before) == (12, {"rows": 12, "users": 4, "items": 3})


def test_a_checked_dataset_is_no_dataset_until_it_is_kept(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN)
    tried(made)
    assert workspace.datasets.list() == []
    dataset_id = upload.keep(workspace, made, "My shop")
    assert [(one.dataset_id, one.name) for one in workspace.datasets.list()] == [(dataset_id, "My shop")]
    assert [path.name for path in workspace.datasets.root.iterdir()] == [dataset_id]


def test_content_that_is_stored_already_is_kept_once(workspace: Workspace) -> None:
    first, second = (with_files(workspace, interactions=CLEAN) for _ in range(2))
    tried(first)
    tried(second)
    assert upload.keep(workspace, first, "one") == upload.keep(workspace, second, "two")
    assert [one.name for one in workspace.datasets.list()] == ["one"]


def test_the_dataset_of_a_job_is_the_one_of_the_command(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN)
    request = made.request(Choices())
    outcome = tried(made)
    assert outcome.summary is not None
    assert workspace.datasets.add(request).dataset_id == outcome.summary.dataset_id


def test_a_try_with_other_choices_reads_the_same_files(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CONFLICT)
    faults = tried(made).faults
    assert [(fault.key, fault.count) for fault in faults] == [("bad_number", 1), ("conflict", 1)]
    outcome = tried(made, Choices(treatments={"bad_number": "drop", "conflict": "last"}))
    assert outcome.summary is not None and outcome.faults == ()
    assert (outcome.report.before["rows"], outcome.summary.rows, outcome.summary.rating_sum) == (5, 3, 5 + 3 + 2)


def test_first_events_have_titles_and_dates(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN, items="item,title\ni0,Tea\ni1,Cup\ni2,Pot\n")
    (first, *_) = tried(made).rows
    assert first == FirstRow(user="u0", item="Tea", rating=0.0, time="2023-11-14 22:13:20")


def test_a_refused_file_is_an_error_with_its_line_and_column(workspace: Workspace) -> None:
    outcome = tried(with_files(workspace, interactions="user,item,rating\na,x,1\nb,y\n"))
    assert outcome.error is not None and outcome.line == 3 and outcome.summary is None


def test_an_error_replaces_the_outcome_of_the_try_before(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN)
    assert tried(made).summary is not None
    outcome = tried(made, Choices(mapping={"item": "sku"}))
    assert outcome.error is not None and outcome.summary is None
    with pytest.raises(DataError, match="no checked dataset"):
        upload.keep(workspace, made, "old")


def test_a_look_shows_columns_examples_and_an_unused_date(workspace: Workspace) -> None:
    log = CLEAN.replace("user,item,rating,time", "user,item,rating,gekauft_am")
    made = with_files(workspace, interactions=log)
    tried(made)
    seen = made.looks["interactions"]
    assert seen.columns == ("user", "item", "rating", "gekauft_am")
    assert seen.examples("rating") == ["0", "1", "2"]
    assert seen.times == ("gekauft_am",) and seen.unused(seen.roles) == ["gekauft_am"]


def test_the_columns_of_a_large_file_are_seen_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,item\n" + "ann,tea\n" * 600_000 + '"never closed,tea\n')
    assert import_job.look(path, "interactions").roles == {"user": "user", "item": "item"}


def test_a_stopped_try_leaves_only_the_files(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN)
    import_job.start(made, Choices())
    import_job.stop(made)
    assert import_job.progress(made).state == "none" and made.outcome is None
    assert list(made.files) == ["interactions"] and workspace.datasets.list() == []


def test_a_process_that_ends_without_an_outcome_is_a_failure_with_a_reason(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN)
    write_json(made.path / "progress.json", {"began": 1.0, "step": "storing", "share": 0.9})
    (made.path / jobs.LOG).write_text("Traceback\nMemoryError: no room\n")
    now = import_job.progress(made)
    assert now.state == "failed" and now.message == "The import ended with an error: MemoryError: no room"


def killed_at(write: int, made: Upload, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run a try in a process that is killed before this write to disk; gives whether it came so far."""
    process = os.fork()
    if process == 0:
        writes, replace = [0], Path.replace

        def replaced(path: Path, target: Path) -> Path:
            writes[0] += 1
            if writes[0] == write:
                os.kill(os.getpid(), signal.SIGKILL)
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", replaced)
        import_job.run(made)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL


def test_a_killed_try_changes_no_dataset_and_its_files_are_swept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = with_files(workspace, interactions=CLEAN)
    tried(old)
    dataset_id, write = upload.keep(workspace, old, "old"), 1
    while True:
        made = with_files(workspace, interactions=CLEAN.replace("u3", "u9"))
        write_json(made.path / "request.json", Choices().model_dump(mode="json"))
        was_killed = killed_at(write, made, monkeypatch)
        assert [one.name for one in workspace.datasets.list()] == ["old"]
        if not was_killed:
            break
        assert made.outcome is None, "a try that was killed has an outcome"
        orphaned(made)
        upload.sweep(workspace)
        assert [path.name for path in workspace.datasets.root.iterdir()] == [dataset_id], write
        write += 1
    assert write > 12, "the writes are elsewhere now"


def test_a_killed_try_can_be_repeated(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = with_files(workspace, interactions=CLEAN)
    write_json(made.path / "request.json", Choices().model_dump(mode="json"))
    assert killed_at(8, made, monkeypatch)
    assert import_job.progress(made).state == "failed"
    assert tried(made).summary is not None


def test_keeping_moves_the_dataset_in_one_step(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = with_files(workspace, interactions=CLEAN)
    tried(made)
    replace = Path.replace

    def refused(path: Path, target: Path) -> Path:
        if target.parent == workspace.datasets.root:
            raise OSError(5, "Input/output error")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(DataError, match="Input/output error"):
        upload.keep(workspace, made, "new")
    assert workspace.datasets.list() == []


def test_uploads_of_a_running_server_stay_and_those_of_a_dead_one_go(workspace: Workspace) -> None:
    running, dead = (with_files(workspace, interactions=CLEAN) for _ in range(2))
    orphaned(dead)
    upload.begin(workspace)
    assert running.exists and not dead.path.exists()


def test_the_upload_of_a_server_on_another_host_is_left_to_its_age(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN)
    write_json(made.path / jobs.OWNER.process, {"host": "elsewhere", "pid": 1, "started": 1.0})
    upload.sweep(workspace)
    assert made.exists
    os.utime(made.path, (1, 1))
    workspace.datasets.sweep()
    assert not made.path.exists()
    with pytest.raises(NotFoundError, match="Upload them again"):
        made.touch()


def test_a_file_is_replaced_and_removed(workspace: Workspace) -> None:
    made = with_files(workspace, interactions=CLEAN, items="item\ni0\n")
    made.add("items", "../more.csv.gz", io.BytesIO(b"other"))
    assert (made.files["items"].path, made.files["items"].size) == ("items.csv.gz", 5)
    made.add("users", "u.c\0s/v.t x t", io.BytesIO(b"user"))
    assert made.files["users"].path == "users.txt"
    made.remove("items")
    assert list(made.files) == ["interactions", "users"] and not list(made.path.glob("items*"))
