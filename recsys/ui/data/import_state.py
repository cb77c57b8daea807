"""The import of a session: its draft, and what presses do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from recsys.errors import NotFoundError
from recsys.services.data import import_draft, received, saved_draft
from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.import_outcome import FileKind
from recsys.ui.shell import uploads
from recsys.ui.shell.state import session, workspace


def current() -> ImportDraft | None:
    """The import under way, with the outcome of its last try taken over; None before the first upload.

    Raises NotFoundError where its files are gone, and where another tab has it: then it stays the session's, for `take_over`.
    """
    draft = session().importing
    if draft is None:
        return None
    try:
        draft.follow()
    except NotFoundError:
        if not draft.upload.exists:
            session().importing = None
        raise
    return draft


def take_over() -> None:
    """Continue the import here that another tab has; what was decided there stays."""
    draft = session().importing
    assert draft is not None
    session().importing = saved_draft.reopen(workspace(), draft.upload.id)


def aim(appends: str | None) -> None:
    """Make the import that adds to this dataset, or that of a new one, the current one; another is shelved with its files."""
    now = session()
    if now.importing is not None and now.importing.appends != appends:
        now.shelved[now.importing.appends] = now.importing
        now.importing = None
    if now.importing is None:
        now.importing = now.shelved.pop(appends, None)


def target() -> str | None:
    """The dataset that the open dialog adds to; None where it makes a new one."""
    return session().appending if session().dialog == "append" else None


def take_in(kind: FileKind, key: str) -> None:
    """Take over an upload, and free the server's memory of it: from then on the uploader is replaced by the file's name."""
    file = st.session_state[key]
    draft = session().importing or import_draft.begin(workspace(), target())
    session().importing = draft
    on_disk = uploads.file_of(file.getvalue())
    draft.add(kind, file.name, on_disk or file)
    if on_disk is not None:
        received.discard(on_disk)
    _free(file)
    del st.session_state[key]


def _free(file: Any) -> None:
    context = get_script_run_ctx()
    assert context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager)
    context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def button(label: str, press: Callable[..., None], *args: object, key: str, **options: Any) -> None:
    """A button whose press is acted on before the dialog is drawn."""
    st.button(label, key=key, on_click=press, args=args, **options)
