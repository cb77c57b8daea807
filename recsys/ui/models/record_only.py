"""A run that saw a person who was forgotten since: what is left of it, and the way to train it again without them."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.runs.forgotten import SEEN
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import workspace


def show(run: RunSummary) -> None:
    """The mark in words, the figure it had, and the button."""
    st.warning(tr(SEEN), icon=":material/person_remove:")
    if run.metrics and not run.hides_test:
        st.caption(tr("{metric} on the test was {value:.3f}, measured with that person: not comparable with other models.",
                      metric=metric_label(HEADLINE), value=run.metrics[HEADLINE]))  # fmt: skip
    if run.is_blend:
        st.caption(tr("Train the models it is made of again, then blend them."))
    elif st.button(tr("Train again without the person"), type="primary", key="train_without", icon=":material/replay:",
                   disabled=is_presenting()):  # fmt: skip
        _train_again(run.run_id)


def _train_again(run_id: str) -> None:
    with st.spinner(tr("Starting the training …")):
        from recsys.services.train.retrain import train_again  # with torch: the page does without

        try:
            new_id = train_again(workspace(), run_id)
        except RecsysError as error:
            fail(error)
            return
    nav.go("train", run=new_id)
