"""Drafts of imports that a later session finds again: what is restored, who may change it, and which ids lead nowhere."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from recsys.data.files import read_json, write_json
from recsys.data.importing.import_choices import FileChoices, Filters
from recsys.errors import NotFoundError
from recsys.runs import jobs
from recsys.services.data import import_draft, import_job, saved_draft, upload
from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.saved_draft import SavedDraft, reopen, save
from recsys.services.workspace import open_workspace
from tests.services.data.import_drafts import add, try_at_once
from tests.services.data.test_import_draft import CLEAN, CONFLICT

START = import_job.start


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportDraft:
    try_at_once(monkeypatch)
    return import_draft.begin(open_workspace(tmp_path))


def reopened(draft: ImportDraft, home: Path) -> ImportDraft:
    """The draft as another session opens it."""
    save(draft)
    later = reopen(open_workspace(home), draft.upload.id)
    assert later is not None
    return later


def decisions(draft: ImportDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in SavedDraft.model_fields}


def test_every_decision_is_stored() -> None:
    assert {field.name for field in fields(ImportDraft)} == {"upload", "fault", *SavedDraft.model_fields}


def test_a_decided_draft_is_restored_and_goes_on(draft: ImportDraft, tmp_path: Path) -> None:
    add(draft, CONFLICT).go_on()
    draft.decide("conflict", "highest")
    draft.decide("bad_number", "drop")
    draft.name = "Tea shop"
    later = reopened(draft, tmp_path)
    assert decisions(later) == decisions(draft)
    assert (later.step, later.name, list(later.upload.files)) == ("problems", "Tea shop", ["interactions"])
    later.go_on()
    assert later.step == "preview" and later.keep(open_workspace(tmp_path))


def test_filters_columns_and_readings_are_restored(draft: ImportDraft, tmp_path: Path) -> None:
    add(draft, CLEAN)
    draft.read_as("interactions", FileChoices(encoding="UTF-8"))
    draft.map("interactions", "rating", "")
    draft.check()
    draft.follow()
    draft.keep_only(Filters(since=date(2020, 1, 1), user_core=2))
    draft.follow()
    later = reopened(draft, tmp_path)
    assert decisions(later) == decisions(draft) and later.whole is not None
    assert later.outcome is not None, "what was checked need not be checked again"


def test_the_earlier_session_changes_nothing_any_more(
    draft: ImportDraft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = reopened(add(draft, CONFLICT), tmp_path)
    later.decide("conflict", "last")
    save(later)
    before = {path.name: path.read_bytes() for path in later.upload.path.iterdir() if path.is_file()}
    monkeypatch.setattr(import_job, "start", START)
    monkeypatch.setattr(jobs, "start", lambda *_: pytest.fail("a try was begun"))
    draft.decide("conflict", "highest")
    draft.go_to("preview")  # which would try it
    draft.remove("interactions")
    draft.add("users", "users.csv", tmp_path / "nothing.csv")
    save(draft)
    draft.upload.give_up()
    with pytest.raises(NotFoundError, match="open in another tab"):
        draft.follow()
    with pytest.raises(NotFoundError, match="open in another tab"):
        draft.keep(open_workspace(tmp_path))
    assert before == {path.name: path.read_bytes() for path in later.upload.path.iterdir() if path.is_file()}
    later.follow()


def test_only_a_new_decision_is_written(draft: ImportDraft, monkeypatch: pytest.MonkeyPatch) -> None:
    save(add(draft, CLEAN))
    monkeypatch.setattr(saved_draft, "write_json", lambda *_: pytest.fail("the same is written again"))
    save(draft)


def test_only_ids_of_uploads_lead_to_one(draft: ImportDraft, tmp_path: Path) -> None:
    save(add(draft, CLEAN))
    workspace, name = open_workspace(tmp_path), draft.upload.id
    for wrong in ("", name[:-1], f"../{name}", f"./{name}", f"{name}/ready", f"{name}\n", "0" * 32, name.upper() + "x"):
        assert reopen(workspace, wrong) is None
    assert draft.upload.is_held


def test_uploads_of_another_server_are_left_alone(draft: ImportDraft, tmp_path: Path) -> None:
    save(add(draft, CLEAN))
    owner = draft.upload.path / "owner.json"
    write_json(owner, {**read_json(owner), "pid": 1})
    assert reopen(open_workspace(tmp_path), draft.upload.id) is None and draft.upload.is_held


def test_an_upload_of_a_dead_server_is_swept_though_it_was_taken_over(draft: ImportDraft, tmp_path: Path) -> None:
    later = reopened(add(draft, CLEAN), tmp_path)
    (later.upload.path / "owner.json").unlink()
    upload.sweep(open_workspace(tmp_path))
    assert not later.upload.path.exists()


def test_a_try_that_runs_is_followed_by_the_next_session(draft: ImportDraft, tmp_path: Path) -> None:
    add(draft, CLEAN).go_on()
    later = reopened(draft, tmp_path)
    later.follow()
    assert import_job.progress(later.upload).state == "done" and later.step == "preview"
