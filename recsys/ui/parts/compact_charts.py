"""Charts of a first screen: without caption and table, and with points that can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go
import streamlit as st

from recsys.ui.parts import charts
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import unescaped


def compact(
    figure: go.Figure, key: str, alt: str, height: int = 280, on_select: Callable[[], None] | None = None
) -> None:
    """Draw a figure without caption and table. `on_select` is called where a point is clicked: see `selected`."""
    line = "rgba(128,128,128,.18)"
    figure.update_layout(
        height=height, margin={"l": 4, "r": 8, "t": 8, "b": 4}, paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)", uirevision=key, dragmode=False, font={"size": 12}, showlegend=False,
    )  # fmt: skip
    figure.update_xaxes(automargin=True, gridcolor=line, zerolinecolor="rgba(128,128,128,.5)")
    figure.update_yaxes(automargin=True, gridcolor=line, zerolinecolor="rgba(128,128,128,.5)")
    st.plotly_chart(
        figure, key=key, alt=unescaped(alt), config={"displayModeBar": False, "scrollZoom": False},
        on_select=on_select or "ignore", selection_mode="points",
    )  # fmt: skip


def selected(key: str, column: int) -> str | None:
    """What the clicked point of the chart `key` holds in this column of its `customdata`; None where none is clicked."""
    state = st.session_state.get(key)
    points = state["selection"]["points"] if state else []
    return str(points[0]["customdata"][column]) if points else None


def event_bars(
    names: Sequence[str], values: Sequence[float], positions: Sequence[int], ids: Sequence[str], unit: str
) -> go.Figure:
    """`strip` whose bars carry (name, id of the event) as `customdata`, for clicks."""
    figure = charts.strip(names, values, positions, unit)
    figure.update_traces(
        customdata=[[charts.label(name), event_id] for name, event_id in zip(names, ids, strict=True)],
        hovertemplate=charts.hover("%{customdata[0]}<br>" + tr(charts.EVENT_POINT)),
    )
    figure.update_layout(bargap=0.15, hovermode="closest")
    figure.update_xaxes(title=None, showgrid=False)
    return figure


def ranked_scores(names: Sequence[str], scores: Sequence[float], chosen: int, unit: str) -> go.Figure:
    """Scores of a list, best on top; the one at index `chosen` stands out."""
    colours = [charts.BLUE if index == chosen else charts.GREY for index in range(len(names))]
    at = [f"{rank}. {charts.label(name)}" for rank, name in enumerate(names, start=1)]
    figure = go.Figure(
        go.Bar(y=at, x=list(scores), orientation="h", marker_color=colours, hovertemplate="%{y}: %{x:.3f}<extra></extra>")
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(title=unit)
    return figure
