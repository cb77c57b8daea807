"""The figure of the map: one trace a group of points, and marks above them. Points carry their index.

Up to MOST points are elements, with a title and a click each; of a larger map these are the points with the most events,
and all others are one picture below them. Box and lasso select both. WebGL (scattergl) would draw 100,000 elements, but
plotly's needs `eval`, which the content policy refuses (headers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from recsys.messages import message
from recsys.runs.store import MAP
from recsys.services.explore import map_groups
from recsys.services.explore.item_map import ItemMap
from recsys.services.explore.map_groups import Group, Kind
from recsys.services.explore.map_region import in_box, in_polygon
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explore import map_picture
from recsys.ui.parts import chart_frame, charts
from recsys.ui.shell import run_cache
from recsys.ui.shell.cache import opened
from recsys.ui.shell.language import language, localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import unescaped

HEIGHT = 500
MOST = 1000  # elements of the page: each takes about a tenth of a millisecond to draw
STEPS = ("#5B5BD6", "#9A4FC4", "#D0508F", "#E2704A", "#C99A1E")  # of ordered groups: seen on white and on black
SYMBOLS = ("circle", "diamond")  # the second half of many values: six colours can be told apart
DECIMALS = 3  # of coordinates, whose mean squared radius is 1: a thousandth is less than a pixel
SMALLEST, LARGEST = 4.0, 12.0  # pixels, by the number of points
CONFIG = chart_frame.CONFIG | {
    "displayModeBar": True,
    "modeBarButtons": [["pan2d", "lasso2d", "select2d"], ["zoom2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
}
# What a drag does; "pan" comes first, since Streamlit ignores clicks on points with the others.
TOOLS = {"pan": message("Pan"), "lasso": message("Lasso"), "select": message("Box")}
TOOL_NAME = '.st-key-map_chart .modebar-btn[data-val="{tool}"]::after {{ content: "{name}" !important; }}'
TOOLBAR = 34  # pixels of the tools above the map


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a map, [M, 2], with the item or user index of each, in ascending order, and its number of events, [M]."""

    at_M2: np.ndarray
    index_M: np.ndarray
    events_M: np.ndarray

    @property
    def placed(self) -> np.ndarray:
        """Rows with coordinates, those with the most events first."""
        rows = np.flatnonzero(np.isfinite(self.at_M2[:, 0]))
        return rows[np.argsort(-self.events_M[rows], kind="stable")]


def points_of(run: OpenRun, stored: ItemMap, kind: Kind) -> Points:
    """The points of items with their training events, or of users with their events."""
    if kind == "item":
        return Points(stored.items_N2, np.arange(len(stored.items_N2)), map_groups.item_events(run))
    assert stored.users_T2 is not None, "offered only where there are users"
    users = run.split.test.users
    return Points(stored.users_T2, users, np.diff(run.dataset.interactions.offsets)[users])


def figure(run: OpenRun, kind: Kind, column: str) -> go.Figure:
    """The map without marks, the same object for all sessions: it is never changed."""
    version = f"{run.folder.version} {(run.folder.path / MAP).stat().st_mtime_ns}"
    return _figure(workspace(), run.record.run_id, version, kind, column, language())


@st.cache_resource(max_entries=16, show_spinner=False)
def _figure(workspace: Workspace, run_id: str, version: str, kind: Kind, column: str, language: str) -> go.Figure:
    run = opened(workspace, run_id)
    stored = run_cache.item_map(workspace, run)
    assert stored is not None, "a run without a map has no figure"
    return build(run, points_of(run, stored, kind), kind, column)


def build(run: OpenRun, points: Points, kind: Kind, column: str) -> go.Figure:
    """Items sized by their training events, or users by their events, one trace a group."""
    placed, log, made = points.placed, run.dataset.interactions, go.Figure()
    is_element_M, is_painted_M = np.zeros((2, len(points.at_M2)), dtype=bool)
    is_element_M[placed[:MOST]] = is_painted_M[placed[MOST:]] = True
    sizes_M, colours_M3 = _sizes(points.events_M, len(placed)), np.zeros((len(points.at_M2), 3), dtype=np.uint8)
    for number, group in enumerate(map_groups.groups(run, kind, column)):
        look = _look(group, number)
        colours_M3[group.rows] = list(bytes.fromhex(look["color"][1:]))
        rows = group.rows[is_element_M[group.rows]]
        rows = rows[np.argsort(-points.events_M[rows], kind="stable")]  # small points are drawn above large ones
        if not is_painted_M[group.rows].any() and not len(rows):
            continue
        index = points.index_M[rows]
        names = map(run.dataset.title, map(int, index)) if kind == "item" else log.user_ids[index]
        made.add_scatter(
            x=_rounded(points.at_M2[rows, 0]), y=_rounded(points.at_M2[rows, 1]), mode="markers",
            name=charts.label(localized(group.name)), customdata=index.tolist(),
            text=[charts.label(str(name)) for name in names], hovertemplate=charts.hover("%{text}"),
            marker={"size": sizes_M[rows].tolist(), "opacity": 0.8, "line": {"width": 0}, **look},
            selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 0.15}},
        )  # fmt: skip
    if is_painted_M.any():
        made.add_layout_image(map_picture.layer(points.at_M2[is_painted_M], colours_M3[is_painted_M]))
    _style(made)
    return made


