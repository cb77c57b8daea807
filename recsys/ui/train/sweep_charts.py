"""Charts of a sweep: parallel coordinates of its runs, and the importance of each setting."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.evaluation.setting_importance import Importance
from recsys.ui.models.setting_names import setting_name
from recsys.ui.parts import chart_frame, charts
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import unescaped

HEIGHT, BAR, AROUND = 270, 30, 70  # pixels: of the lines, of a bar of the importance, of its axis
LOG_RATIO = 8  # largest over smallest value from which an axis is logarithmic
FEW = 6  # values that all have a tick
TICKS = 5
NARROW = 12  # letters of a line above an axis
SCALE = [[0.0, charts.GREY], [0.5, "#56B4E9"], [1.0, charts.ORANGE]]  # seen on light and dark, in order also in grey


def parallel(settings: Mapping[str, Sequence[float]], scores: Sequence[float]) -> go.Figure:
    """One axis a setting and the last for the score, one line a run, coloured by its score."""
    dimensions = [_axis(setting_name(name), values) for name, values in settings.items()]
    dimensions.append(_axis(tr("validation NDCG@10"), scores, digits=3))
    return go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={"color": list(scores), "colorscale": SCALE},
            domain={"x": [0.0, 0.95], "y": [0.0, 0.78]},
        )
    )


def _axis(name: str, values: Sequence[float], digits: int = 2) -> dict[str, Any]:
    label = "<br>".join(textwrap.wrap(charts.escaped(name.partition(" (")[0]), NARROW)[:3])
    is_log = min(values) > 0 and max(values) / min(values) >= LOG_RATIO
    placed = np.log2(values) if is_log else np.asarray(values, dtype=np.float64)
    low, high = float(placed.min()), float(placed.max())
    room = 0.5 if low == high else 0.0
    ticks = np.unique(placed) if len(set(values)) <= FEW else np.linspace(low, high, TICKS)
    texts = [f"{(2**tick if is_log else tick):.{digits}g}" for tick in ticks]
    return {
        "label": label,
        "values": placed.tolist(),
        "range": [low - room, high + room],
        "tickvals": ticks.tolist(),
        "ticktext": texts,
    }


def draw_parallel(settings: Mapping[str, Sequence[float]], scores: Sequence[float]) -> None:
    """Draw the lines. Their table is that of the runs, below."""
    figure, key = parallel(settings, scores), "parallel_coordinates"
    chart_frame.apply_style(figure, key, HEIGHT, 11, None)
    figure.layout.margin.b = 12
    alt = tr("Settings and validation NDCG@10 of {runs:d} runs, a line each", runs=len(scores))
    chart_frame.draw(figure, key, unescaped(alt), "ignore", config={"displayModeBar": False})
    st.caption(tr("A line is a run; the best are orange. Drag along an axis to keep the lines that cross it there."))


def importance(measured: Mapping[str, Importance]) -> go.Figure:
    """A bar a setting, strongest on top, with a mark for what chance gives."""
    names = [charts.label(setting_name(name).partition(" (")[0]) for name in measured]
    figure = go.Figure(
        go.Bar(
            y=names, x=[abs(one.correlation) for one in measured.values()], orientation="h",
            marker_color=[charts.BLUE if one.is_beyond_chance else charts.GREY for one in measured.values()],
            customdata=[[one.correlation] for one in measured.values()],
            hovertemplate=charts.hover(tr("%{y}: correlation %{customdata[0]:+.2f}")),
        )
    )  # fmt: skip
    figure.add_scatter(
        y=names, x=[one.chance for one in measured.values()], mode="markers",
        marker={"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": charts.GOLD}},
        hovertemplate=charts.hover(tr("%{y}: chance alone reaches %{x:.2f}")),
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(title=tr("rank correlation with validation NDCG@10"), range=[0, 1])
    return figure


def draw_importance(measured: Mapping[str, Importance], num_runs: int) -> None:
    """Draw the bars, with their numbers as a table."""
    table = pd.DataFrame(
        {
            tr("setting"): [setting_name(name) for name in measured],
            tr("correlation"): [round(one.correlation, 3) for one in measured.values()],
            tr("chance"): [round(one.chance, 3) for one in measured.values()],
        }
    )
    caption = tr(
        "Importance of the settings in {runs:d} runs, absolute Spearman correlation. Yellow: what chance alone reaches in 1 of "
        "20 cases; a bar that ends before it says nothing. Rough with few runs.",
        runs=num_runs,
    )
    charts.show(importance(measured), "setting_importance", caption, table, BAR * len(measured) + AROUND)
