"""Whose history it is, and tuning it: add, remove and move events, undo, and a link that restores it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.explain import what_if
from recsys.services.recommend import history_edits, recommendation
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.recommendation import HistoryEvent, Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.item_select import MANY, item_select
from recsys.ui.parts.widgets import fail, stale
from recsys.ui.shell import cache, context, run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import Editing, follow_address, from_address, lead_address, session, to_address, workspace
from recsys.ui.shell.text import plain

USER, OWN = "Existing user", "Custom history"
NOT_SET = "not known"
KEPT = 50  # edited histories of a session
ROWS = 10  # events to edit on a screen


def choose_query(run: OpenRun) -> Query:
    """A user, with the history as the log has it or as it was edited, or a custom history."""
    editing = session().editing
    was_by_hand = editing is not None and not editing.of[1] and not from_address("user")
    by_hand = bool(from_address("history")) or was_by_hand
    with context.current().user_slot:
        kind = (
            st.segmented_control(tr("Recommend for"), [USER, OWN], default=OWN if by_hand else USER, key="asker_kind")
            or USER
        )
    try:
        return _user(run) if kind == USER else _by_hand(run)
    except RecsysError as error:
        fail(error)
        st.stop()


def choose_persona(run: OpenRun, query: Query) -> Query:
    """The person as told: what the model knows of users can be taken to be otherwise; where it knows nothing, somebody
    without a history may still have an age and a gender, where the data know them of others."""
    if choices := what_if.choices(run):
        return _choose_persona(run, query, choices)
    genders, bands = recommendation.known_traits(run.dataset)
    if query.user_id is not None or len(query.history) or not (genders or bands):
        return query
    with st.container(horizontal=True, vertical_alignment="bottom"):
        traits = {
            name: st.selectbox(label, [NOT_SET, *words], key=name, width=180, bind="query-params") if words else NOT_SET
            for name, label, words in (("gender", "Gender", genders), ("age", "Age", bands))
        }
    return recommendation.with_person(
        query, *("" if traits[name] == NOT_SET else traits[name] for name in ("gender", "age"))
    )


def _choose_persona(run: OpenRun, query: Query, choices: dict[str, tuple[str, ...]]) -> Query:
    """What the model knows of the person, each of it to be changed; links keep what was changed."""
    own_values = what_if.trait_values(run, query)
    title = "The person" if query.user_id is None else "If the person were another"
    linked = {name: value for name in own_values if (value := from_address(f"as_{name}")) in choices[name]}
    now = ", ".join(f"{name} {value}" for name, value in (own_values | linked).items())
    with st.expander(f"{title} · {plain(now, 120)}", icon=":material/badge:", expanded=bool(linked)):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            changed_traits = {}
            for name, values in choices.items():
                key = f"as_{name}_{query.user_id}"
                follow_address(f"as_{name}", key, list(values), own_values[name])
                changed_traits[name] = st.selectbox(plain(name), values, key=key, width=180, format_func=str)
                lead_address(f"as_{name}", key, changed_traits[name], own_values[name])
        st.caption(tr("User features that the model reads. Change them and see recommendations and reasons move."))
    query_with_persona = what_if.with_persona(run, query, changed_traits)
    if query_with_persona.persona and query.user_id is not None:
        st.info(
            tr("**The person is taken to be another** ({traits}).", traits=plain(query_with_persona.traits)),
            icon=":material/badge:",
        )
    return query_with_persona


def show_user(user_id: str) -> None:
    """Brings the page to a user of the log; for a callback, before the page is drawn."""
    st.session_state["asker_kind"] = USER
    session().dialog = None
    to_address(user=user_id, history=None, edit=None)


def choose_user(run: OpenRun, fallback: str) -> str:
    """A user of the dataset by id, in the sidebar and in the address."""
    index = run.dataset.interactions.user_index
    stale("user", "user", index)
    with context.current().user_slot:
        user_ids = run_cache.user_ids(workspace(), run.dataset.dataset_id)
        if len(user_ids) > MANY:
            text = st.text_input(tr("Find a user"), key="user_search", placeholder=tr("part of a user id"))
            user_ids = [user_id for user_id in user_ids if text in user_id][:MANY]
        now = from_address("user") or session().user_id
        first = now if now in index else fallback
        follow_address("user", "user_choice", [first, *user_ids], session().user_id)
        chosen: str = st.selectbox(tr("User"), user_ids if first in user_ids else [first, *user_ids], key="user_choice")
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
    query = recommendation.edited_query(run, user_id, editing.draft)
    _lead(editing, "edit", editing.draft.text() if query.is_edited else None)
    to_address(history=None)
    if query.is_edited:
        st.info(
            f"**The history was edited** ({plain(editing.draft.summary())}). The recommendations follow it, not what "
            f"{plain(user_id)} really did." + " The edits are too long to stand in the link." * (editing.led is None),
            icon=":material/edit_note:",
        )
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
    return recommendation.query_of(run, None, ids)


def _editing(run: OpenRun, user_id: str, num_own: int) -> Editing:
    """The session's edits of this history; those of others wait until it comes back to them."""
    of, last, kept = (run.dataset.dataset_id, user_id), session().editing, session().edits
    if last is None or last.of != of:
        now = kept.setdefault(of, Editing(of, Draft.untouched(num_own), None))
        now.led = last.led if last else None  # what stands in the address is still the other history's
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


