"""The first batch, for who opens it."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.services.train.planning import TrainRequest
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain


def fold(request: TrainRequest) -> None:
    """Rows of the first batch with titles; built only where the fold is open."""
    folded = st.expander(
        tr("First batch: what the model sees"), icon=":material/visibility:", key="first_batch", on_change="rerun"
    )
    if not folded.open:
        return
    with folded:
        try:
            batch = cache.first_batch(workspace(), request)
        except RecsysError as error:
            fail(error)
            return
        if batch is None:
            st.caption(tr("This model has a closed form: it is fitted on all interactions at once, without batches."))
            return
        st.caption(plain(batch.words, 600))
        shown = batch.table.rename(columns=localized).map(
            lambda cell: localized(cell) if isinstance(cell, str) else cell
        )
        alt = tr("Rows of the first batch with titles")
        st.dataframe(shown, hide_index=True, height=320, key="first_batch_rows", alt=alt)
