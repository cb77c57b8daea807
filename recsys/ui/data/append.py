"""Adding a later log to a dataset: the way in, and what an older dataset says of the newer one."""

from __future__ import annotations

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.data import datasets
from recsys.services.data.append import recipe_to_append
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav, presenter
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain


def offer(chosen: DatasetSummary) -> None:
    """The button that opens the import for this dataset."""
    if st.button(tr("Add new events"), key="open_append", icon=":material/playlist_add:", disabled=presenter.is_presenting(),
                 help=tr("A later file, read with the choices of this import. The dataset as it is stays.")):  # fmt: skip
        session().dialog, session().appending = "append", chosen.dataset_id


def can_be_appended(dataset_id: str) -> bool:
    """Whether a log can be added; else says why not."""
    try:
        workspace().datasets.summary(dataset_id)
        recipe_to_append(workspace().datasets, dataset_id)
    except RecsysError as error:
        fail(error)
        return False
    return True


def newer(chosen: DatasetSummary) -> None:
    """That newer events were added to this dataset, and the way to the dataset with them."""
    newest = datasets.newest_of(workspace(), chosen.dataset_id)
    if newest is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="newer_dataset"):
        name = plain(newest.name, 60)
        text = plural("Newer events were added: **{name}** has {n:,} interaction.",
                      "Newer events were added: **{name}** has {n:,} interactions.", newest.rows, name=name)  # fmt: skip
        st.markdown(f":material/update: {tr(text)}", width="content")
        if st.button(tr("Open"), key="open_newer", type="tertiary"):
            nav.go("data", dataset=newest.dataset_id)