def before_the_edit(run: OpenRun, query: Query) -> tuple[OpenRun, Query, str] | None:
    """With whom to compare, asked of which run, and that in words: the user as the log has it, or a history made by
    hand before its last change, or before the person was taken to be another."""
    plainly = cache.opened(workspace(), run.config.run_id) if query.persona else run
    if query.user_id is not None:
        if not (query.is_edited or query.persona):
            return None
        own_query = (
            "own history" * query.is_edited
            + " and " * bool(query.is_edited and query.persona)
            + "own traits" * bool(query.persona)
        )
        return plainly, recommendation.query_of(plainly, query.user_id, None), f"{plain(query.user_id)}'s {own_query}"
    editing = session().editing
    if editing is not None and editing.past:
        ids = [str(run.dataset.interactions.item_ids[-entry]) for entry in editing.past[-1].entries]
        return run, recommendation.with_history(run, query, ids), "the history before the last change"
    if query.persona:
        return plainly, replace(query, user=UNKNOWN_USER, person=None, persona=()), "a user without known features"
    return None


def beside(run: OpenRun, query: Query) -> None:
    """The same changes beside an explanation, folded until they are wanted; what is undone does not fold them again."""
    past, editing = recommendation.history_events(run, query), session().editing
    is_open = query.is_edited or (editing is not None and editing.is_begun)
    with st.expander(
        tr("Change the past · {past}", past=plural("{n:,} event", "{n:,} events", len(past))),
        icon=":material/edit_note:",
        expanded=is_open,
    ):
        st.caption(tr("Models read the order of events, not their dates: to re-date an event is to move it."))
        editor(run, past)


def editor(run: OpenRun, past: list[HistoryEvent]) -> None:
    editing = session().editing
    assert editing is not None, "choose_asker comes first"
    _adder(run, editing)
    with st.container(horizontal=True):
        st.button(tr("Undo"), icon=":material/undo:", key="undo", disabled=not editing.past, on_click=editing.undo)
        reset = Draft.untouched(editing.draft.num_own)
        st.button(tr("Back to the user's own history") if editing.of[1] else tr("Empty the history"), icon=":material/restart_alt:",
                  key="reset", disabled=editing.draft == reset, on_click=editing.change, args=(reset,))  # fmt: skip
    _cutter(editing)
    if not past:
        st.caption(tr("No events: the history is empty. Add an item above."))
        return
    pages = -(-len(past) // ROWS)
    page = st.pagination(pages, key="history_page") if pages > 1 else 1
    shown = list(reversed(past))[(page - 1) * ROWS : page * ROWS]
    st.caption(tr("Newest first."))
    named: dict[int, int] = {}
    for event in shown:
        entry = editing.draft.entries[event.position]
        named[entry] = named.get(entry, 0) + 1
        _event(event, editing, f"{entry}_{named[entry]}", len(past))


def _cutter(editing: Editing) -> None:
    """From the whole history down to none: how the list goes over from events to what is known without any."""
    total = len(editing.whole.entries)
    if total:
        st.session_state["newest"] = len(editing.draft.entries)
        st.slider(tr("Use only the newest events"), 0, total, key="newest", on_change=_cut, args=(editing,),
                  help=tr("With 0 the list is what similar people chose lately."))  # fmt: skip


def _cut(editing: Editing) -> None:
    editing.cut(st.session_state["newest"])


def _event(event: HistoryEvent, editing: Editing, key: str, total: int) -> None:
    position, title = event.position, plain(event.title, 60)
    detail = " · ".join(filter(None, [plain(event.category, 40), event.when]))
    added = "  :blue-badge[added]" if editing.draft.entries[position] < 0 and editing.of[1] else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False, key=f"event_{key}"):
        st.markdown(
            tr(
                "**{position}.** {title}{added}  \n:small[:gray[{detail}]]",
                position=position + 1,
                title=title,
                added=added,
                detail=detail,
            ),
            width="stretch",
        )
        for name, icon, by in (("newer", "arrow_upward", 1), ("older", "arrow_downward", -1)):
            st.button(f":material/{icon}:", key=f"{name}_{key}", type="tertiary", help=tr('Move {title} one place {name}', title=title, name=name),
                      disabled=not 0 <= position + by < total, on_click=_move, args=(editing, position, by))  # fmt: skip
        st.button(":material/close:", key=f"remove_{key}", type="tertiary", help=tr('Remove {title}', title=title),
                  on_click=_remove, args=(editing, position))  # fmt: skip


def _move(editing: Editing, position: int, by: int) -> None:
    editing.change(editing.draft.moved(position, by))


def _remove(editing: Editing, position: int) -> None:
    editing.change(editing.draft.removed(position))


def _adder(run: OpenRun, editing: Editing) -> None:
    item_select(
        run.dataset.dataset_id,
        "Add an item as the newest event",
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
