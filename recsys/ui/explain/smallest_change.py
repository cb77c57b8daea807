"""The Explain page's part on what would change the recommendation, and the way to try it on Recommend."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.services.explain.smallest_change import Change
from recsys.services.recommend import history_edits
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.shell import explanation_cache, nav
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

SENTENCE, NOTE = 900, 900  # characters: five titles and what is said about them


def section(run: OpenRun, query: Query, item_id: str) -> None:
    """Only for models that read events; an item further down has nothing to lose, which is said."""
    if run.model.window == 0:
        return
    st.subheader("What would change it")
    try:
        changes = explanation_cache.changed(workspace(), run, query, item_id)
    except RecsysError as error:
        st.caption(plain(error))
        return
    if changes.unavailable:
        st.caption(plain(changes.unavailable))
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Counterfactual: remove …**")
        change(changes.away)
        if changes.away.event_set.does_it:
            apply(run, query, changes.away, keep=False)
    with right:
        st.markdown("**What alone keeps it**")
        change(changes.alone)
        if changes.alone.event_set.does_it and changes.alone.event_set.positions:
            apply(run, query, changes.alone, keep=True)


def change(suggested_change: Change) -> None:
    st.markdown(plain(suggested_change.sentence, SENTENCE))
    if suggested_change.note:
        st.caption(plain(suggested_change.note, NOTE))


def apply(run: OpenRun, query: Query, suggested_change: Change, *, keep: bool) -> None:
    """The button that edits the history and shows on Recommend what becomes of the list; Undo there brings it back."""
    places = suggested_change.event_set.positions
    keep_label = "Keep only this" if len(places) == 1 else "Keep only these"
    label, name = (keep_label, "keep") if keep else ("Apply to the history", "take")
    if not st.button(label, key=f"apply_{name}", icon=":material/edit_note:",
                     help="Changes the history and opens Recommend, where Undo brings it back."):  # fmt: skip
        return
    editing = session().editing
    assert editing is not None, "choose_asker comes first"
    draft = editing.draft.keep_only(places) if keep else editing.draft.without(places)
    editing.change(draft)
    editing.led = in_address(run, query, draft)
    told_as = {f"as_{name}": value for name, value in query.persona}
    whose = {"history": editing.led} if query.user_id is None else {"user": query.user_id, "edit": editing.led}
    nav.go("recommend", run=run.config.run_id, **told_as, **{key: text or "" for key, text in whose.items()})


def in_address(run: OpenRun, query: Query, draft: Draft) -> str | None:
    if query.user_id is not None:
        return draft.text()
    return history_edits.ids_text([str(run.dataset.interactions.item_ids[-entry]) for entry in draft.entries])
