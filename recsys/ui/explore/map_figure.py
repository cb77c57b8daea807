"""The figure of the map: one trace a group of points, and marks above them. Points carry their index.

Traces are drawn by WebGL, which keeps 100,000 points smooth. Up to MOST_SVG points they are SVG, which looks and selects
alike and also works in a browser without a graphics driver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from recsys.services.explore import map_groups
from recsys.services.explore.item_map import ItemMap
from recsys.services.explore.map_groups import Group, Kind
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import chart_frame, charts
from recsys.ui.shell import run_cache
from recsys.ui.shell.cache import opened
from recsys.ui.shell.language import language, localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import unescaped

HEIGHT = 500
MOST_SVG = 3000  # points
STEPS = ("#5B5BD6", "#9A4FC4", "#D0508F", "#E2704A", "#C99A1E")  # of ordered groups: seen on white and on black
SYMBOLS = ("circle", "diamond")  # the second half of many values: six colours can be told apart
DECIMALS = 3  # of coordinates, whose mean squared radius is 1: a thousandth is less than a pixel
SMALLEST, LARGEST = 3.0, 12.0  # pixels of a point of the least popular item, by the number of points
CONFIG = chart_frame.CONFIG | {
    "displayModeBar": True,  # box and lasso are found there; with one of them, Streamlit ignores clicks on points
    "modeBarButtons": [["lasso2d", "select2d", "pan2d", "zoom2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
}
Trace: TypeAlias = "go.Scatter | go.Scattergl"


def figure(run: OpenRun, kind: Kind, column: str) -> go.Figure:
    """The map without marks, the same object for all sessions: it is never changed."""
    version = f"{run.folder.version} {(run.folder.path / 'map.parquet').stat().st_mtime_ns}"
    return _figure(workspace(), run.record.run_id, version, kind, column, language())


@st.cache_resource(max_entries=16, show_spinner=False)
def _figure(workspace: Workspace, run_id: str, version: str, kind: Kind, column: str, language: str) -> go.Figure:
    run = opened(workspace, run_id)
    stored = run_cache.item_map(workspace, run)
    assert stored is not None, "a run without a map has no figure"
    return build(run, stored, kind, column)


def build(run: OpenRun, stored: ItemMap, kind: Kind, column: str) -> go.Figure:
    """Items sized by their training events, or users by their events, one trace a group."""
    points_M2 = points_of(stored, kind)
    log = run.dataset.interactions
    if kind == "item":
        index_M, weights_M = np.arange(len(points_M2)), map_groups.item_events(run)
    else:
        index_M, weights_M = run.split.test.users, np.diff(log.offsets)[run.split.test.users]
    is_placed_M = np.isfinite(points_M2[:, 0])
    sizes_M = _sizes(weights_M, int(is_placed_M.sum()))
    made, trace = go.Figure(), trace_type(stored, kind)
    for number, group in enumerate(map_groups.groups(run, kind, column)):
        rows = group.rows[is_placed_M[group.rows]]
        rows = rows[np.argsort(-weights_M[rows], kind="stable")]  # small points are drawn above large ones
        if not len(rows):
            continue
        names = (run.dataset.title(int(row)) for row in rows) if kind == "item" else log.user_ids[index_M[rows]]
        made.add_trace(trace(
            x=_rounded(points_M2[rows, 0]), y=_rounded(points_M2[rows, 1]), mode="markers",
            name=charts.label(localized(group.name)), customdata=index_M[rows].tolist(),
            text=[charts.label(str(name)) for name in names], hovertemplate=charts.hover("%{text}"),
            marker={"size": sizes_M[rows].tolist(), "opacity": 0.8, "line": {"width": 0}, **_look(group, number)},
            selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 0.15}},
        ))  # fmt: skip
    _style(made)
    return made


def points_of(stored: ItemMap, kind: Kind) -> np.ndarray:
    """The points that are drawn, [M, 2]."""
    if kind == "item":
        return stored.items_N2
    assert stored.users_T2 is not None, "offered only where there are users"
    return stored.users_T2


def trace_type(stored: ItemMap, kind: Kind) -> type[Trace]:
    """SVG for few points, WebGL for many; marks are of the type of the map, as WebGL draws below all SVG."""
    return go.Scatter if np.isfinite(points_of(stored, kind)[:, 0]).sum() <= MOST_SVG else go.Scattergl


def mark(
    trace: type[Trace], points_m2: np.ndarray, indices: np.ndarray, names: Sequence[str], label: str, **look: object
) -> Trace:
    """A trace above the map, such as rings around what was searched; points without coordinates are left out."""
    rows = np.flatnonzero(np.isfinite(points_m2[:, 0]))
    return trace(
        x=_rounded(points_m2[rows, 0]), y=_rounded(points_m2[rows, 1]), customdata=indices[rows].tolist(), name=charts.label(label),
        text=[charts.label(names[int(row)]) for row in rows], hovertemplate=charts.hover("%{text}"),
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}}, **look,
    )  # fmt: skip


def ring(
    trace: type[Trace], points_m2: np.ndarray, indices: np.ndarray, names: Sequence[str], label: str, size: int
) -> Trace:
    """Rings around points."""
    look = {"symbol": "circle-open", "size": size, "color": charts.ORANGE, "line": {"width": 2, "color": charts.ORANGE}}
    return mark(trace, points_m2, indices, names, label, mode="markers", marker=look)


def draw(base: go.Figure, marks: Sequence[Trace], key: str, alt: str, on_select: Callable[[], None]) -> None:
    """The map with its marks; `on_select` is called where points are clicked, boxed or lassoed: see `brushed`."""
    shown = base
    if marks:
        shown = go.Figure([*base.data, *marks], base.layout)
        shown.layout.datarevision = f"{base.layout.datarevision} {chart_frame.revision(go.Figure(marks))}"
    chart_frame.draw(shown, key, unescaped(alt), on_select, ("points", "box", "lasso"), CONFIG)


def brushed(key: str) -> list[int]:
    """Indices of the points selected on the chart `key`: of items, or of users."""
    state = st.session_state.get(key)
    points = state["selection"]["points"] if state else []
    return list(dict.fromkeys(int(np.ravel(point["customdata"])[0]) for point in points if "customdata" in point))


def _look(group: Group, number: int) -> dict[str, object]:
    if group.step is None:
        colours = charts.COLOURS
        return {"color": colours[number % len(colours)], "symbol": SYMBOLS[number // len(colours) % len(SYMBOLS)]}
    return {"color": charts.GREY if group.step < 0 else STEPS[group.step % len(STEPS)]}


def _rounded(values: np.ndarray) -> list[float]:
    return [round(value, DECIMALS) for value in values.tolist()]


def _sizes(weights_M: np.ndarray, num_points: int) -> np.ndarray:
    """Diameters in pixels, [M]: the area grows with the weight. The more points, the smaller."""
    smallest = float(np.clip(22 - 5 * np.log10(max(num_points, 1)), SMALLEST, LARGEST)) / 2
    share_M = weights_M / max(int(weights_M.max(initial=0)), 1)
    return (smallest * (1 + 2 * np.sqrt(share_M))).round(1)


def _style(made: go.Figure) -> None:
    """Axes without numbers, as coordinates have no unit, and of one scale."""
    chart_frame.apply_style(made, "map", HEIGHT, 12, "below")
    made.update_layout(
        margin={"l": 0, "r": 30, "t": 0}, legend={"itemsizing": "constant"}, **chart_frame.SELECTS,
        datarevision=chart_frame.revision(made),
    )  # fmt: skip
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False, scaleanchor="x")


def alternative(kind: Kind, label: str) -> str:
    """What the map shows, for those who do not see it."""
    if kind == "user":
        return tr("Map of users, coloured by {column}; the table below holds the same.", column=label)
    return tr("Map of items, coloured by {column}; the table below holds the same.", column=label)
