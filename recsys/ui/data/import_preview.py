"""The last step of an import: what the dataset will be, its name, and the button that stores it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.data.dataset import Repair
from recsys.data.importing.import_choices import Filters
from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.messages import Message, message, plural
from recsys.services.data import import_notes
from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.import_outcome import FIRST_ROWS, Outcome, has_weights
from recsys.ui.data import import_columns, import_filters, import_progress, import_state
from recsys.ui.data.protection_form import protection_form
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import rerun, session, workspace
from recsys.ui.shell.text import comma_list, plain

ROLES = {
    "user": message("User"), "item": message("Item"), "rating": message("Rating"), "time": message("Timestamp"),
    "event": message("Event type"), "title": message("Title"), "category": message("Category"), "price": message("Price"),
    "text": message("Text"),
}  # fmt: skip
COUNTS: dict[str, Message] = {"rows": message("Rows"), "users": message("Users"), "items": message("Items")}
SHOWN = 8  # notes in view of what was left out, and of what to look at
ALREADY_SHOWN = ("column",)  # kinds of repairs: the columns stand above


def show(draft: ImportDraft) -> None:
    outcome = import_progress.checked(draft)
    if outcome is not None:
        ready(draft, outcome)
        return
    if draft.progress.state != "running" and draft.filters != Filters():
        import_filters.keep_only(draft)  # which may be why nothing is left
    import_progress.bar(
        draft, why_not=tr("There is nothing to import yet.") if draft.progress.state != "running" else ""
    )


def ready(draft: ImportDraft, outcome: Outcome) -> None:
    """Counts, columns, first events, repairs, name and Import."""
    counts(draft, outcome)
    columns(draft)
    import_columns.offer_times(draft)
    first_rows(outcome)
    notes(outcome)
    is_changed = draft.appends is None and import_filters.show(draft, outcome)
    if draft.appends is None:
        privacy(draft, outcome)
    with st.container(horizontal=True, vertical_alignment="bottom", key="import_bar"):
        draft.name = st.text_input(
            tr("Name of the dataset"), value=draft.name, max_chars=80, key=name_key(draft), width=320
        )
        label = tr("Import") if draft.appends is None else tr("Add events")
        is_pressed = st.button(
            label, type="primary", key="import", icon=":material/download_done:", disabled=is_changed
        )
        if draft.step == "preview":
            import_state.button(tr("Back"), draft.back, key="import_back", icon=":material/arrow_back:")
        st.space("stretch")
        import_progress.over()
    if is_changed:
        st.caption(tr("What you changed above is not applied yet: press Apply, or undo it."))
    if is_pressed:
        store(draft)


def name_key(draft: ImportDraft) -> str:
    return f"import_name_{draft.version}"


def store(draft: ImportDraft) -> None:
    """Keep the dataset and show it."""
    appends = draft.appends
    try:
        dataset_id = draft.keep(workspace())
    except RecsysError as error:
        fail(error)
        return
    now = session()
    now.importing, now.dialog, now.dataset_id, now.imported = None, None, dataset_id, dataset_id
    now.appended_to = appends
    nav.go("data", dataset=dataset_id)


def as_found(draft: ImportDraft) -> None:
    """What is seen of the interactions before the problems are decided: columns, and the first rows as they stand in the file."""
    if draft.open:
        text = plural("Nothing is imported yet: {n:,} problem needs your decision.",
                      "Nothing is imported yet: {n:,} problems need your decision.", len(draft.open))  # fmt: skip
        st.info(tr(text), icon=":material/help:")
    columns(draft)
    import_columns.offer_times(draft)
    look = draft.upload.looks["interactions"]
    table = pd.DataFrame(
        list(look.rows[:FIRST_ROWS]), columns=[import_columns.column_name(name) for name in look.columns]
    )
    st.dataframe(
        table, hide_index=True, key="as_found", alt=tr("The first rows of the file"), height=35 * (len(table) + 1) + 3
    )


def counts(draft: ImportDraft, outcome: Outcome) -> None:
    """Rows, users and items that are kept, and of how many; of a dataset that a log is added to, how many it has so far. Then where
    all rows of the file went."""
    summary, before = outcome.summary, outcome.report.before
    assert summary is not None
    kept = numbers(summary)
    so_far = {} if draft.appends is None else numbers(workspace().datasets.summary(draft.appends))
    with st.container(horizontal=True, key="import_counts"):
        for name, label in COUNTS.items():
            text = tr("all of the file")
            if name in so_far:
                text = tr("{count:,} so far", count=so_far[name])
            elif before.get(name, kept[name]) > kept[name]:
                text = tr("of {before:,} in the file", before=before[name])
            title = tr(label)
            st.markdown(f"{title}  \n**{kept[name]:,}**  \n:small[{text}]", width="stretch")
    if outcome.report.balance is not None:
        balance = tr(outcome.report.balance.sentence)
        st.markdown(balance)


def numbers(summary: DatasetSummary) -> dict[str, int]:
    return {"rows": summary.rows, "users": summary.users, "items": summary.items}


def columns(draft: ImportDraft) -> None:
    """The detected columns of the interactions, and the way to change them."""
    roles = draft.roles("interactions")
    parts = [
        tr("{role}: **{column}**", role=tr(ROLES[role]),
           column=plain(import_columns.column_name(column), 40))
        for role, column in roles.items()
    ]  # fmt: skip
    unused = draft.upload.looks["interactions"].unused(roles)
    if unused:
        parts.append(tr("not used: {columns}", columns=plain(comma_list(map(import_columns.column_name, unused)), 120)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="import_columns"):
        st.markdown(" · ".join(parts), width="stretch")
        if draft.step != "columns":
            import_state.button(tr("Change columns"), draft.go_to, "columns", key="change_columns", type="tertiary", icon=":material/edit:")  # fmt: skip


def first_rows(outcome: Outcome) -> None:
    """The first events as they are read."""
    table = pd.DataFrame([row.model_dump() for row in outcome.rows])
    table = table.dropna(axis="columns", how="all")
    rating = tr("Weight") if has_weights(outcome.report) else tr("Rating")
    st.dataframe(
        table, hide_index=True, key="preview", alt=tr("The first events as they are read"), height=35 * (len(table) + 1) + 3,
        column_config={
            **{name: st.column_config.TextColumn(tr(ROLES[name])) for name in ("user", "item", "time")},
            "rating": st.column_config.NumberColumn(rating, width="small"),
        },
    )  # fmt: skip


def notes(outcome: Outcome) -> None:
    """What was left out or decided, then warnings; how the files were read is folded."""
    balance = outcome.report.balance
    is_later = balance is not None and balance.is_later
    repairs = [
        repair
        for repair in import_notes.in_order(outcome.report.repairs)
        if repair.kind not in ALREADY_SHOWN and not repair.kind.startswith(import_filters.FILTER)
    ]
    read = [repair for repair in repairs if import_notes.is_reading(repair)]
    doubtful = [repair for repair in repairs if import_notes.is_to_look_at(repair)]
    left_out = [repair for repair in repairs if repair not in read and repair not in doubtful]
    _listed(left_out[:SHOWN], is_later)
    for warning in outcome.report.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    _listed(doubtful[:SHOWN], is_later)
    if more := [*left_out[SHOWN:], *doubtful[SHOWN:], *read]:
        title = plural("How the files were read: {n:,} note", "How the files were read: {n:,} notes", len(more))
        if len(more) > len(read):
            title = plural("{n:,} more note", "{n:,} more notes", len(more))
        with st.expander(tr(title), icon=":material/cleaning_services:", key="more_notes"):
            _listed(more, is_later)


def _listed(repairs: list[Repair], is_later: bool) -> None:
    if repairs:
        st.markdown("\n".join(f"- {repair_note(repair, is_later=is_later)}" for repair in repairs))


def privacy(draft: ImportDraft, outcome: Outcome) -> None:
    """What is not kept of people; another choice is checked at once."""
    assert outcome.summary is not None
    if outcome.people is not None:
        st.caption(plain(outcome.people, 200))
    columns = {"users": outcome.summary.user_columns, "items": outcome.summary.item_columns}
    chosen = protection_form(columns, draft.protection, has_times=outcome.summary.has_times)
    if chosen != draft.protection:
        draft.protect(chosen)
        rerun()


def repair_note(repair: Repair, *, is_later: bool = False) -> str:
    """One note as Markdown, with the numbers of the lines that it is about; `is_later`: those of a file that was added."""
    if not repair.lines:
        return plain(repair.message)
    note, lines = plain(repair.message), comma_list(map(str, repair.lines))
    if is_later and repair.count > len(repair.lines):
        return tr("{note} Lines {lines} and more of the new file.", note=note, lines=lines)
    if is_later:
        return tr(plural("{note} Line {lines} of the new file.", "{note} Lines {lines} of the new file.",
                         repair.count, note=note, lines=lines))  # fmt: skip
    if repair.count > len(repair.lines):
        return tr("{note} Lines {lines} and more.", note=note, lines=lines)
    return tr(plural("{note} Line {lines}.", "{note} Lines {lines}.", repair.count, note=note, lines=lines))
