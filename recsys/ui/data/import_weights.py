"""Types of events in the problems of an import: which of them count, and with which weight."""

from __future__ import annotations

import streamlit as st

from recsys.data.importing.faults import Fault
from recsys.messages import plural
from recsys.services.data.import_draft import ImportDraft
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import plain

LEAST, MOST = 0.1, 1e6
WIDTH, FIELD = 420, 130  # pixels of a line and of its weight


def rows(draft: ImportDraft, fault: Fault) -> None:
    """A line for each type: whether it counts, its number of events and its weight."""
    st.caption(
        tr("Equal weights: each event counts. Different weights become the ratings, and of a user and an item the strongest "
           "event counts.")
    )  # fmt: skip
    with st.container(horizontal=True, wrap=False, gap="small", width=WIDTH):
        st.caption(tr("Type"), width="stretch")
        st.caption(tr("Weight"), width=FIELD)
    weights = draft.weights[fault.key]
    for number, (event_type, count) in enumerate(fault.types):
        name, weight = plain(event_type, 60) or tr("(empty)"), weights[event_type]
        kept, weighed = keys(draft, fault, number)
        with st.container(
            horizontal=True, vertical_alignment="center", wrap=False, gap="small", width=WIDTH, key=f"row_{weighed}"
        ):
            label = tr(plural("{type} · {n:,} event", "{type} · {n:,} events", count, type=name))
            st.checkbox(label, weight > 0, key=kept, width="stretch", on_change=_weigh, args=(fault.key, event_type, kept, weighed))  # fmt: skip
            st.number_input(
                tr("Weight of {type}", type=name), LEAST, MOST, weight or 1.0, 1.0, key=weighed, format="%g", width=FIELD,
                label_visibility="collapsed", disabled=weight == 0, on_change=_weigh,
                args=(fault.key, event_type, kept, weighed),
            )  # fmt: skip
    num_others = fault.count - sum(count for _, count in fault.types)
    if num_others:
        st.caption(
            tr(plural("{n:,} event of a rarer type is the next question.",
                      "{n:,} events of rarer types are the next question.", num_others))
        )  # fmt: skip


def keys(draft: ImportDraft, fault: Fault, number: int) -> tuple[str, str]:
    """Keys of the box and of the weight of a type."""
    return tuple(f"{what}_{fault.key}_{draft.version}_{number}" for what in ("keep_type", "weight"))  # type: ignore[return-value]


def _weigh(fault_key: str, event_type: str, kept: str, weighed: str) -> None:
    draft = session().importing
    assert draft is not None
    draft.weigh(fault_key, event_type, float(st.session_state[weighed]) if st.session_state[kept] else 0.0)
