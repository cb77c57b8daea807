"""Forget a person: a dialog that says what is deleted before it does so, and the way to train again."""

from __future__ import annotations

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.messages import Message, message, plural
from recsys.services.data import forget
from recsys.services.data.forget import Forgetting
from recsys.services.workspace.slices import Slice
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav, presenter
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import rerun, session, workspace

DIALOG, USER = "forget", "forget_user"  # the session's dialog, the key of the field


def offer(chosen: DatasetSummary, searched: str) -> None:
    """The button, and the dialog where it was pressed; `searched` is the text of the search, perhaps the person's id."""
    if st.button(tr("Forget a person…"), key="forget_person", icon=":material/person_remove:",
                 disabled=presenter.is_presenting()):  # fmt: skip
        st.session_state[USER], session().dialog = searched, DIALOG
    if session().dialog == DIALOG and not presenter.is_presenting():
        st.dialog(tr("Forget a person"), on_dismiss=_dismiss)(_draw)(chosen)


def _draw(chosen: DatasetSummary) -> None:
    user_id = (st.text_input(tr("User id"), key=USER) or "").strip()
    if not user_id:
        st.caption(tr("Enter the id of a user: what will be deleted is listed before anything happens."))
        return
    try:
        planned = forget.preview(workspace(), chosen.dataset_id, user_id)
        st.markdown("\n".join(f"- {tr(line)}" for line in consequences(planned)))
        if st.button(tr("Forget permanently"), type="primary", key="forget_for_good"):
            with st.spinner(tr("Deleting …")):
                done = forget.forget(workspace(), chosen.dataset_id, user_id)
            _leave(done, user_id)
    except RecsysError as error:
        fail(error)


def consequences(planned: Forgetting) -> list[Message]:
    """What is deleted and what is not, a sentence each."""
    events = plural("{n:,} event is deleted, with the user's features.", "{n:,} events are deleted, with the user's features.",
                    planned.events)  # fmt: skip
    lines = [events]
    if planned.impressions:
        lines.append(plural("{n:,} impression is deleted.", "{n:,} impressions are deleted.", planned.impressions))
    if planned.items:
        lines.append(
            plural("{n:,} item that nobody else has leaves the catalogue.",
                   "{n:,} items that nobody else has leave the catalogue.", planned.items)
        )  # fmt: skip
    if planned.runs:
        lines.append(
            plural("{n:,} model saw these events. Its weights, ranks and lists are deleted; settings and metrics stay as a "
                   "record. It can be trained again without the person.",
                   "{n:,} models saw these events. Their weights, ranks and lists are deleted; settings and metrics stay as a "
                   "record. They can be trained again without the person.", len(planned.runs))
        )  # fmt: skip
    if planned.also_in:
        lines.append(
            plural("{n:,} other dataset has a user of this id: it is not changed.",
                   "{n:,} other datasets have a user of this id: they are not changed.", len(planned.also_in))
        )  # fmt: skip
    lines.append(message("Exported files and backups are out of reach. This cannot be undone."))
    return lines


def _leave(done: Forgetting, user_id: str) -> None:
    """Drop what the server and this session hold of the person, and show the dataset without them."""
    st.cache_resource.clear()
    now = session()
    now.dataset_id, now.run_id, now.compare_id, now.user_id = done.new_dataset_id, None, None, None
    now.editing, now.edits, now.prepared, now.placed, now.map_selection = None, {}, None, None, None
    now.slice, now.dialog, now.forgotten = Slice(), None, done
    for key in [key for key, value in st.session_state.items() if value == user_id]:
        del st.session_state[key]
    nav.go("data", dataset=done.new_dataset_id)


def _dismiss() -> None:
    session().dialog = None


def success(chosen: DatasetSummary) -> None:
    """Right after: what was deleted, and the offer to train again."""
    done = session().forgotten
    if done is None or done.new_dataset_id != chosen.dataset_id:
        return
    text = tr(plural("Forgotten: {n:,} event deleted.", "Forgotten: {n:,} events deleted.", done.events))
    if not done.runs:
        session().forgotten = None
        st.success(text, icon=":material/check_circle:")
        return
    records = tr(plural("{n:,} model is kept as a record without weights.", "{n:,} models are kept as records without weights.",
                        len(done.runs)))  # fmt: skip
    st.success(f"{text} {records}", icon=":material/check_circle:")
    with st.container(horizontal=True):
        again = plural(
            "Train {n:,} model again without the person", "Train {n:,} models again without the person", len(done.runs)
        )
        if st.button(tr(again), type="primary", key="train_without", icon=":material/replay:",
                     disabled=presenter.is_presenting()):  # fmt: skip
            _train_again(done.runs)
        if st.button(tr("Not now"), key="forget_close"):
            session().forgotten = None
            rerun()


def _train_again(run_ids: tuple[str, ...]) -> None:
    """Queue all of them and show the first; say why one cannot be."""
    with st.spinner(tr("Starting the training …")):
        from recsys.services.train.retrain import train_again  # with torch: the page does without

        started = []
        for run_id in reversed(run_ids):  # the oldest first
            try:
                started.append(train_again(workspace(), run_id))
            except RecsysError as error:
                fail(error)
    if started:
        session().forgotten = None
        nav.go("train", run=started[0])
