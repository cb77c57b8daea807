"""Counterfactuals: Remove, which applies one to the history, and the tab that shows both."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.explain.smallest_change import Change, Changes
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain.answer_card import Answer
from recsys.ui.explain.edits import editing_now
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

SENTENCE, NOTE = 900, 900  # characters: five titles and what is said about them


def fill(run: OpenRun, query: Query, item_id: str, answer: Answer) -> None:
    """Draw Remove where there are events to remove; where none were found, say so in its place."""
    if run.model.window == 0 or answer.exact is None:
        return
    try:
        changes = explanation_cache.changed(workspace(), run, query, item_id)
    except RecsysError:  # the evidence says why
        answer.removes.empty()
        answer.remove.empty()
        return
    away = changes.away
    if changes.unavailable or not away.event_set.does_it:
        answer.remove.empty()
        if changes.unavailable:
            answer.removes.empty()
        else:
            answer.removes.caption(plain(away.sentence, SENTENCE))
        return
    answer.removes.caption(plain(away.effect, SENTENCE))
    answer.remove.button(
        tr(plural("Remove {n:,} event", "Remove {n:,} events", len(away.event_set.positions))), key="apply_take",
        icon=":material/playlist_remove:", help=f"{plain(away.sentence, SENTENCE)} {plain(away.note, NOTE)}", on_click=_apply, args=(changes,),
    )  # fmt: skip


def tab(run: OpenRun, query: Query, item_id: str) -> None:
    """Both counterfactuals."""
    try:
        changes = explanation_cache.changed(workspace(), run, query, item_id)
    except RecsysError as error:
        st.caption(plain(error.message))
        return
    if changes.unavailable:
        st.markdown(plain(changes.unavailable))
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(tr("**Counterfactual: remove …**"))
        change(changes.away)
    with right:
        st.markdown(tr("**Counterfactual: keep only …**"))
        change(changes.alone)
        positions = changes.alone.event_set.positions
        if changes.alone.event_set.does_it and positions:
            st.button(tr("Keep only this") if len(positions) == 1 else tr("Keep only these"), key="apply_keep",
                      icon=":material/filter_alt:", on_click=_apply, args=(changes,), kwargs={"keep": True})  # fmt: skip
    search_log(run, query, changes)


def change(suggested_change: Change) -> None:
    st.markdown(plain(suggested_change.sentence, SENTENCE))
    if suggested_change.note:
        st.caption(plain(suggested_change.note, NOTE))


def search_log(run: OpenRun, query: Query, changes: Changes) -> None:
    """The sets that the search ended with, one event a line."""
    titles = [run.dataset.title(int(item)) for item in query.history]
    rows = [
        (name, position + 1, titles[position], change.event_set.rank, change.event_set.does_it)
        for name, change in ((tr("remove"), changes.away), (tr("keep only"), changes.alone))
        for position in change.event_set.positions
    ]
    if rows:
        table = pd.DataFrame(rows, columns=[tr("change"), "#", tr("event"), tr("rank after"), tr("verified")])
        st.dataframe(
            table,
            hide_index=True,
            key="search_log",
            alt=tr("The events of both sets, and the rank of the item after the change"),
        )


def _apply(changes: Changes, *, keep: bool = False) -> None:
    """Edit the history; the page stays, and Undo brings it back."""
    editing = editing_now()
    if keep:
        editing.change(editing.draft.keep_only(changes.alone.event_set.positions))
    else:
        editing.change(editing.draft.without(changes.away.event_set.positions))
