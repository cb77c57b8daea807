"""Blends on the Models page: making one of the selected models, and what one is made of."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.services.models import blends
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain


def offer(chosen: Sequence[RunSummary]) -> None:
    """The button; where it cannot be pressed, why not. Leads to the new run."""
    why_not = blends.why_not_blended(chosen)
    pressed = st.button(
        tr("Blend selected models"), key="blend", icon=":material/blender:", disabled=bool(why_not),
        help=tr("Makes one model that adds up the scores of the selected ones; the weights are fitted on validation."),
    )  # fmt: skip
    if why_not:
        st.caption(tr("No blend of these: {reason}", reason=plain(why_not)))
    if not pressed:
        return
    bar = st.progress(0.0, text=tr("Loading the models …"))
    st.button(
        tr("Stop"), key="stop_blend", help=tr("Nothing is kept.")
    )  # any press ends this run of the page at its next tick
    try:
        from recsys.services.models.fit_blend import blend  # with torch: looking at runs does without

        made = blend(workspace(), [run.run_id for run in chosen], tick=lambda share, doing: _tell(bar, share, doing))
    except RecsysError as error:
        fail(error)
        return
    session().run_id, session().compare_id = made.run_id, None
    nav.go("models", run=made.run_id)


def _tell(bar: st.delta_generator.DeltaGenerator, share: float, doing: str) -> None:
    bar.progress(share, text=tr("{step}: {share:.0%}", step=doing, share=share))


def parts(run: RunSummary) -> None:
    """What each run counts in a blend, and how good it is alone."""
    report = blends.report(workspace(), run.run_id)
    if report.trouble:
        st.warning(plain(report.trouble, 400), icon=":material/warning:")
    ndcg = [report.metrics[split][HEADLINE] if split in report.metrics else None for split in ("validation", "test")]
    rows = [(localized(part.title), part.run_id, part.weight, part.validation, part.test) for part in report.parts]
    metric = metric_label(HEADLINE)
    columns = [
        tr("Model"),
        tr("Run"),
        tr("Weight"),
        tr("Validation {metric}", metric=metric),
        tr("Test {metric}", metric=metric),
    ]
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        pd.DataFrame([*rows, (tr("Blend"), run.run_id, None, *ndcg)], columns=columns), hide_index=True, key="parts",
        alt=tr("The blend and its parts: weight, {metric} on validation and test", metric=metric), placeholder="–",
        column_config={columns[2]: st.column_config.NumberColumn(format="%.2f"), **dict.fromkeys(columns[3:], number)},
    )  # fmt: skip
    st.caption(
        tr("Weights were fitted on validation alone; the test was read once, afterwards. Scores are standard deviations "
           "above the mean of the catalogue.")
    )  # fmt: skip
