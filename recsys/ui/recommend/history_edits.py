"""The user or the custom history, and its edits: add, remove and move events, undo, and a link that restores them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import RecsysError
from recsys.messages import Message, message
from recsys.services.data.value_names import range_name
from recsys.services.explain import what_if
from recsys.services.recommend import history_edits
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.query import Query, edited_query, known_traits, query_of, with_history, with_person
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.item_select import LISTED, MANY
from recsys.ui.parts.widgets import fail, stale
from recsys.ui.shell import cache, context, run_cache, sliced
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import (
    Editing,
    follow_address,
    from_address,
    lead_address,
    session,
    stop,
    to_address,
    workspace,
)
from recsys.ui.shell.text import comma_list, plain

USER, CUSTOM = message("Existing user"), message("Custom history")
NOT_SET = message("unknown")
TRAITS = {"gender": message("Gender"), "age": message("Age")}
EDITED = message("**The history was edited** ({changes}). The recommendations follow the edited history of {user}.")
TOO_LONG = message("The edits are too long for the link.")
DISLIKED = "disliked"  # in the link
KEPT = 50  # edited histories of a session


def choose_query(run: OpenRun) -> Query:
    """A user, with the history as the log has it or as it was edited, or a custom history."""
    editing = session().editing
    was_by_hand = editing is not None and not editing.of[1] and not from_address("user")
    by_hand = bool(from_address("history")) or was_by_hand
    with context.current().user_slot:
        kind = (
            st.segmented_control(
                tr("Recommend for"),
                [USER, CUSTOM],
                default=CUSTOM if by_hand else USER,
                key="asker_kind",
                format_func=tr,
            )
            or USER
        )
    try:
        query = _user(run) if kind == USER else _by_hand(run)
    except RecsysError as error:
        fail(error)
        stop()
    return replace(query, seen=_seen(run, query), disliked=_disliked(run))


def _seen(run: OpenRun, query: Query) -> np.ndarray:
    """Items that count as seen: also those of the history before its edits."""
    editing = session().editing
    if editing is None:
        return query.seen
    log = run.dataset.interactions.history(query.user)
    earlier = [draft.items(log) for draft in editing.past]
    return np.unique(np.concatenate([query.seen, *earlier]))


def _disliked(run: OpenRun) -> tuple[int, ...]:
    """The disliked items, of a link or of this session; the link keeps them."""
    editing = session().editing
    assert editing is not None, "the history comes first"
    linked = from_address(DISLIKED)
    if linked and linked != editing.led_disliked:
        try:
            editing.disliked = tuple(run.item(item_id) for item_id in history_edits.read_ids(linked))
        except RecsysError as error:
            fail(error)
    ids = [str(run.dataset.interactions.item_ids[item]) for item in editing.disliked]
    editing.led_disliked = history_edits.ids_text(ids) if ids else None
    to_address(**{DISLIKED: editing.led_disliked})
    return editing.disliked


def choose_persona(run: OpenRun, query: Query) -> Query:
    """The query with changed user features, where the model reads some.

    For a model that reads none, a user without a history may still have an age and a gender, where the dataset has them.
    """
    if choices := what_if.choices(run):
        return _choose_persona(run, query, choices)
    genders, bands = known_traits(run.dataset)
    if query.user_id is not None or len(query.history) or not (genders or bands):
        return query
    with st.container(horizontal=True, vertical_alignment="bottom"):
        traits = {
            name: st.selectbox(
                tr(TRAITS[name]), [NOT_SET, *words], key=name, width=180, bind="query-params", format_func=localized
            )
            if words
            else NOT_SET
            for name, words in (("gender", genders), ("age", bands))
        }
    return with_person(query, *("" if traits[name] == NOT_SET else traits[name] for name in ("gender", "age")))


def _choose_persona(run: OpenRun, query: Query, choices: dict[str, tuple[str, ...]]) -> Query:
    """The user features that the model reads, to be changed; the link keeps the changes."""
    own_values = what_if.trait_values(run, query)
    title = message("User features · {traits}") if query.user_id is None else message("What if · {traits}")
    linked = {name: value for name in own_values if (value := from_address(f"as_{name}")) in choices[name]}
    now = comma_list(f"{_trait(name)} {_value(value)}" for name, value in (own_values | linked).items())
    with st.expander(tr(title.format(traits=plain(now, 120))), icon=":material/badge:", expanded=bool(linked)):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            changed_traits = {}
            for name, values in choices.items():
                key = f"as_{name}_{query.user_id}"
                place = values.index(follow_address(f"as_{name}", key, list(values), own_values[name]))
                changed_traits[name] = st.selectbox(
                    plain(_trait(name)), values, place, key=key, width=180, format_func=_value
                )
                lead_address(f"as_{name}", key, changed_traits[name], own_values[name])
        st.caption(
            tr("User features that the model reads. Change them and see how recommendations and reasons change.")
        )
    query_with_persona = what_if.with_persona(run, query, changed_traits)
    if query_with_persona.persona and query.user_id is not None:
        st.info(
            tr("**The user's features were changed** ({traits}).", traits=plain(query_with_persona.traits)),
            icon=":material/badge:",
        )
    return query_with_persona


def _trait(name: str) -> str:
    """The name of a user feature; those of other columns are the file's."""
    return tr(TRAITS[name]) if name in TRAITS else name


def _value(value: str) -> str:
    return localized(range_name(value))


def show_user(user_id: str) -> None:
    """Brings the page to a user of the log; for a callback, before the page is drawn."""
    st.session_state["asker_kind"] = USER
    session().dialog = None
    to_address(user=user_id, history=None, edit=None)


