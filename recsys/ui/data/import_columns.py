"""The second step of an import: which column of each file is what, with examples, and which are not used."""

from __future__ import annotations

import streamlit as st

from recsys.data.importing.faults import Kind
from recsys.data.importing.roles import REQUIRED
from recsys.messages import Message, message
from recsys.services.data.import_draft import ImportDraft, offered
from recsys.services.data.import_outcome import FileLook
from recsys.ui.data import import_progress, import_state
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import comma_list, plain

NONE = message("(none)")
ROLES = {
    "user": message("User column"), "item": message("Item column"), "rating": message("Rating column"),
    "time": message("Time column"), "event": message("Event type column"), "title": message("Title column"),
    "category": message("Category column"), "price": message("Price column"), "text": message("Text column"),
    "age": message("Age column"), "gender": message("Gender column"), "position": message("Position column"),
    "clicked": message("Clicked column"),
}  # fmt: skip
TITLES: dict[Kind, Message] = {
    "interactions": message("Interactions"), "items": message("Items"), "users": message("Users"),
    "impressions": message("Impressions"),
}  # fmt: skip
IN_A_ROW = 4


def show(draft: ImportDraft) -> None:
    """The columns of all files; what was changed is checked when the step is left."""
    looks = draft.upload.looks
    for kind, look in looks.items():
        if len(looks) > 1:
            title = tr(TITLES[kind])
            st.markdown(f"**{title}**")
        of_file(draft, kind, look)
    why_not = ""
    if draft.num_questions("columns"):
        names = comma_list(tr(ROLES[role]) for kind in looks for role in draft.missing(kind))
        why_not = tr("Choose first: {names}", names=plain(names))
    import_progress.checked(draft)
    import_progress.bar(draft, why_not=why_not)


def of_file(draft: ImportDraft, kind: Kind, look: FileLook) -> None:
    """A field for each role, three example values under each; then the columns without a role."""
    roles, names = draft.roles(kind), offered(kind, draft.upload)
    for start in range(0, len(names), IN_A_ROW):
        for column, role in zip(st.columns(IN_A_ROW), names[start : start + IN_A_ROW], strict=False):
            with column:
                _field(kind, role, look, roles.get(role))
    offer_times(draft, kind)
    unused = look.unused(roles)
    if unused:
        shown = plain(comma_list(column_name(column) for column in unused))
        if kind in ("items", "users"):
            st.caption(tr("Kept under their names: {columns}", columns=shown))
        else:
            st.caption(tr("Not used: {columns}", columns=shown))


def _field(kind: Kind, role: str, look: FileLook, chosen: str | None) -> None:
    options = list(look.columns) if role in REQUIRED[kind] else [NONE, *look.columns]
    key = role_key(kind, role)
    index = options.index(chosen) if chosen in options else None if role in REQUIRED[kind] else 0
    st.selectbox(
        tr(ROLES[role]), options, index=index, key=key, format_func=column_name, placeholder=tr("Choose a column"),
        on_change=_map, args=(kind, role, key),
    )  # fmt: skip
    examples = comma_list(look.examples(chosen)) if chosen is not None else ""
    if examples:
        st.caption(tr("e.g. {values}", values=plain(examples, 60)))


def role_key(kind: Kind, role: str) -> str:
    return f"role_{role}" if kind == "interactions" else f"role_{kind}_{role}"


def _map(kind: Kind, role: str, key: str) -> None:
    draft, column = session().importing, st.session_state[key]
    assert draft is not None
    draft.map(kind, role, "" if column == NONE or column is None else column)


def offer_times(draft: ImportDraft, kind: Kind = "interactions") -> None:
    """A column that looks like times and is not used: without times the order of the file counts."""
    for column in draft.unused_times(kind)[:1]:
        name = plain(column_name(column), 40)
        example = plain(next(iter(draft.upload.looks[kind].examples(column, 1)), ""), 40)
        with st.container(horizontal=True, vertical_alignment="center", key=f"offer_{kind}"):
            st.markdown(
                tr(":material/schedule: **{column}** looks like times ({example}) and is not used. Without times, events keep the "
                   "order of the file.", column=name, example=example), width="stretch",
            )  # fmt: skip
            import_state.button(
                tr("Use {column} as time", column=name), _use_time, kind, column, key=f"use_time_{kind}"
            )


def _use_time(kind: Kind, column: str) -> None:
    draft = session().importing
    assert draft is not None
    draft.map(kind, "time", column)
    draft.check()
    st.session_state[role_key(kind, "time")] = column


def column_name(column: str) -> str:
    """The name of a column of the file; without a header columns have numbers."""
    if column == NONE:
        return tr(NONE)
    return tr("column {number}", number=column) if column.isdigit() else column
