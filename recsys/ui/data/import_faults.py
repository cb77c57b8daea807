"""The third step of an import: what has several readings, and what to do about it. Nothing is chosen in advance."""

from __future__ import annotations

import streamlit as st

from recsys.data.importing.faults import DROP_ROWS, Fault
from recsys.data.interactions import ITEM, RATING, USER
from recsys.messages import message, plural
from recsys.services.data import fault_effects
from recsys.services.data.import_draft import WEIGHTS, ImportDraft
from recsys.ui.data import import_progress, import_state, import_weights
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import capitalized, comma_list, plain

EXAMPLES = 3
VALUES = message("Values: {values}")
VALUES_OF = {
    USER: message("Users: {values}"), ITEM: message("Items: {values}"), RATING: message("Ratings: {values}"),
    "timestamp": message("Timestamps: {values}"), "event": message("Event types: {values}"),
}  # fmt: skip
CHOOSE = message("choose types and weights")


def show(draft: ImportDraft) -> None:
    """A card for each problem; the step is left when all are decided."""
    if not draft.faults:
        st.success(tr("No problems: nothing has to be decided."), icon=":material/check_circle:")
    num_proposed = sum(fault.proposed is not None for fault in draft.open)
    if num_proposed:
        with st.container(horizontal=True, vertical_alignment="center"):
            import_state.button(tr("Accept all proposals"), accept_all, key="accept_all", icon=":material/done_all:")
            text = plural("{n:,} problem concerns few rows and has a usual treatment.",
                          "{n:,} problems concern few rows and have a usual treatment.", num_proposed)  # fmt: skip
            st.caption(tr(text), width="content")
    for fault in draft.faults.values():
        card(draft, fault)
    import_progress.checked(draft)
    num_open = len(draft.open)
    why_not = tr(plural("{n:,} problem is open.", "{n:,} problems are open.", num_open)) if num_open else ""
    import_progress.bar(draft, why_not=why_not)


def card(draft: ImportDraft, fault: Fault) -> None:
    """What was found, how much and where, the treatments, and what the chosen one does."""
    labels = {treatment.name: treatment.label for treatment in fault.treatments}
    if fault.types:
        labels[WEIGHTS] = CHOOSE
    chosen, key = draft.treatments.get(fault.key), radio_key(fault)
    with st.container(border=True, gap="xsmall", key=f"card_{fault.key.replace('.', '_')}"):
        sentence = plain(fault.sentence, 400)
        st.markdown(f"**{sentence}**")
        shown = [tr(fault_effects.share_text(fault)), *examples(fault)]
        st.caption(" · ".join(shown))

        def label(name: str) -> str:
            words = plain(capitalized(labels[name]))
            return tr("{treatment} (proposed)", treatment=words) if name == fault.proposed else words

        st.session_state[key] = chosen  # also where it was decided in another tab
        st.radio(
            tr("What to do"), [*labels], index=None, key=key, format_func=label, on_change=decide, args=(fault.key, key),
        )  # fmt: skip
        if [*labels] == [DROP_ROWS.name]:
            st.caption(
                tr("The rows say too little to repair them. To keep them, correct the file and upload it again.")
            )
        if chosen == WEIGHTS:
            import_weights.rows(draft, fault)
        elif chosen is not None:
            effect = tr(fault_effects.effect(fault, chosen))
            st.caption(f":material/subdirectory_arrow_right: {effect}")


def radio_key(fault: Fault) -> str:
    return f"treat_{fault.key}"


def examples(fault: Fault) -> list[str]:
    """The first lines and values that a problem is about."""
    shown = []
    if fault.lines:
        numbers = comma_list(map(str, fault.lines[:EXAMPLES]))
        text = message("Line {lines}") if len(fault.lines) == 1 else message("Lines {lines}")
        if fault.count > EXAMPLES:
            text = message("Lines {lines} and more")
        shown.append(tr(text, lines=numbers))
    if fault.values:
        values = fault.values if fault.types else fault.values[:EXAMPLES]
        listed = plain(comma_list(map(_quoted, values)), 200 if fault.types else 120)
        shown.append(tr(VALUES_OF.get(fault.column or "", VALUES), values=listed))
    return shown


def _quoted(value: str) -> str:
    return value if value.strip() else tr("(empty)")


def decide(fault_key: str, key: str) -> None:
    draft = session().importing
    assert draft is not None
    draft.decide(fault_key, st.session_state[key])


def accept_all() -> None:
    draft = session().importing
    assert draft is not None
    draft.accept_proposals()
    for key, treatment in draft.treatments.items():
        st.session_state[f"treat_{key}"] = treatment
