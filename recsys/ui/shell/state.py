"""What a session remembers, as one typed value, and what stands in the address of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from recsys.services.data.forget import Forgetting
from recsys.services.recommend.history_edits import Draft
from recsys.services.train.estimate import Estimate
from recsys.services.train.pending_estimate import PendingEstimate
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.slices import Slice

if TYPE_CHECKING:
    from recsys.services.data.import_draft import ImportDraft
    from recsys.services.recommend.new_item import Placed
    from recsys.services.train.recipe import Recipe

MAX_UNDO = 100


@dataclass
class Editing:
    """A history being tuned: `of` is the dataset and the user ("" for one made by hand).

    `led` is what last stood for it in the address, `led_disliked` what for the disliked items; `past` are the drafts to go back to, newest last, `uncut` the draft
    that was last cut to its newest events. `is_begun`: something was changed here, and perhaps undone since.
    """

    of: tuple[str, str]
    draft: Draft
    led: str | None
    past: list[Draft] = field(default_factory=list)
    uncut: Draft | None = None
    is_begun: bool = False
    disliked: tuple[int, ...] = ()  # item indices
    led_disliked: str | None = None

    @property
    def whole(self) -> Draft:
        """What the draft is the newest events of: the draft that was cut, the user's own log, or itself."""
        wholes = (self.uncut, Draft.untouched(self.draft.num_own))
        return next(
            (draft for draft in wholes if draft and draft.newest(len(self.draft.entries)) == self.draft), self.draft
        )

    def cut(self, newest: int) -> None:
        """Leaves only so many of the newest events, or brings the others back."""
        self.uncut = self.whole
        self.change(self.uncut.newest(newest))

    def change(self, draft: Draft) -> None:
        self.past = [*self.past, self.draft][-MAX_UNDO:]
        self.draft, self.is_begun = draft, True

    def undo(self) -> None:
        if self.past:
            self.draft = self.past.pop()


@dataclass
class Session:
    """One visitor's choices. Everything that should survive a reload or be shared stands in the address instead."""

    unsent: dict[str, str | None] | None = None  # of the address of the page that is being drawn
    language: str | None = None
    dataset_id: str | None = None
    run_id: str | None = None
    compare_id: str | None = None  # the run beside it
    user_id: str | None = None
    importing: ImportDraft | None = None  # the import that is being decided about
    shelved: dict[str | None, ImportDraft] = field(default_factory=dict)  # others, by the dataset that they add to
    appending: str | None = None  # the dataset that the open dialog "append" adds to
    imported: str | None = None  # the dataset that was imported just now
    appended_to: str | None = None  # the one that it was added to
    suggested_for: str | None = None  # the dataset that this session imported last
    forgotten: Forgetting | None = None  # what was deleted when a person was forgotten just now
    dialog: str | None = None  # the one that is open
    page: str | None = None  # the one that was drawn last
    selected_item: str | None = None  # the card whose panel is open
    selected_list: str = ""  # the key of the list that it was pressed in
    editing: Editing | None = None  # the one on the screen
    edits: dict[tuple[str, str], Editing] = field(default_factory=dict)
    prepared: tuple[str, str, bytes] | None = None  # weights, file name, content of the lists for all users
    placed: tuple[str, Placed] | None = None  # weights, where the last new item stands
    watched: set[str] = field(default_factory=set)  # runs whose end this session has already acted on
    map_selection: tuple[str, str, tuple[str, ...]] | None = None  # dataset, "item" or "user", ids selected on the map
    reports: dict[str, str] = field(default_factory=dict)  # language of the report that was being made, by run
    slice: Slice = field(default_factory=Slice)  # the users and items that pages show
    slice_news: str = ""  # what is to be said of the slice, once
    tour: int | None = None  # the step of the guided tour
    presenting: bool = False  # see presenter.py
    choices_open: bool = False  # the panel that replaces the sidebar while presenting
    tour_run: str = ""  # the run that the tour is about
    epoch: str | None = None  # that was clicked on the learning curves
    like: str | None = None  # the run whose settings the training form was last filled with
    linked_model: str | None = None  # the model that a link to the form named last
    recipe: Recipe | None = None  # what the form begins with, where it was filled
    fillings: int = 0  # how often it was: each filling has widgets of its own
    estimates: dict[str, Estimate] = field(default_factory=dict)  # by request
    failed_estimates: dict[str, str] = field(default_factory=dict)  # the reason, by request
    pending: PendingEstimate | None = None
    refused: dict[str, str] = field(default_factory=dict)  # models that could not be queued, with the reason


