"""Where the score comes from: a compact waterfall over the sources of the score."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.services.explain import score_breakdown
from recsys.services.explain.score_breakdown import BreakdownReport
from recsys.ui.explain.event_chart import heading
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.text import plain

ROW, FRAME = 30, 70  # pixels of a bar, and of what stands around the bars
LOWEST = 236


def show(breakdown: BreakdownReport) -> None:
    sources = [(localized(name), value) for name, value in breakdown.sources]
    start = (localized(score_breakdown.BLIND) if breakdown.start else tr("nothing"), breakdown.start)
    unit, end = localized(breakdown.quantity.unit), tr("this item")
    steps = [start, *sources, (tr("rounding"), breakdown.residual), (end, breakdown.value)]
    table = pd.DataFrame(steps, columns=[tr("source"), unit])
    heading(tr("Where the score comes from"), "", table, adds_up(breakdown))
    names, values = [name for name, _ in sources], [value for _, value in sources]
    figure = charts.waterfall(names, values, start, end, unit)
    height = max(LOWEST, FRAME + ROW * (len(names) + 2))
    compact_charts.compact(figure, "sources", f"{localized(breakdown.sentence)} {adds_up(breakdown)}", height)
    st.caption(plain(breakdown.sentence))


def adds_up(breakdown: BreakdownReport) -> str:
    """What the bars add up to, and how each is computed."""
    return tr(
        "Blue raises the item, orange lowers it: together from {start:.2f} to {end:.2f} ({unit}). Each bar is the effect of a "
        "source, averaged over all orders of the sources (Shapley).",
        start=breakdown.start, end=breakdown.value, unit=breakdown.quantity.unit,
    )  # fmt: skip
