"""Edits of the history as the Explain page shows them: rank before and after, Undo, how the reasons moved, the editor."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import Message, plural
from recsys.services.explain import explain_item
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.recommend.query import Query, history_events
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.recommend import event_editor, history_edits
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import Editing, session, workspace


def editing_now() -> Editing:
    editing = session().editing
    assert editing is not None, "choose_query comes first"
    return editing


def event_ids(entries: Sequence[int]) -> list[str]:
    """An id for each entry of a draft: the entry, and which of several equal ones it is. Removing other events keeps it."""
    seen: dict[int, int] = {}
    ids = []
    for entry in entries:
        seen[entry] = seen.get(entry, 0) + 1
        ids.append(f"{entry}_{seen[entry]}")
    return ids


def remove_event(editing: Editing, event_id: str) -> None:
    """Remove the event with this id, if it is still there."""
    ids = event_ids(editing.draft.entries)
    if event_id in ids:
        editing.change(editing.draft.removed(ids.index(event_id)))


def band(run: OpenRun, query: Query, item_id: str, now: ItemExplanation | None) -> None:
    """Rank before and after the edit, Undo and Reset, in the row of the note on the edit."""
    compared = history_edits.before_the_edit(run, query)
    if compared is None:
        return
    before = _before(compared, item_id)
    if before is not None and now is not None:
        was, rank = before.explanation.rank, now.explanation.rank
        arrow = _arrow(was, rank)
        line, before_name = tr("Rank **{before} → {now}**", before=was, now=rank), compared[2]
        st.markdown(f"{line} {arrow}", width="content", help=tr("Compared with {before}.", before=before_name))
    history_edits.undo_and_reset("_edit")


def _before(compared: tuple[OpenRun, Query, Message], item_id: str) -> ItemExplanation | None:
    run_before, query_before, _ = compared
    try:
        return explanation_cache.explained(workspace(), run_before, query_before, item_id, None)
    except RecsysError:
        return None


def _arrow(was: int, rank: int) -> str:
    if was == rank:
        return ""
    return f":{'green' if rank < was else 'orange'}-badge[{'▲' if rank < was else '▼'}{abs(was - rank)}]"


def tab(run: OpenRun, query: Query, item_id: str, now: ItemExplanation | None) -> None:
    """The editor beside the moves of the reasons: all that a click on a bar does, by keyboard."""
    past = history_events(run, query)
    st.caption(
        tr(
            plural(
                "{n:,} event. Models read the order of events, not their dates.",
                "{n:,} events. Models read the order of events, not their dates.",
                len(past),
            )
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        event_editor.editor(run, past, is_wide=False)
    with right:
        moves(run, query, item_id, now)


def moves(run: OpenRun, query: Query, item_id: str, now: ItemExplanation | None) -> None:
    """How the contributions moved since the edit."""
    compared = history_edits.before_the_edit(run, query)
    before = None if compared is None else _before(compared, item_id)
    if compared is None or before is None or now is None:
        return
    before_name = compared[2]
    st.markdown(tr("**How the reasons changed**, compared with {before}", before=before_name))
    moved = explain_item.moved(before, now)
    table = pd.DataFrame(
        {
            "what": [localized(move.title) for move in moved],
            "before": [move.before for move in moved],
            "now": [move.now for move in moved],
            "change": [move.by for move in moved],
        }
    )
    column, form = st.column_config, "%+.3f"
    st.dataframe(
        table, hide_index=True, key="moves", alt=tr("Contribution of each event before and now, the largest change first"),
        column_config={
            "what": column.TextColumn(tr("event or input")), "before": column.NumberColumn(tr("before"), format=form),
            "now": column.NumberColumn(tr("now"), format=form), "change": column.NumberColumn(tr("change"), format=form),
        },
        height=min(400, 35 * (len(table) + 1) + 3),
    )  # fmt: skip


def seen_note(run: OpenRun, query: Query, item_id: str) -> str:
    """Why Recommend does not list the item, where it is seen; else ""."""
    if run.candidates.hide_seen and run.item(item_id) in query.history:
        return tr("Seen already: Recommend hides it while seen items are hidden. Its rank is among the items not seen.")
    return ""
