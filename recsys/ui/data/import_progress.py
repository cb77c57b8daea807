"""The try of an import: its progress with Stop, why it ended without a dataset, and the way to the next step."""

from __future__ import annotations

import streamlit as st

from recsys.messages import message, plural
from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.import_outcome import Outcome
from recsys.ui.data import import_state
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import import_cards, open_imports
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import rerun, session
from recsys.ui.shell.text import capitalized, duration, plain

EVERY = 0.7  # seconds between two looks at the try


def checked(draft: ImportDraft) -> Outcome | None:
    """The outcome of the try if it made a dataset; else draws how far it is, or why there is none."""
    if draft.fault is not None:
        fail(draft.fault)
    if not draft.has_log:
        return None
    now = draft.progress
    if now.state == "running":
        st.fragment(live, run_every=EVERY)(draft.can_be_mapped)
        return None
    if now.state in ("failed", "none"):
        if now.state == "failed":
            st.error(plain(now.message, 400), icon=":material/error:")
        else:
            st.info(
                tr("Stopped. Nothing was stored; the files and your choices are kept."), icon=":material/stop_circle:"
            )
        import_state.button(tr("Check again"), draft.check_again, key="import_again", icon=":material/replay:")
        return None
    outcome = draft.outcome
    if outcome is not None and outcome.error is not None:
        _refused(draft, outcome)
    return outcome if outcome is not None and outcome.summary is not None else None


def live(had_columns: bool) -> None:
    """How far the try is, with the way to end it; once it has ended or has seen the columns, the step is drawn again."""
    draft = session().importing
    if draft is None or draft.progress.state != "running" or draft.can_be_mapped != had_columns:
        rerun()
    assert draft is not None
    now, name = draft.progress, draft.upload.files["interactions"].name
    text = message("{step} …") if now.eta is None else message("{step} …, {left} left")
    with st.container(horizontal=True, vertical_alignment="bottom", key="import_live"):
        st.progress(now.share, text=tr(text, step=plain(capitalized(now.step)), left=duration(now.eta or 0.0)))
        if st.button(tr("Stop"), key="import_stop", icon=":material/stop_circle:",
                     help=tr("Nothing is stored. The files and your choices are kept.")):  # fmt: skip
            draft.stop()
            rerun()
    st.caption(tr("Checking {name}. It continues when you leave this page.", name=plain(name, 60)))


def _refused(draft: ImportDraft, outcome: Outcome) -> None:
    """Why the files were refused, and where."""
    assert outcome.error is not None
    st.error(plain(outcome.error, 400), icon=":material/warning:")
    place = []
    if outcome.file in draft.upload.files:
        place.append(tr("File {name}", name=plain(draft.upload.files[outcome.file].name, 60)))
    if outcome.line is not None:
        place.append(tr("Line {line}", line=outcome.line))
    if outcome.column:
        place.append(tr("Column {column}", column=plain(outcome.column, 60)))
    st.caption(" · ".join(place))


def bar(draft: ImportDraft, *, is_first: bool = False, why_not: str = "") -> None:
    """Back and Next; `why_not` says what is missing before the step can be left."""
    with st.container(horizontal=True, vertical_alignment="center", key="import_bar"):
        if not is_first:
            import_state.button(tr("Back"), draft.back, key="import_back", icon=":material/arrow_back:")
        if not is_first or draft.can_be_mapped:
            _next(draft, len(draft.open) if is_first else 0, is_disabled=bool(why_not))
        if why_not:
            st.caption(why_not, width="content")
        st.space("stretch")
        over(draft)


def over(draft: ImportDraft) -> None:
    """Start over, once that is confirmed."""
    with st.popover(tr("Start over"), key="import_over", type="tertiary"):
        if import_cards.discards("import_over_now"):
            open_imports.forget(draft)
            rerun()


def _next(draft: ImportDraft, num_open: int, *, is_disabled: bool) -> None:
    """The button that leaves the step; `num_open` problems wait behind it."""
    label = tr("Next")
    if num_open:
        label = tr(plural("Next: {n:,} problem", "Next: {n:,} problems", num_open))
    is_waiting = draft.is_leaving and draft.progress.state == "running"
    import_state.button(label, draft.go_on, key="import_next", type="primary", icon=":material/arrow_forward:", disabled=is_disabled or is_waiting)  # fmt: skip
