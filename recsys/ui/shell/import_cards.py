"""The imports of this session in the sidebar, while their dialog is closed: how far each is, and the way back to it."""

from __future__ import annotations

import streamlit as st

from recsys.errors import NotFoundError
from recsys.messages import Message, message, plural
from recsys.services.data.datasets import list_datasets
from recsys.services.data.import_draft import ImportDraft
from recsys.ui.shell import nav, open_imports
from recsys.ui.shell.job_line import job_line
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import open_import, rerun, session, workspace
from recsys.ui.shell.text import capitalized, duration, plain


def drafts(page: str) -> list[ImportDraft]:
    """The imports with files that `page` does not show itself, with what their tries have come to."""
    shown = []
    for draft in open_imports.drafts():
        if draft is session().importing and is_shown(page):
            continue
        try:
            draft.follow()  # which also keeps the files from being removed
        except NotFoundError:
            continue
        if draft.has_log:
            shown.append(draft)
    return shown


def is_shown(page: str) -> bool:
    """Whether a page shows the current import: in a dialog or, without a dataset, on Data itself."""
    now = session()
    if page != "data":
        return False
    return (now.page == page and now.dialog in ("import", "append")) or not list_datasets(workspace())


def card(draft: ImportDraft) -> None:
    """One import: a press opens it on Data, the cross stops it or, where it is not under way, discards it after a question."""
    key, is_running = draft.upload.path.name.rsplit(".", 1)[-1], draft.progress.state == "running"
    watch, end = job_line(
        f"import_job_{key}", tr(state(draft)), f"watch_import_{key}", f"stop_import_{key}",
        is_watch_disabled=is_presenting(), is_end_disabled=is_presenting(),
        end_help=tr("Stop checking. The files and your choices are kept.") if is_running else tr("Discard this import"),
        confirm=None if is_running else discards,
    )  # fmt: skip
    if watch:
        go_on(draft)
    if end:
        if is_running:
            draft.stop()
        else:
            open_imports.forget(draft)
        rerun()


def discards(key: str) -> bool:
    """Say what is discarded, and whether the button that does it was pressed."""
    st.markdown(tr("This removes the uploaded files and your choices."))
    return st.button(tr("Discard this import"), type="primary", key=key)


def go_on(draft: ImportDraft) -> None:
    """Open an import on Data."""
    open_import(draft.appends)
    nav.go("data", dataset=draft.appends or session().dataset_id or "")


def state(draft: ImportDraft) -> Message:
    """How far an import is, in a few words; escaped."""
    now, outcome = draft.progress, draft.outcome
    name = plain(draft.upload.files["interactions"].name, 40)
    if now.state == "running":
        text = message("{name} · {step}") if now.eta is None else message("{name} · {step}, {left} left")
        return text.format(name=name, step=plain(capitalized(now.step)), left=duration(now.eta or 0.0))
    if now.state == "done" and outcome is not None and outcome.summary is not None:
        return message("{name} · ready to import", name=name)
    if now.state == "done" and draft.open:
        return plural(
            "{name} · {n:,} problem to decide", "{name} · {n:,} problems to decide", len(draft.open), name=name
        )
    if now.state == "none":
        return message("{name} · check stopped", name=name)
    return message("{name} · needs a look", name=name)
