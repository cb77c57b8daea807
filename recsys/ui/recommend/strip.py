"""The history as a strip of pictures, and its edits from the cards: append an event, dislike an item."""

from __future__ import annotations

import streamlit as st

from recsys.services.recommend.query import Query, history_events
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import tiles
from recsys.ui.recommend.event_editor import editor
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import Editing, session, workspace
from recsys.ui.shell.text import comma_list, plain

STRIP = 24  # events


def strip(run: OpenRun, query: Query) -> None:
    """The history as a strip of pictures, newest first, and the editor on demand."""
    past = history_events(run, query)
    with st.container(horizontal=True, vertical_alignment="center", key="history_head"):
        st.markdown(tr("**History**, newest first"), width="content")
        edits = st.toggle(tr("Edit history"), value=query.is_edited or query.user_id is None, key="edit_history")
    shown = past[::-1][:STRIP]
    if edits:  # which lists the events itself, and leaves the list below in view
        with st.container(border=True, key="history_editor"):
            editor(run, past, is_wide=True)
    elif shown:
        portrait = run_cache.are_portraits(workspace(), run.dataset.dataset_id)
        pictures = [tiles.picture(event.image, event.title, event.category, is_portrait=portrait) for event in shown]
        captions = [plain(event.title, 40) for event in shown]
        texts = [f"{event.position + 1}. {event.title} {event.when}" for event in shown]
        if older := len(past) - len(shown):
            text = tr("+{n:,} older", n=older)
            pictures.append(tiles.tile(text, "", is_portrait=portrait))
            captions.append("")
            texts.append(text)
        st.container(key="strip").image(pictures, caption=captions, width=74 if portrait else 84, alt=texts)
    else:
        st.caption(tr("No events: the history is empty."))


def add_event(item: int) -> None:
    """Append an item to the history on the screen; for a callback."""
    editing = session().editing
    assert editing is not None, "choose_query comes first"
    editing.change(editing.draft.added(item))


def dislike(item: int) -> None:
    """Leave an item out of this user's lists, for this session; for a callback."""
    editing = session().editing
    assert editing is not None, "choose_query comes first"
    editing.disliked = (*editing.disliked, item)


def disliked(run: OpenRun) -> None:
    """The disliked items, and a button that brings them back."""
    editing = session().editing
    if editing is None or not editing.disliked:
        return
    names = comma_list(plain(run.dataset.title(item), 40) for item in editing.disliked)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(tr("Disliked: {names}.", names=names), width="content")
        st.button(tr("Undo dislike"), key="bring_back", type="tertiary", on_click=_bring_back, args=(editing,))


def _bring_back(editing: Editing) -> None:
    editing.disliked = ()
