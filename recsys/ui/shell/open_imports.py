"""The imports of a session in the address of its pages: a reload, or another language, finds them again.

The link to share leaves them out: who opens one takes it over.
"""

from __future__ import annotations

import streamlit as st

from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.saved_draft import reopen
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, session, to_address, workspace

PARAMETER = "import"


def follow() -> None:
    """Open the imports of the link in a new session; from then on the link names those of the session."""
    now = session()
    if now.page is None:
        for draft_id in _named():
            _open(draft_id)
    to_address(**{PARAMETER: ",".join(sorted(draft.upload.id for draft in drafts())) or None})


def _open(draft_id: str) -> None:
    now, open_drafts = session(), drafts()
    if draft_id in [draft.upload.id for draft in open_drafts]:
        return
    draft = reopen(workspace(), draft_id)
    if draft is None:
        st.toast(tr("The import of this link is no longer here: it is finished, or its files were removed."))
    elif now.importing is None:
        now.importing = draft
    else:
        now.shelved = {draft.appends: draft, **now.shelved}


def drafts() -> list[ImportDraft]:
    """The current import, if any, and the shelved ones."""
    now = session()
    return [draft for draft in (now.importing, *now.shelved.values()) if draft is not None]


def is_in_address(draft: ImportDraft) -> bool:
    return draft.upload.id in _named()


def _named() -> list[str]:
    named = from_address(PARAMETER)
    return named.split(",") if named else []


def forget(draft: ImportDraft) -> None:
    """Delete the files of an import, unless another session decides about it, and forget it."""
    draft.upload.give_up()
    now = session()
    now.shelved = {target: other for target, other in now.shelved.items() if other is not draft}
    if now.importing is draft:
        now.importing = None
