"""Where the score comes from: a compact waterfall over the sources of the score."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.services.explain import score_breakdown
from recsys.services.explain.score_breakdown import BreakdownReport
from recsys.ui.explain.event_chart import heading
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.text import plain

ROW, FRAME = 30, 70  # pixels of a bar, and of what stands around the bars
LOWEST = 236


def show(breakdown: BreakdownReport) -> None:
    names, values = [name for name, _ in breakdown.sources], [value for _, value in breakdown.sources]
    start = (score_breakdown.BLIND if breakdown.start else "nothing", breakdown.start)
    steps = [start, *breakdown.sources, ("rounding", breakdown.residual), ("this item", breakdown.value)]
    table = pd.DataFrame(steps, columns=["source", breakdown.quantity.unit])
    heading("Where the score comes from", "", table, adds_up(breakdown))
    figure = charts.waterfall(names, values, start, "this item", breakdown.quantity.unit)
    height = max(LOWEST, FRAME + ROW * (len(names) + 2))
    compact_charts.compact(figure, "sources", f"{breakdown.sentence} {adds_up(breakdown)}", height)
    st.caption(plain(breakdown.sentence))


def adds_up(breakdown: BreakdownReport) -> str:
    span = f"together from {breakdown.start:.2f} to {breakdown.value:.2f} ({breakdown.quantity.unit})"
    return (
        f"Blue raises the item, orange lowers it: {span}. A bar is what a source adds on average over all orders of the "
        "sources (Shapley): to all the others it may add less, or more."
    )
