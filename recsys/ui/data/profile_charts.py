"""Charts of a dataset: the long tail of its items, its interactions over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from recsys.messages import plural
from recsys.ui.parts import charts
from recsys.ui.shell.language import tr


def long_tail(rank: np.ndarray, events: np.ndarray, share: np.ndarray, most: int) -> go.Figure:
    """Events of each item, most popular first, on logarithmic axes, and where 80 % of all events are reached."""
    figure = go.Figure(
        go.Scatter(x=rank, y=events, mode="lines+markers", marker_size=4, line_color=charts.BLUE, name=tr("events"),
                   text=[f"{part:.0%}" for part in share],
                   hovertemplate=charts.hover(tr("item %{x}: %{y:,} events, %{text} of all up to here")))
    )  # fmt: skip
    index = int(np.searchsorted(rank, most))
    figure.add_scatter(
        x=[most], y=[events[min(index, len(events) - 1)]], mode="markers+text", marker={"color": charts.ORANGE, "size": 10},
        text=[tr(plural("80 % of events: {n:,} item", "80 % of events: {n:,} items", most))], textposition="middle left",
        name="80 %", hoverinfo="skip",
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title=tr("item, most popular first"), type="log")
    figure.update_yaxes(title=tr("events"), type="log")
    return figure


def area(labels: Sequence[str], values: np.ndarray, unit: str) -> go.Figure:
    figure = go.Figure(
        go.Scatter(
            x=list(labels), y=values, mode="lines+markers", marker_size=4, fill="tozeroy", line_color=charts.BLUE
        )
    )  # markers: a line alone cannot be clicked
    figure.update_xaxes(title=unit)
    figure.update_yaxes(title=tr("events"), rangemode="tozero")
    return figure
