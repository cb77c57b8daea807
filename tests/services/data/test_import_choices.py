"""What the dialog lets a user choose beyond problems: types of events and their weights, filters, and missing values to fill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from recsys.data.importing.import_choices import Filters, Protection
from recsys.data.provenance import recipe_in
from recsys.services.data import import_draft
from recsys.services.data.import_draft import WEIGHTS, ImportDraft
from recsys.services.workspace import open_workspace
from tests.services.data.import_drafts import add, try_at_once

DAY = 86_400
EVENTS = "user,item,event,time\n" + "".join(
    f"u{u},i{i},{'view' if i else 'buy'},{1_700_000_000 + i}\n" for u in range(4) for i in range(3)
)
LOG = "user,item,rating,time\n" + "".join(  # user u has u + 1 events, a day apart, from 2020-09-13 on
    f"u{u},i{i},{1 + i},{1_600_000_000 + DAY * i}\n" for u in range(4) for i in range(u + 1)
)
USERS = "user,age,city\nu0,20,Ulm\nu1,,Ulm\nu2,40,\nu3,60,Bonn\n"


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportDraft:
    try_at_once(monkeypatch)
    return import_draft.begin(open_workspace(tmp_path))


def test_types_of_events_are_asked_about_with_their_counts(draft: ImportDraft) -> None:
    (fault,) = add(draft, EVENTS).open
    assert (fault.key, fault.types) == ("event_types", (("view", 8), ("buy", 4)))


def test_types_are_weighed_one_by_one_and_kept_in_the_recipe(draft: ImportDraft, tmp_path: Path) -> None:
    add(draft, EVENTS).decide("event_types", WEIGHTS)
    assert draft.events == {"view": 1, "buy": 1}, "at first all weigh the same"
    draft.weigh("event_types", "buy", 4.0)
    draft.check()
    assert draft.outcome is not None and draft.outcome.summary is not None
    assert (draft.outcome.summary.rows, draft.outcome.summary.rating_sum) == (12, 8 * 1 + 4 * 4)
    workspace = open_workspace(tmp_path)
    choices = recipe_in(workspace.datasets.folder(draft.keep(workspace))).choices
    assert choices.events == {"view": 1, "buy": 4} and choices.treatments == {}


def test_a_type_without_weight_is_left_out(draft: ImportDraft) -> None:
    add(draft, EVENTS).decide("event_types", WEIGHTS)
    draft.weigh("event_types", "buy", 0.0)
    draft.check()
    assert draft.outcome is not None and draft.outcome.summary is not None
    assert (draft.outcome.summary.rows, draft.outcome.summary.has_ratings) == (8, False)


def test_another_treatment_takes_the_place_of_weights(draft: ImportDraft) -> None:
    add(draft, EVENTS).decide("event_types", WEIGHTS)
    draft.weigh("event_types", "view", 0.0)
    draft.decide("event_types", "all")
    assert draft.events is None
    draft.decide("event_types", WEIGHTS)
    assert draft.events == {"view": 0, "buy": 1}, "weights that were chosen come back"


def test_a_filter_is_counted_and_can_be_taken_back(draft: ImportDraft) -> None:
    add(draft, LOG).keep_only(Filters(user_core=3))
    draft.follow()
    assert draft.outcome is not None and draft.outcome.summary is not None
    assert (draft.outcome.summary.rows, draft.outcome.summary.users) == (7, 2)
    assert draft.outcome.report.before["rows"] == 10
    (note,) = [repair for repair in draft.outcome.report.repairs if repair.kind == "filter_core"]
    assert note.count == 3
    draft.keep_only(Filters())
    assert draft.outcome.summary.rows == 10


def test_the_span_of_the_events_is_that_without_filters(draft: ImportDraft) -> None:
    add(draft, LOG).keep_only(Filters(since=date(2020, 9, 15)))
    draft.follow()
    assert draft.outcome is not None and draft.outcome.span == (date(2020, 9, 15), date(2020, 9, 16))
    assert draft.whole is not None and draft.whole.span == (date(2020, 9, 13), date(2020, 9, 16))


def test_missing_values_are_counted_and_filled(draft: ImportDraft, tmp_path: Path) -> None:
    add(add(draft, LOG), USERS, "users")
    assert draft.outcome is not None and draft.outcome.missing == {"users.age": 1, "users.city": 1}
    draft.fill_missing(("users.age",))
    assert draft.outcome.missing == {"users.city": 1}
    workspace = open_workspace(tmp_path)
    users = workspace.datasets.load(draft.keep(workspace)).users
    assert users["age"].tolist()[1:] == [20, 40, 40, 60], "the median of 20, 40 and 60"


def test_a_column_that_is_left_out_is_not_filled(draft: ImportDraft) -> None:
    add(add(draft, LOG), USERS, "users").fill_missing(("users.age", "users.city"))
    draft.protect(Protection(drop=("users.age",)))
    assert draft.fill == ("users.city",)
    assert draft.outcome is not None and draft.outcome.error is None


def test_other_columns_forget_filters(draft: ImportDraft) -> None:
    add(draft, LOG).keep_only(Filters(least_rating=2))
    draft.map("interactions", "rating", "")
    draft.check()
    assert draft.filters == Filters() and draft.outcome is not None and draft.outcome.error is None