def choose_user(run: OpenRun, fallback: str) -> str:
    """A user of the dataset by id, in the sidebar and in the address."""
    index = run.dataset.interactions.user_index
    stale("user", index)
    with context.current().user_slot:
        user_ids = run_cache.user_ids(workspace(), run.dataset.dataset_id)
        in_slice_U = sliced.users(run.dataset.dataset_id, run)
        if in_slice_U is not None and not in_slice_U.any():
            st.caption(tr("No user is in this slice: all users are listed."))
        elif in_slice_U is not None:
            user_ids = [user_id for user_id in user_ids if in_slice_U[index[user_id]]]
            fallback = fallback if fallback in user_ids else user_ids[0]
        if len(user_ids) > MANY:
            text = st.text_input(tr("Find a user"), key="user_search", placeholder=tr("part of a user id"))
            user_ids = [user_id for user_id in user_ids if text in user_id][:LISTED]
        now = from_address("user") or session().user_id
        first = now if now in index else fallback
        chosen = follow_address("user", "user_choice", [first, *user_ids], session().user_id)
        user_ids = user_ids if first in user_ids else [first, *user_ids]
        chosen = st.selectbox(tr("User"), user_ids, user_ids.index(chosen), key="user_choice")
    session().user_id = chosen
    lead_address("user", "user_choice", chosen)
    return chosen


def _user(run: OpenRun) -> Query:
    user_in_link = from_address("user")
    user_id = choose_user(run, run_cache.starting_user(workspace(), run))
    num_own = len(run.dataset.interactions.history(run.user(user_id)))
    editing = _editing(run, user_id, num_own)
    if linked := _new_in_address("edit", editing):
        try:
            if user_in_link == user_id:
                editing.draft = history_edits.read_draft(linked, num_own, run.dataset.interactions.num_items)
        except RecsysError as error:
            fail(error)
    query = edited_query(run, user_id, editing.draft)
    _lead(editing, "edit", editing.draft.text() if query.is_edited else None)
    to_address(history=None)
    if query.is_edited:
        line = EDITED.format(changes=plain(editing.draft.summary()), user=plain(user_id))
        st.markdown(f":material/edit_note: {tr(line if editing.led is not None else line + ' ' + TOO_LONG)}")
    return query


def _by_hand(run: OpenRun) -> Query:
    editing = _editing(run, "", 0)
    if linked := _new_in_address("history", editing):
        try:
            editing.draft = Draft(0, tuple(-run.item(item_id) for item_id in history_edits.read_ids(linked)))
        except RecsysError as error:
            fail(error)
    ids = [str(run.dataset.interactions.item_ids[-entry]) for entry in editing.draft.entries]
    _lead(editing, "history", history_edits.ids_text(ids))
    to_address(user=None, edit=None)
    return query_of(run, None, ids)


def _editing(run: OpenRun, user_id: str, num_own: int) -> Editing:
    """The session's edits of this history; those of others wait until it comes back to them."""
    of, last, kept = (run.dataset.dataset_id, user_id), session().editing, session().edits
    if last is None or last.of != of:
        now = kept.setdefault(of, Editing(of, Draft.untouched(num_own), None))
        now.led = last.led if last else None  # what stands in the address is still the other history's
        now.led_disliked = last.led_disliked if last else None
        session().editing = now
        if len(kept) > KEPT:
            del kept[next(iter(kept))]
        return now
    return last


def _new_in_address(parameter: str, editing: Editing) -> str | None:
    """What a link asks for, once: from then on the edits lead and the address follows."""
    linked = from_address(parameter)
    if not linked or linked == editing.led:
        return None
    editing.past = []
    return linked


def _lead(editing: Editing, parameter: str, text: str | None) -> None:
    editing.led = text
    to_address(**{parameter: text})


def undo_and_reset(suffix: str = "") -> None:
    """Take back the last edit, or all of them, where there are any; the keys of the buttons end in `suffix`."""
    editing = session().editing
    assert editing is not None, "choose_query comes first"
    if editing.past:
        st.button(tr("Undo"), icon=":material/undo:", key=f"undo{suffix}", on_click=editing.undo)
    unedited = Draft.untouched(editing.draft.num_own)
    if editing.draft != unedited:
        st.button(tr("Reset") if editing.of[1] else tr("Empty the history"), icon=":material/restart_alt:",
                  key=f"reset{suffix}", on_click=editing.change, args=(unedited,))  # fmt: skip


def before_the_edit(run: OpenRun, query: Query) -> tuple[OpenRun, Query, Message] | None:
    """Run and query to compare with, and what they are: the user as logged, or a custom history before its last change."""
    plainly = cache.opened(workspace(), run.config.run_id) if query.persona else run
    if query.user_id is not None:
        if not (query.is_edited or query.persona):
            return None
        user = plain(query.user_id)
        before = message("{user}'s own history", user=user)
        if query.persona:
            before = message("{user}'s own features", user=user)
        if query.is_edited and query.persona:
            before = message("{user}'s own history and features", user=user)
        return plainly, replace(query_of(plainly, query.user_id, None), disliked=query.disliked), before
    editing = session().editing
    if editing is not None and editing.past:
        ids = [str(run.dataset.interactions.item_ids[-entry]) for entry in editing.past[-1].entries]
        return run, with_history(run, query, ids), message("the history before the last change")
    if query.persona:
        return (
            plainly,
            replace(query, user=UNKNOWN_USER, person=None, persona=()),
            message("a user without known features"),
        )
    return None
