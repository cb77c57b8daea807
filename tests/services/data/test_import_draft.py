"""An import while it is decided: which step has something to ask, and what choices do to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.data.importing.faults import DROP_ROWS, Fault, Treatment
from recsys.data.importing.import_choices import FileChoices, Protection
from recsys.data.importing.repeats import CONFLICTS
from recsys.errors import NotFoundError
from recsys.messages import message
from recsys.services.data import fault_effects, import_draft, import_job
from recsys.services.data.import_draft import ImportDraft
from recsys.services.workspace import Workspace, open_workspace
from tests.services.data.import_drafts import add, try_at_once

CLEAN = "user,item,rating,time\n" + "".join(f"u{u},i{i},{i},{1_700_000_000 + i}\n" for u in range(4) for i in range(3))
CONFLICT = "user,item,rating\nann,tea,4\nann,tea,5\nbea,tea,3\nbea,cup,2\ncid,cup,bad\n"
ITEMS = "item,title,colour\ni0,Tea,red\n"


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportDraft:
    try_at_once(monkeypatch)
    return import_draft.begin(open_workspace(tmp_path))


def test_a_clean_file_has_nothing_to_ask(draft: ImportDraft) -> None:
    add(draft, CLEAN)
    assert [draft.num_questions(step) for step in import_draft.STEPS] == [0, 0, 0, 0]
    assert (draft.step, draft.next_step(), draft.name) == ("files", "preview", "interactions")
    assert draft.outcome is not None and draft.outcome.summary is not None


def test_pseudonyms_are_kept_with_their_key_and_no_original_id(draft: ImportDraft, tmp_path: Path) -> None:
    add(draft, CLEAN.replace("u0,", "anna-lee,")).protect(Protection(pseudonyms=("users",)))
    workspace = open_workspace(tmp_path)
    dataset_id = draft.keep(workspace)
    assert workspace.datasets.keys.has(dataset_id)
    assert all(len(user) == 16 for user in workspace.datasets.load(dataset_id).interactions.user_ids[1:])
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"anna-lee" in path.read_bytes()]


def test_problems_are_the_next_step_until_all_are_decided(draft: ImportDraft) -> None:
    add(draft, CONFLICT).go_on()
    assert (draft.step, draft.num_questions("problems")) == ("problems", 2)
    draft.decide("conflict", "highest")
    draft.go_on()
    assert (draft.step, [fault.key for fault in draft.open]) == ("problems", ["bad_number"])
    draft.decide("bad_number", "drop")
    draft.go_on()
    assert draft.step == "preview" and draft.outcome is not None and draft.outcome.summary is not None
    assert set(draft.faults) == {"conflict", "bad_number"}, "decided problems can be decided again"


def test_only_small_problems_have_proposals(draft: ImportDraft) -> None:
    add(draft, CONFLICT)  # one of five rows
    draft.accept_proposals()
    assert draft.treatments == {}


def test_a_missing_column_is_asked_for(draft: ImportDraft) -> None:
    rows = CLEAN.splitlines()  # two columns may hold the items
    log = "user,thing,other" + rows[0].removeprefix("user,item") + "\n"
    log += "".join(f"{user},{item},{item}b,{rest}\n" for user, item, rest in (row.split(",", 2) for row in rows[1:]))
    add(draft, log).go_on()
    assert (draft.step, draft.missing("interactions")) == ("columns", ["item"])
    draft.map("interactions", "item", "thing")
    assert draft.num_questions("columns") == 0
    draft.go_on()
    assert draft.step == "preview"


def test_other_columns_open_the_problems_again(draft: ImportDraft) -> None:
    add(draft, CONFLICT)
    draft.decide("conflict", "last")
    draft.map("interactions", "rating", "")
    assert draft.treatments == {} and draft.faults == {}
    draft.go_on()
    assert draft.step == "preview", "without ratings there is no conflict"


def test_the_same_choices_are_tried_once(draft: ImportDraft, monkeypatch: pytest.MonkeyPatch) -> None:
    add(draft, CLEAN)
    monkeypatch.setattr(import_job, "start", lambda *_: pytest.fail("the same is tried again"))
    draft.go_on()
    draft.back()
    assert draft.step == "problems"


def test_a_new_file_forgets_the_columns_of_the_old_one(draft: ImportDraft) -> None:
    add(draft, CLEAN)
    add(draft, ITEMS, "items")
    draft.map("interactions", "time", "")
    draft.map("items", "title", "colour")
    add(draft, CLEAN)
    assert draft.mapping == {"items.title": "colour"}
    draft.remove("items")
    assert draft.mapping == {}


def test_item_columns_belong_to_the_items_file_where_there_is_one(draft: ImportDraft) -> None:
    add(draft, CLEAN)
    assert "title" in import_draft.offered("interactions", draft.upload)
    add(draft, ITEMS, "items")
    assert "title" not in import_draft.offered("interactions", draft.upload)
    assert draft.roles("items") == {"item": "item", "title": "title"}
    assert draft.upload.looks["items"].unused(draft.roles("items")) == ["colour"]


def test_an_unused_column_of_times_is_offered_until_there_are_times(draft: ImportDraft) -> None:
    add(draft, CLEAN.replace("rating,time", "rating,bought"))
    assert draft.unused_times("interactions") == ["bought"]
    draft.map("interactions", "time", "bought")
    assert draft.unused_times("interactions") == []


def test_how_a_file_is_read_is_part_of_the_choices(draft: ImportDraft) -> None:
    add(draft, CLEAN)
    draft.read_as("interactions", FileChoices(encoding="Big5"))
    assert draft.choices.files["interactions"].encoding == "Big5" and draft.is_tried
    assert draft.tried == (draft.choices, draft.version)


def test_a_swept_upload_is_said(draft: ImportDraft) -> None:
    add(draft, CLEAN).upload.discard()
    with pytest.raises(NotFoundError, match="Upload them again"):
        draft.follow()


def test_a_kept_draft_is_a_dataset_of_its_name(draft: ImportDraft, tmp_path: Path) -> None:
    add(draft, CLEAN).name = "Tea shop"
    workspace: Workspace = open_workspace(tmp_path)
    assert workspace.datasets.summary(draft.keep(workspace)).name == "Tea shop"


@pytest.mark.parametrize(
    ("treatments", "chosen", "effect"),
    [
        ((DROP_ROWS,), "drop", "3 of 2,000 rows are left out."),
        (CONFLICTS, "mean", "3 of 2,000 rows are merged."),
        (CONFLICTS, "drop", "At least 3 of 2,000 rows are left out."),
        ((Treatment(name="clip", label=message("x")),), "clip", "All 2,000 rows stay; 3 are changed."),
        ((Treatment(name="keep", label=message("x")),), "keep", "All 2,000 rows stay."),
        (
            (Treatment(name="strongest", label=message("x")),),
            "strongest",
            "It is about 3 of 2,000 rows; the preview counts what is left.",
        ),
    ],
)
def test_the_effect_of_a_treatment_is_counted_in_rows(
    treatments: tuple[Treatment, ...], chosen: str, effect: str
) -> None:
    fault = Fault(kind="x", file="interactions", message=message("x"), count=3, rows=2_000, treatments=treatments)
    assert fault_effects.effect(fault, chosen) == effect
    assert fault_effects.share_text(fault) == "3 of 2,000 rows, 0.1%"


def test_another_file_leaves_the_answers_about_the_log(draft: ImportDraft) -> None:
    add(draft, CONFLICT)
    draft.decide("conflict", "highest")
    add(draft, "user,age\nann,20\nann,30\nbea,40\n", "users")
    assert draft.treatments == {"conflict": "highest"} and "conflict" in draft.faults
    of_users = [fault.key for fault in draft.open if fault.file == "users"]
    draft.decide(of_users[0], draft.faults[of_users[0]].treatments[0].name)
    draft.remove("users")
    assert draft.treatments == {"conflict": "highest"}
    draft.follow()
    assert set(draft.faults) == {"conflict", "bad_number"}
