"""Right after an import: up to three models to begin with, a sentence each, and the way to train them."""

from __future__ import annotations

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.ui.shell import cache, context, nav, presenter
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain


def show(chosen: DatasetSummary) -> None:
    """The suggestions for a dataset that this session imported, until a model is trained on it. Before `upload.success`."""
    now = session()
    if now.imported == chosen.dataset_id:
        now.suggested_for = chosen.dataset_id
    if now.suggested_for != chosen.dataset_id or context.current().all_runs or presenter.is_presenting():
        return
    seen = cache.feasibility(workspace(), chosen.dataset_id)
    if not seen.suggestions:
        return
    st.markdown(tr("**Models to begin with**"))
    for column, one in zip(st.columns(len(seen.suggestions)), seen.suggestions, strict=True):
        with column:
            label = tr("Train {model}", model=plain(one.title))
            if st.button(label, key=f"suggested_{one.model}", icon=":material/play_arrow:"):
                nav.go("train", dataset=chosen.dataset_id, model=one.model)
            st.caption(plain(one.sentence))
