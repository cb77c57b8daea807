"""The dialog that adds a later log to a dataset: the recipe is replayed, only what is new is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.data.importing.import_choices import Choices, Filters
from recsys.data.importing.load import ImportRequest
from recsys.data.provenance import newest_after, recipe_in
from recsys.errors import DataError
from recsys.services.data import import_draft
from recsys.services.data.import_draft import WEIGHTS, ImportDraft
from recsys.services.workspace import Workspace, open_workspace
from tests.services.data.import_drafts import add, try_at_once

HEADER = "reader;book;stars;when\n"
FIRST = [f"r{n % 4};b{n % 3};{n % 5 + 1};{1_600_000_000 + n}\n" for n in range(24)]
SECOND = [f"r{n % 5};b{n % 4};{n % 5 + 1};{1_600_000_100 + n}\n" for n in range(20)]
CHOICES = Choices(
    mapping={"user": "reader", "item": "book", "rating": "stars", "time": "when"},
    treatments={"no_number": "drop"}, filters=Filters(user_core=3),
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    try_at_once(monkeypatch)
    return open_workspace(tmp_path / "home")


def stored(workspace: Workspace, folder: Path, rows: str, choices: Choices = CHOICES, name: str = "Books") -> str:
    path = folder / "log.csv"
    path.write_text(rows)
    return workspace.datasets.add(ImportRequest(path, choices=choices, name=name)).dataset_id


def appending(workspace: Workspace, folder: Path, first: str = HEADER + "".join(FIRST)) -> ImportDraft:
    return import_draft.begin(workspace, stored(workspace, folder, first))


def test_half_of_a_log_added_in_the_dialog_is_the_whole(workspace: Workspace, tmp_path: Path) -> None:
    draft = add(appending(workspace, tmp_path), HEADER + "".join(SECOND))
    assert draft.open == [] and draft.next_step() == "preview", "the recipe answers all"
    whole = stored(open_workspace(tmp_path / "other"), tmp_path, HEADER + "".join(FIRST + SECOND))
    assert draft.keep(workspace) == whole


def test_the_older_dataset_stays_and_names_the_newer_one(workspace: Workspace, tmp_path: Path) -> None:
    draft = add(appending(workspace, tmp_path), HEADER + "".join(SECOND))
    assert draft.appends is not None and draft.name == "Books"
    draft.name = "Books in May"
    newer = draft.keep(workspace)
    assert newest_after(workspace.datasets.folder(draft.appends)) == newer
    assert {one.name for one in workspace.datasets.list()} == {"Books", "Books in May"}


def test_only_a_new_fault_is_asked(workspace: Workspace, tmp_path: Path) -> None:
    draft = add(appending(workspace, tmp_path), HEADER + "".join(SECOND) + "r1;b1;;1600000200\nr1;b1;bad;1600000201\n")
    assert [fault.key for fault in draft.open] == ["bad_number"]
    draft.decide("bad_number", "drop")
    draft.check()
    newer = draft.keep(workspace)
    treatments = recipe_in(workspace.datasets.folder(newer)).choices.treatments
    assert treatments == {"bad_number": "drop", "no_number": "drop"}


def test_a_new_type_of_events_gets_a_weight_beside_those_of_the_recipe(workspace: Workspace, tmp_path: Path) -> None:
    log = "user,item,event,time\n" + "".join(f"u{n % 3},i{n % 4},view,{1_600_000_000 + n}\n" for n in range(12))
    dataset = stored(workspace, tmp_path, log, Choices(events={"view": 2}))
    draft = add(import_draft.begin(workspace, dataset), "user,item,event,time\nu0,i0,buy,1600000300\n")
    assert [(fault.key, fault.types) for fault in draft.open] == [("new_event_types", (("buy", 1),))]
    draft.decide("new_event_types", WEIGHTS)
    draft.weigh("new_event_types", "buy", 5.0)
    draft.check()
    assert draft.outcome is not None and draft.outcome.summary is not None
    assert draft.choices.events == {"view": 2, "buy": 5}


def test_what_is_constant_in_the_new_file_alone_is_not_said(workspace: Workspace, tmp_path: Path) -> None:
    draft = add(appending(workspace, tmp_path), HEADER + "".join(f"r{n};b0;5;1600000200\n" for n in range(4, 8)))
    assert draft.outcome is not None
    assert not {"constant", "constant_time"} & {repair.kind for repair in draft.outcome.report.repairs}


def test_a_log_without_new_events_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    draft = add(appending(workspace, tmp_path), HEADER + "".join(FIRST))
    assert draft.outcome is not None and draft.outcome.error is not None
    assert draft.outcome.error.startswith("Nothing new in this file. 24 rows in the new file: 0 new, 24 already there.")


def test_a_dataset_without_a_recipe_is_refused_before_a_file_is_uploaded(workspace: Workspace, tmp_path: Path) -> None:
    dataset = stored(workspace, tmp_path, HEADER + "".join(FIRST))
    (workspace.datasets.folder(dataset) / "recipe.json").unlink()
    with pytest.raises(DataError, match="no recipe"):
        import_draft.begin(workspace, dataset)
    assert [path.name for path in workspace.datasets.root.iterdir()] == [dataset]


def test_a_dataset_that_is_deleted_meanwhile_is_said(workspace: Workspace, tmp_path: Path) -> None:
    draft = appending(workspace, tmp_path)
    assert draft.appends is not None
    workspace.datasets.delete(draft.appends)
    add(draft, HEADER + "".join(SECOND))
    assert draft.outcome is not None and draft.outcome.error is not None and "no dataset" in draft.outcome.error


def test_the_rows_of_the_new_file_are_counted(workspace: Workspace, tmp_path: Path) -> None:
    first = HEADER + "".join(f"r{n % 4};b{n};{n % 5 + 1};{1_600_000_000 + n}\n" for n in range(24))
    later = "r0;b0;1;1600000000\nr0;b30;5;1600000200\nr0;b30;5;1600000200\nr9;b1;5;1600000300\nr1;b2;;1600000400\n"
    draft = add(appending(workspace, tmp_path, first), HEADER + later)
    assert draft.outcome is not None and draft.outcome.report.balance is not None
    assert draft.outcome.report.balance.in_words() == (
        "5 rows in the new file: 1 new, 1 already there, 1 left out, 1 repeat merged, 1 left out by filters."
    )


def test_a_log_of_types_of_events_adds_nothing_twice(workspace: Workspace, tmp_path: Path) -> None:
    log = "user,item,event,time\n" + "".join(
        f"u{n % 3},i{n % 7},{('view', 'buy')[n % 2]},{1_600_000_000 + n}\n" for n in range(30)
    )
    dataset = stored(workspace, tmp_path, log, Choices(events={"view": 1, "buy": 5}))
    draft = add(import_draft.begin(workspace, dataset), log)
    assert draft.outcome is not None and draft.outcome.error is not None
    assert "30 rows in the new file: 0 new, 30 already there" in draft.outcome.error
