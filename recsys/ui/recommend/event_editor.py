"""The editor of a history: add, remove and move events, use only the newest."""

from __future__ import annotations

import streamlit as st

from recsys.messages import message
from recsys.services.recommend.query import HistoryEvent
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import tiles
from recsys.ui.parts.item_select import item_select
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import Editing, session, workspace
from recsys.ui.shell.text import plain

ROWS = 6  # events to edit on a screen
PICTURE = 36  # pixels
MOVES = (
    ("newer", "arrow_upward", 1, message("Move {title} one position newer")),
    ("older", "arrow_downward", -1, message("Move {title} one position older")),
)


def editor(run: OpenRun, past: list[HistoryEvent], *, is_wide: bool) -> None:
    """`is_wide`: the events stand beside the other edits, two a row, so that the list stays in view."""
    editing = session().editing
    assert editing is not None, "choose_query comes first"
    if not is_wide:
        _controls(run, editing)
        _events(run, past, editing, columns=1)
        return
    left, right = st.columns([1, 3], gap="medium")
    with left:
        _controls(run, editing)
    with right:
        _events(run, past, editing, columns=2)


def _controls(run: OpenRun, editing: Editing) -> None:
    """Add an item, use the newest events."""
    _adder(run, editing)
    _cutter(editing)


def _events(run: OpenRun, past: list[HistoryEvent], editing: Editing, columns: int) -> None:
    """The events, newest first, each with its buttons."""
    if not past:
        st.caption(tr("No events: the history is empty. Add an item."))
        return
    pages = -(-len(past) // ROWS)
    page = st.pagination(pages, key="history_page") if pages > 1 else 1
    shown = list(reversed(past))[(page - 1) * ROWS : page * ROWS]
    named: dict[int, int] = {}
    portrait = run_cache.are_portraits(workspace(), run.dataset.dataset_id)
    with st.grid(columns, gap=("xsmall", "medium"), key="history_events") as grid:
        for event in shown:
            entry = editing.draft.entries[event.position]
            named[entry] = named.get(entry, 0) + 1
            with grid.cell():
                picture = tiles.picture(event.image, event.title, event.category, is_portrait=portrait)
                _event(event, editing, f"{entry}_{named[entry]}", len(past), picture)


def _cutter(editing: Editing) -> None:
    """Use only the newest events, from all of them down to none."""
    total = len(editing.whole.entries)
    if total:
        st.session_state["newest"] = len(editing.draft.entries)
        st.slider(tr("Use only the newest events"), 0, total, key="newest", on_change=_cut, args=(editing,),
                  help=tr("With 0 events the list shows what similar users chose lately."))  # fmt: skip


def _cut(editing: Editing) -> None:
    editing.cut(st.session_state["newest"])


def _event(event: HistoryEvent, editing: Editing, key: str, total: int, picture: str) -> None:
    position, title = event.position, plain(event.title, 60)
    detail = " · ".join(filter(None, [plain(event.category, 40), event.when]))
    is_added = editing.draft.entries[position] < 0 and bool(editing.of[1])
    added = "  :blue-badge[{}]".format(tr("added")) if is_added else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False, key=f"event_{key}"):
        st.image(picture, width=PICTURE, alt=tr("Picture of {title}", title=event.title))
        st.markdown(f"**{position + 1}.** {title}{added}  \n:small[:gray[{detail}]]", width="stretch")
        for name, icon, by, text in MOVES:
            st.button(f":material/{icon}:", key=f"{name}_{key}", type="tertiary", help=tr(text.format(title=title)),
                      disabled=not 0 <= position + by < total, on_click=_move, args=(editing, position, by))  # fmt: skip
        st.button(":material/close:", key=f"remove_{key}", type="tertiary", help=tr("Remove {title}", title=title),
                  on_click=_remove, args=(editing, position))  # fmt: skip


def _move(editing: Editing, position: int, by: int) -> None:
    editing.change(editing.draft.moved(position, by))


def _remove(editing: Editing, position: int) -> None:
    editing.change(editing.draft.removed(position))


def _adder(run: OpenRun, editing: Editing) -> None:
    item_select(
        run.dataset.dataset_id,
        tr("Add an item as the newest event"),
        "add_item",
        index=None,
        on_change=_add,
        args=(editing,),
    )


def _add(editing: Editing) -> None:
    item = st.session_state["add_item"]
    if item is not None:
        editing.change(editing.draft.added(item))
        st.session_state["add_item"] = None
