"""Charts of a first screen: without caption and table, and with points that can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from recsys.evaluation.metrics import metric_label
from recsys.ui.parts import chart_frame, charts
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import unescaped

POINTS = (*range(1, 11), 12, 15, 20, 25, 30, 40, 50)
MARKED = (1, 5, 10, 20, 30, 40, 50)  # points that are seen; more of them would cover the dashes of a line
ALL_SEEN = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}  # whatever is clicked
OTHERS = (charts.ORANGE, charts.GREEN, "#CC79A7", charts.GOLD, charts.GREY)


def compact(
    figure: go.Figure,
    key: str,
    alt: str,
    height: int = 280,
    on_select: Callable[[], None] | Literal["rerun"] | None = None,
    *,
    legend: bool = False,
) -> None:
    """Draw a figure without caption and table.

    `on_select` is called where a point is clicked, or "rerun" draws the page again: `selected` then says which it was.
    """
    chart_frame.apply_style(figure, key, height, 12, "below" if legend else None)
    chart_frame.draw(figure, key, unescaped(alt), on_select or "ignore")


def with_ids(figure: go.Figure, ids: Sequence[str], trace: int = 0) -> go.Figure:
    """The figure whose points carry these ids for `selected`: what is clicked is known by its id, never by its position."""
    figure.data[trace].customdata = [[one] for one in ids]
    return figure


def selected(key: str, column: int = 0) -> str | None:
    """What the clicked point of the chart `key` holds in this column of its `customdata`; None where none is clicked."""
    state = st.session_state.get(key)
    points = [point for point in state["selection"]["points"] if point.get("customdata")] if state else []
    return str(points[0]["customdata"][column]) if points else None


@dataclass(frozen=True)
class LearningCurve:
    """Training loss and ranking quality of a run by epoch; None where a value has no meaning beside the others."""

    name: str
    epochs: Sequence[int]
    loss: Sequence[float | None]
    quality: Sequence[float | None]


def learning_curves(curves: Sequence[LearningCurve], quality: str, *, is_first_current: bool) -> go.Figure:
    """Quality, the title of its axis, above, and loss below; the current run is drawn strong with its best epoch marked, the others thin and dashed. A
    point carries its epoch."""
    traces: list[dict[str, object]] = []
    for index, curve in enumerate(curves):
        is_current = is_first_current and index == 0
        dash = "solid" if is_current else charts.DASHES[1 + (index + index // 6) % 5]
        style = {"color": charts.COLOURS[index % len(charts.COLOURS)], "dash": dash, "width": 3 if is_current else 1.5}
        for axis, values, what in (("y", curve.quality, quality), ("y2", curve.loss, tr("loss"))):
            traces.append({
                "type": "scatter", "x": list(curve.epochs), "y": list(values), "mode": "lines+markers", "line": style,
                "marker": {"size": 7 if len(curve.epochs) == 1 else 4}, "customdata": [[str(epoch)] for epoch in curve.epochs],
                "name": charts.label(curve.name), "legendgroup": str(index), "showlegend": axis == "y", "yaxis": axis, **ALL_SEEN,
                "hovertemplate": charts.hover(tr("%{{fullData.name}}, epoch %{{x}}: {measure} %{{y:.4f}}", measure=what)),
            })  # fmt: skip
        if is_current:
            traces += _best(curve)
    layout = {
        "hovermode": "closest",
        "xaxis": {"title": {"text": tr("epoch")}, "rangemode": "tozero", "anchor": "y2"},
        "yaxis": {"title": {"text": quality}, "domain": charts.UPPER},
        "yaxis2": {"title": {"text": tr("loss")}, "domain": charts.LOWER},
        "legend": {"tracegroupgap": 0},  # as high as chart_frame reserves
    }
    return go.Figure(traces, layout)


def _best(curve: LearningCurve) -> list[dict[str, object]]:
    """A mark on the best epoch, where there is one."""
    points = [(value, -epoch) for epoch, value in zip(curve.epochs, curve.quality, strict=True) if value is not None]
    if not points:
        return []
    value, epoch = max(points)
    return [{
        "type": "scatter", "x": [-epoch], "y": [value], "mode": "markers", "customdata": [[str(-epoch)]], "showlegend": False,
        "marker": {"size": 10, "color": charts.BLUE}, "hovertemplate": charts.hover(tr("best: epoch %{x}, %{y:.4f}")),
    }]  # fmt: skip


def event_bars(
    names: Sequence[str], values: Sequence[float], positions: Sequence[int], ids: Sequence[str], unit: str
) -> go.Figure:
    """`strip` whose bars carry (name, id of the event) as `customdata`, for clicks."""
    figure = charts.strip(names, values, positions, unit)
    (bar,) = figure.data
    bar.customdata = [[charts.label(name), event_id] for name, event_id in zip(names, ids, strict=True)]
    bar.hovertemplate = charts.hover("%{customdata[0]}<br>" + tr(charts.EVENT_POINT))
    figure.layout.bargap, figure.layout.hovermode = 0.15, "closest"
    figure.layout.xaxis.title, figure.layout.xaxis.showgrid = tr("event"), False
    return figure


def ranked_scores(names: Sequence[str], scores: Sequence[float], chosen: int, unit: str) -> go.Figure:
    """Scores of a list, best on top; the one at index `chosen` stands out."""
    colours = [charts.BLUE if index == chosen else charts.GREY for index in range(len(names))]
    at = [f"{rank}. {charts.label(name)}" for rank, name in enumerate(names, start=1)]
    bar = {
        "type": "bar", "y": at, "x": list(scores), "orientation": "h", "marker": {"color": colours},
        "hovertemplate": charts.hover("%{y}: %{x:.3f}"),
    }  # fmt: skip
    return go.Figure(
        [bar], {"xaxis": {"title": {"text": unit}}, "yaxis": {"autorange": "reversed", "type": "category"}}
    )


def hit_rates(lines: Mapping[str, tuple[str, np.ndarray]]) -> go.Figure:
    """Hit rate by K, one line a model, the best at 10 first in the legend; the first of `lines` is the model itself.

    `lines` maps an id to (name, hit rate for K = 1 …); a point carries (id, K). Every K to 10 has a point, beyond it the
    lines are smooth and have few: each point is an element of the page. Each is clicked, only those of MARKED are seen.
    """
    model_id, traces = next(iter(lines)), []
    for index, (line_id, (name, values)) in enumerate(lines.items()):
        is_own = line_id == model_id
        at = [k for k in POINTS if k <= len(values)]
        line = {
            "color": charts.BLUE if is_own else OTHERS[(index - 1) % len(OTHERS)], "width": 2 if is_own else 1.2,
            "dash": "solid" if is_own else charts.DASHES[index % len(charts.DASHES)],
        }  # fmt: skip
        traces.append({
            "type": "scatter", "x": at, "y": [float(values[k - 1]) for k in at], "mode": "lines+markers", "line": line,
            "name": charts.label(name), "customdata": [[line_id, str(k)] for k in at], **ALL_SEEN,
            "marker": {"size": [(5 if is_own else 4) if k in MARKED else 1 for k in at]},
            "legendrank": 1000 - round(1000 * float(values[min(9, len(values) - 1)])),
            "hovertemplate": charts.hover(tr("%{fullData.name}: %{y:.1%} in the top %{x}")),
        })  # fmt: skip
    share = {"title": {"text": tr(metric_label("hr@K"))}, "tickformat": ".0%", "rangemode": "tozero"}
    return go.Figure(
        traces, {"hovermode": "closest", "xaxis": {"title": {"text": "K"}, "rangemode": "tozero"}, "yaxis": share}
    )