def leave_dialogs(page: str) -> None:
    """Forget the open dialog where another page is drawn: the browser's Back leaves it without dismissing it."""
    if session().page not in (page, None):
        session().dialog = None
    session().page = page


def open_with_dialog(page: str, dialog: str) -> None:
    """Let `page`, which is drawn next, open with this dialog."""
    session().page, session().dialog = page, dialog


def open_import(appends: str | None) -> None:
    """Let Data, which is drawn next, open with the dialog of an import: of the one that adds to a dataset, or of the new dataset."""
    session().appending = appends
    open_with_dialog("data", "import" if appends is None else "append")


def session() -> Session:
    if "session" not in st.session_state:
        st.session_state["session"] = Session()
    stored: Session = st.session_state["session"]
    return stored


def workspace() -> Workspace:
    return open_workspace()


def address() -> dict[str, str]:
    """The query parameters of the page's address, with those that are still to be sent."""
    values = {**st.query_params.to_dict(), **(session().unsent or {})}
    return {name: value for name, value in values.items() if value}


def from_address(name: str) -> str | None:
    """A query parameter of the page's address, or None."""
    return address().get(name)


def to_address(**values: str | None) -> None:
    """Writes what the page shows into its address, so that the link restores it."""
    unsent = session().unsent
    if unsent is not None:
        unsent.update(values)
        return
    now = st.query_params.to_dict()
    written = {name: value for name, value in values.items() if value and now.get(name) != value}
    if written:
        st.query_params.update(written)
    for name in values.keys() & now.keys():
        if not values[name]:
            del st.query_params[name]


@contextmanager
def one_address() -> Iterator[None]:
    """Send what the page writes into its address when it is drawn: each time that it is sent, the browser's Back has one step
    more. A page that is interrupted sends nothing."""
    session().unsent = {}
    try:
        yield
        send_address()
    finally:
        session().unsent = None  # else what the next press writes would be held back, too


def send_address() -> None:
    """Sends what was collected."""
    unsent, session().unsent = session().unsent, None
    to_address(**(unsent or {}))


def stop() -> NoReturn:
    """Ends the page here."""
    send_address()
    st.stop()


def rerun() -> NoReturn:
    """Draws the page again from its beginning."""
    send_address()
    st.rerun()


def follow_address(parameter: str, key: str, choices: list[str], otherwise: str | None) -> str:
    """Brings the widget `key` to what a link asks for, once; after that the widget leads and the address follows.

    Gives the widget's value, which is to be its default, too: where the script runs again before the browser has drawn
    the widget, the browser draws the default.
    """
    in_link = from_address(parameter) or otherwise
    last_in_link = st.session_state.get(f"_{key}_led")
    if in_link in choices and (key not in st.session_state or in_link != last_in_link):
        st.session_state[key] = in_link
    elif st.session_state.get(key) not in choices:
        st.session_state[key] = choices[0]
    st.session_state[f"_{key}_led"] = in_link
    return str(st.session_state[key])


def lead_address(parameter: str, key: str, chosen: str, otherwise: str | None = None) -> None:
    """Writes what the widget says into the address, unless it is what the widget says without one (`otherwise`)."""
    st.session_state[f"_{key}_led"] = chosen
    to_address(**{parameter: None if chosen == otherwise else chosen})
