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
ROOM = 0.05  # powers of ten beyond the first and last label of an axis
LONGEST_NAME = 22  # characters of a category beside its bar: more would leave a phone no room for the bars


def long_tail(rank: np.ndarray, events: np.ndarray, share: np.ndarray, most: int) -> go.Figure:
    """Events of each item, most popular first, on logarithmic axes, and where 80% of all events are reached."""
    curve = {
        "type": "scatter", "x": rank.tolist(), "y": events.tolist(), "mode": "lines+markers", "marker": {"size": 3},
        "line": {"color": charts.BLUE, "width": 2}, "name": tr("events"), "text": [f"{part:.0%}" for part in share],
        "hovertemplate": charts.hover(tr("item %{x}: %{y:,} events, %{text} of all up to here")),
    }  # fmt: skip
    index = int(np.searchsorted(rank, most))
    point = {
        "type": "scatter", "x": [most], "y": [int(events[min(index, len(events) - 1)])], "mode": "markers",
        "marker": {"color": charts.ORANGE, "size": 9}, "name": "80%", "hoverinfo": "skip",
    }  # fmt: skip
    # The curve falls, so the corner above its end is free; beside the point, the text would meet the curve or an axis.
    text = {
        "text": tr(plural("80% of events: {n:,} item", "80% of events: {n:,} items", most)), "showarrow": False,
        "xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "top", "font": {"color": charts.ORANGE},
    }  # fmt: skip
    layout = {
        "showlegend": False,
        "annotations": [text],
        "xaxis": {"title": {"text": tr("item, most popular first")}, **_log_axis(rank)},
        "yaxis": {"title": {"text": tr("events")}, **_log_axis(events)},
    }
    return go.Figure([curve, point], layout)


def _log_axis(values: np.ndarray) -> dict[str, object]:
    """A logarithmic axis that labels powers of ten alone; it is widened to hold two of them."""
    low, high = np.log10(values.min()), np.log10(values.max())
    if np.floor(high) > np.ceil(low):
        return {"type": "log", "dtick": 1}
    low, high = np.floor(low), max(np.ceil(high), np.floor(low) + 1)
    return {"type": "log", "dtick": 1, "range": [float(low) - ROOM, float(high) + ROOM]}


def area(labels: Sequence[str], values: np.ndarray, unit: str) -> go.Figure:
    line = {
        "type": "scatter", "x": list(labels), "y": values.tolist(), "fill": "tozeroy", "line": {"color": charts.BLUE},
        "mode": "lines+markers", "marker": {"size": 4},  # a line alone cannot be clicked
        "text": list(labels), "hovertemplate": charts.hover(tr("%{text}: %{y:,} events")),
    }  # fmt: skip
    stops = [{"dtickrange": between, "value": tr(text)} for between, text in DATES]
    layout = {
        "xaxis": {"title": {"text": unit}, "tickformatstops": stops},
        "yaxis": {"title": {"text": tr("events")}, "rangemode": "tozero"},
    }
    return go.Figure([line], layout)


def category_bars(names: Sequence[str], counts: Sequence[int], unit: str) -> go.Figure:
    """A horizontal bar for each category, the first on top."""
    short = [name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…" for name in names]
    positions = list(range(len(names)))  # not the names: two of them may be alike once they are cut
    bar = {
        "type": "bar", "x": list(counts), "y": positions, "orientation": "h", "marker": {"color": charts.BLUE},
        "hovertext": [charts.escaped(name) for name in names], "hovertemplate": charts.hover("%{hovertext}: %{x:,}"),
    }  # fmt: skip
    names_axis = {
        "tickvals": positions, "ticktext": [charts.escaped(name) for name in short], "autorange": "reversed",
        "showgrid": False, "zeroline": False,
    }  # fmt: skip
    return go.Figure([bar], {"xaxis": {"title": {"text": unit}}, "yaxis": names_axis})