def mark(points_m2: np.ndarray, indices: np.ndarray, names: Sequence[str], label: str, **look: object) -> go.Scatter:
    """A trace above the map, such as rings around what was searched; points without coordinates are left out."""
    rows = np.flatnonzero(np.isfinite(points_m2[:, 0]))
    return go.Scatter(
        x=_rounded(points_m2[rows, 0]), y=_rounded(points_m2[rows, 1]), customdata=indices[rows].tolist(), name=charts.label(label),
        text=[charts.label(names[int(row)]) for row in rows], hovertemplate=charts.hover("%{text}"),
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}}, **look,
    )  # fmt: skip


def ring(points_m2: np.ndarray, indices: np.ndarray, names: Sequence[str], label: str, size: int) -> go.Scatter:
    """Rings around points."""
    look = {"symbol": "circle-open", "size": size, "color": charts.ORANGE, "line": {"width": 2, "color": charts.ORANGE}}
    return mark(points_m2, indices, names, label, mode="markers", marker=look)


def draw(base: go.Figure, marks: Sequence[go.Scatter], key: str, alt: str, on_select: Callable[[], None]) -> None:
    """The map with its marks, and its tools by name; `on_select` is called where points are clicked, boxed or lassoed.

    What was selected: see `brushed`.
    """
    shown = base
    if marks:
        shown = go.Figure([*base.data, *marks], base.layout)
        shown.layout.datarevision = f"{base.layout.datarevision} {chart_frame.revision(go.Figure(marks))}"
    names = "".join(TOOL_NAME.format(tool=tool, name=tr(name)) for tool, name in TOOLS.items())
    with st.container(key="map_chart", gap=None):
        st.html(f"<style>{names}</style>")
        chart_frame.draw(shown, key, unescaped(alt), on_select, ("points", "box", "lasso"), CONFIG)


def is_brushed(key: str) -> bool:
    """Whether anything is selected on the chart `key` itself."""
    state = st.session_state.get(key)
    return state is not None and any(state["selection"][name] for name in ("points", "box", "lasso"))


def brushed(key: str, points: Points) -> list[int]:
    """Indices of the items or users selected on the chart `key`: by box and lasso among all points, else the clicked ones."""
    if not is_brushed(key):
        return []
    selection = st.session_state[key]["selection"]
    inside_M = np.zeros(len(points.at_M2), dtype=bool)
    for regions, inside in ((selection["box"], in_box), (selection["lasso"], in_polygon)):
        for region in regions:
            inside_M |= inside(points.at_M2, region["x"], region["y"])
    if selection["box"] or selection["lasso"]:
        return [int(index) for index in points.index_M[inside_M]]
    clicked = (int(np.ravel(point["customdata"])[0]) for point in selection["points"] if "customdata" in point)
    return list(dict.fromkeys(clicked))


def _look(group: Group, number: int) -> dict[str, str]:
    if group.step is None:
        colours = charts.COLOURS
        return {"color": colours[number % len(colours)], "symbol": SYMBOLS[number // len(colours) % len(SYMBOLS)]}
    return {"color": charts.GREY if group.step < 0 else STEPS[group.step % len(STEPS)]}


def _rounded(values: np.ndarray) -> list[float]:
    return [round(value, DECIMALS) for value in values.tolist()]


def _sizes(events_M: np.ndarray, num_points: int) -> np.ndarray:
    """Diameters in pixels, [M]: the area grows with the events. The more points, the smaller."""
    smallest = float(np.clip(22 - 5 * np.log10(max(num_points, 1)), SMALLEST, LARGEST)) / 2
    share_M = events_M / max(int(events_M.max(initial=0)), 1)
    return (smallest * (1 + 2 * np.sqrt(share_M))).round(1)


def _style(made: go.Figure) -> None:
    """Axes without numbers, as coordinates have no unit, and of one scale."""
    chart_frame.apply_style(made, "map", HEIGHT, 12, "below")
    made.update_layout(
        margin={"l": 0, "r": 0, "t": TOOLBAR}, modebar={"orientation": "h"}, legend={"itemsizing": "constant"}, **chart_frame.SELECTS,
        datarevision=chart_frame.revision(made),
    )  # fmt: skip
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False, scaleanchor="x")


def alternative(kind: Kind, label: str) -> str:
    """What the map shows, for those who do not see it."""
    if kind == "user":
        return tr("Map of users, coloured by {column}; the table below holds the same.", column=label)
    return tr("Map of items, coloured by {column}; the table below holds the same.", column=label)
