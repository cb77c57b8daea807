"""Charts of a dataset: the long tail of its items, its interactions over time, its categories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from recsys.messages import message, plural
from recsys.ui.parts import charts
from recsys.ui.shell.language import tr

HOUR, DAY = 3_600_000, 86_400_000  # milliseconds
DATES = (  # labels of a time axis by the distance of its ticks, for d3; plotly knows English names of months only
    ((None, HOUR * 23), message("%H:%M\n%b %-d, %Y")),
    ((HOUR * 23, DAY * 27), message("%b %-d\n%Y")),
    (("M1", "M11"), message("%b %Y")),
    (("M12", None), message("%Y")),
)
LONGEST_NAME = 22  # characters of a category beside its bar: more would leave a phone no room for the bars


def long_tail(rank: np.ndarray, events: np.ndarray, share: np.ndarray, most: int) -> go.Figure:
    """Events of each item, most popular first, on logarithmic axes, and where 80% of all events are reached."""
    figure = go.Figure(
        go.Scatter(x=rank.tolist(), y=events.tolist(), mode="lines+markers", marker_size=3, line={"color": charts.BLUE, "width": 2},
                   name=tr("events"), text=[f"{part:.0%}" for part in share],
                   hovertemplate=charts.hover(tr("item %{x}: %{y:,} events, %{text} of all up to here")))
    )  # fmt: skip
    index = int(np.searchsorted(rank, most))
    # The curve falls: there is room for a text below it at the left, and above it at the right.
    is_right = most**2 > rank[-1]
    figure.add_scatter(
        x=[most], y=[int(events[min(index, len(events) - 1)])], mode="markers+text", marker={"color": charts.ORANGE, "size": 9},
        text=[tr(plural("80% of events: {n:,} item", "80% of events: {n:,} items", most))],
        textposition="bottom left" if is_right else "top right", name="80%", hoverinfo="skip",
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title=tr("item, most popular first"), **_log_axis(rank))
    figure.update_yaxes(title=tr("events"), **_log_axis(events))
    return figure


def _log_axis(values: np.ndarray) -> dict[str, object]:
    """A logarithmic axis that labels powers of ten alone, where it holds two or more of them."""
    num_powers = np.floor(np.log10(values.max())) - np.ceil(np.log10(values.min())) + 1
    return {"type": "log", "dtick": 1 if num_powers >= 2 else None}


def area(labels: Sequence[str], values: np.ndarray, unit: str) -> go.Figure:
    figure = go.Figure(
        go.Scatter(x=list(labels), y=values.tolist(), mode="lines+markers", marker_size=4, fill="tozeroy", line_color=charts.BLUE,
                   text=list(labels), hovertemplate=charts.hover(tr("%{text}: %{y:,} events")))
    )  # fmt: skip
    # Markers: a line alone cannot be clicked.
    stops = [{"dtickrange": between, "value": tr(text)} for between, text in DATES]
    figure.update_xaxes(title=unit, tickformatstops=stops)
    figure.update_yaxes(title=tr("events"), rangemode="tozero")
    return figure


def category_bars(names: Sequence[str], counts: Sequence[int], unit: str) -> go.Figure:
    """A horizontal bar for each category, the first on top."""
    short = [name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…" for name in names]
    positions = list(range(len(names)))  # not the names: two of them may be alike once they are cut
    figure = go.Figure(
        go.Bar(x=list(counts), y=positions, orientation="h", marker_color=charts.BLUE,
               hovertext=[charts.escaped(name) for name in names], hovertemplate=charts.hover("%{hovertext}: %{x:,}"))
    )  # fmt: skip
    figure.update_yaxes(tickvals=positions, ticktext=[charts.escaped(name) for name in short], autorange="reversed",
                        showgrid=False, zeroline=False)  # fmt: skip
    figure.update_xaxes(title=unit)
    return figure
