"""Edits of the history as the Explain page shows them: rank before and after, Undo, how the reasons moved, the editor."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.explain import explain_item
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.recommend import recommendation
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.recommend import history_edits
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import tr
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


def removed_items(run: OpenRun, query: Query) -> set[str]:
    """Ids of the items that the history had before it was edited and has no longer."""
    editing = editing_now()
    earlier = [*editing.past, Draft.untouched(editing.draft.num_own)]
    log = run.dataset.interactions.history(run.user(query.user_id)) if query.user_id is not None else None
    items = {
        int(log[entry]) if entry >= 0 and log is not None else -entry for draft in earlier for entry in draft.entries
    }
    return {str(run.dataset.interactions.item_ids[item]) for item in items - {int(item) for item in query.history}}


def band(run: OpenRun, query: Query, item_id: str, now: ItemExplanation | None) -> None:
    """Rank before and after the edit, and Undo, in the row of the note on the edit."""
    editing = editing_now()
    compared = history_edits.before_the_edit(run, query)
    if compared is None:
        return
    before, whose = _before(compared, item_id), compared[2]
    if before is not None and now is not None:
        was, rank = before.explanation.rank, now.explanation.rank
        arrow = _arrow(was, rank)
        st.markdown(
            tr("Rank **{was} → {rank}** {arrow}", was=was, rank=rank, arrow=arrow),
            width="content",
            help=tr("Before: {whose}.", whose=whose),
        )
    if editing.past:
        st.button(tr("Undo"), icon=":material/undo:", key="undo_edit", on_click=editing.undo)
    elif query.is_edited:
        reset = Draft.untouched(editing.draft.num_own)
        st.button(tr("Reset"), icon=":material/restart_alt:", key="reset_edit", on_click=editing.change, args=(reset,))


def _before(compared: tuple[OpenRun, Query, str], item_id: str) -> ItemExplanation | None:
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
    past = recommendation.history_events(run, query)
    st.caption(
        tr(
            "{past}. Models read the order of events, not their dates: move an event to re-date it.",
            past=plural("{n:,} event", "{n:,} events", len(past)),
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        history_edits.editor(run, past)
    with right:
        moves(run, query, item_id, now)


def moves(run: OpenRun, query: Query, item_id: str, now: ItemExplanation | None) -> None:
    """How the contributions moved since the edit."""
    compared = history_edits.before_the_edit(run, query)
    before = None if compared is None else _before(compared, item_id)
    if compared is None or before is None or now is None:
        return
    whose = compared[2]
    st.markdown(tr("**How the reasons moved**, against {whose}", whose=whose))
    moved = explain_item.moved(before, now)
    table = pd.DataFrame(
        {
            "what": [move.title for move in moved],
            "before": [move.before for move in moved],
            "now": [move.now for move in moved],
            "change": [move.by for move in moved],
        }
    )
    number = st.column_config.NumberColumn(format="%+.3f")
    st.dataframe(
        table, hide_index=True, key="moves", alt=tr("What each event contributed before and now, the largest change first"),
        column_config=dict.fromkeys(("before", "now", "change"), number), height=min(400, 35 * (len(table) + 1) + 3),
    )  # fmt: skip


def seen_note(run: OpenRun, query: Query, item_id: str) -> str:
    """Why Recommend does not list the item, where it is seen; else ""."""
    if run.candidates.hide_seen and run.item(item_id) in query.history:
        return "Seen already: Recommend leaves it out while seen items are hidden. Its rank here is among what was not seen."
    return ""
