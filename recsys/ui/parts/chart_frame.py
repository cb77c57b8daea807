"""The frame of every chart: one style, margins that are computed, and a figure that the browser draws once.

Streamlit hands each figure to plotly twice, the second time with a new template, new typed arrays and a `clickmode` of its own,
and plotly draws it anew for each of these. It also draws a chart twice where it measures a margin. So there is no template
(style.css colours the texts), arrays are lists with a revision, the modes are set here, and margins are computed.
"""

from __future__ import annotations

import hashlib
import html
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
import plotly.io
import streamlit as st

from recsys.ui.shell.presenter import type_size

plotly.io.templates.default = None  # importing Streamlit sets one

EAST_ASIAN = 0x2E80  # the first letter that is as wide as high
TICK = 10  # pixels between a label and its axis
NUMBERS = 52  # pixels of the margin beside the numbers and the title of an axis
SHORT = 4  # characters of a number that this margin fits, such as "0.25"
NARROW = 320  # pixels of a chart on a phone
UNTITLED = 24  # pixels below a chart whose axis has no title
EDGE = 8  # pixels of a margin without labels
LEGEND_FONT, LEGEND_SYMBOL, LEGEND_ROW, LEGEND_EDGE = 11, 40, 19, 10  # pixels
FONT = '"Source Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif'
AXIS = {
    "exponentformat": "none",
    "separatethousands": True,
    "gridcolor": "rgba(128,128,128,.18)",
    "zerolinecolor": "rgba(128,128,128,.5)",
}
LEGENDS = {
    "above": {"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "x": 0},
    "below": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
}  # fmt: skip
SELECTS = {"clickmode": "event+select", "hovermode": "closest", "dragmode": "pan"}
MODEBAR = {"bgcolor": "rgba(0,0,0,0)", "orientation": "v"}  # at the edge: it must not cover what is to be clicked
CONFIG = {  # what the menu of a chart offers beside hovering and clicking
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtons": [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
}


Mode = Literal["points", "box", "lasso"]
OnSelect = Callable[[], None] | Literal["rerun", "ignore"]


def draw(
    figure: go.Figure,
    key: str,
    alt: str,
    on_select: OnSelect,
    modes: Sequence[Mode] = ("points",),
    config: dict[str, Any] = CONFIG,
) -> None:
    """Send a figure to the browser. `modes`: how points are selected, where `on_select` is not "ignore".

    A figure that has a revision already is sent as it is.
    """
    if figure.layout.datarevision is None:
        figure.layout.datarevision = revision(figure)
        for name, value in SELECTS.items() if on_select != "ignore" else ():
            figure.layout[name] = value
    st.plotly_chart(figure, key=key, alt=alt, config=config, theme=None, on_select=on_select, selection_mode=modes)


def revision(figure: go.Figure) -> str:
    """A text that changes with the arrays of a figure."""
    spec = figure.to_json(validate=False)
    assert '"bdata"' not in spec, "a typed array: make it a list"
    return hashlib.sha256(spec.encode()).hexdigest()


def apply_style(
    figure: go.Figure, key: str, height: int, font_size: int, legend: Literal["above", "below"] | None
) -> None:
    """One look for all charts.

    Numbers are written in full with separators, as in the texts: an axis with a `tickformat` keeps its own. Texts below the
    chart that do not fit side by side are measured by plotly, which draws the chart twice for it.
    """
    font_size, legend_font = type_size(font_size), type_size(LEGEND_FONT)
    layout = figure.layout.to_plotly_json()  # a plain dict: figure.update_* takes 15 ms for the same
    x_axes, y_axes = _axes(layout, "xaxis"), _axes(layout, "yaxis")
    margin = {
        "l": _left_margin(figure, y_axes, font_size),
        "r": EDGE,
        "t": EDGE,
        "b": NUMBERS if any(map(_has_title, x_axes)) else UNTITLED,
    }
    below = [text for trace in figure.data if "x" in trace and _is_text(trace.x) for text in trace.x]
    below += [text for axis in x_axes for text in axis.get("ticktext") or ()]
    is_measured = font_size * sum(ems(text) + 1 for text in set(below)) > NARROW
    if is_measured:
        margin["b"] = 4
    if legend is not None:
        names = [trace.name or "" for trace in figure.data if trace.showlegend is not False]
        margin["t" if legend == "above" else "b"] += _legend_height(names, legend_font)
        layout["legend"] = layout.get("legend", {}) | LEGENDS[legend] | {"font": {"size": legend_font}}
    for axis in x_axes:
        axis.update(AXIS, automargin=is_measured)
    for axis in y_axes:
        axis.update(AXIS, automargin=False)
    figure.layout = layout | {
        "height": height, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "uirevision": key, "dragmode": False,
        "modebar": MODEBAR, "font": {"size": font_size, "family": FONT}, "showlegend": legend is not None, "margin": margin,
    }  # fmt: skip


def _axes(layout: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The axes of a layout, one at least, to be written into."""
    return [layout.setdefault(name, {}) for name in [name for name in layout if name.startswith(kind)] or [kind]]


def _has_title(axis: dict[str, Any]) -> bool:
    return bool(axis.get("title", {}).get("text"))


def _left_margin(figure: go.Figure, y_axes: Sequence[dict[str, Any]], font_size: int) -> float:
    """Pixels of the labels at the left axis and its title."""
    texts = [text for trace in figure.data if "y" in trace and _is_text(trace.y) for text in trace.y]
    texts += [text for axis in y_axes for text in axis.get("ticktext") or ()]
    if texts:
        return TICK + font_size * (max(map(ems, texts)) + 2 * any(map(_has_title, y_axes)))
    return NUMBERS + 0.56 * font_size * max(0, _longest_number(figure) - SHORT)


def _legend_height(names: Sequence[str], font_size: int) -> int:
    """Pixels of a legend of these names on the narrowest screen, where it has the most rows."""
    widths = [LEGEND_SYMBOL + font_size * ems(name) for name in names]
    in_a_row = len(names) if sum(widths) <= NARROW else max(1, int(NARROW // max(widths)))
    return LEGEND_EDGE + LEGEND_ROW * math.ceil(len(names) / max(1, in_a_row))


def _longest_number(figure: go.Figure) -> int:
    """Characters of the largest number at the left axis, without decimals."""
    arrays = [np.asarray(trace.y) for trace in figure.data if "y" in trace and trace.y is not None]
    numbers = [values[np.isfinite(values)] for values in arrays if values.dtype.kind in "iuf"]
    return len(f"{max((np.abs(values).max(initial=0) for values in numbers), default=0):,.0f}")


def ems(text: str) -> float:
    """About the width of a tick label, in font sizes: of the longest of its lines."""
    lines = html.unescape(text).split("<br>")
    return max(sum(1.0 if ord(letter) >= EAST_ASIAN else 0.56 for letter in line) for line in lines)


def _is_text(values: Sequence[object] | np.ndarray | None) -> bool:
    return values is not None and len(values) > 0 and isinstance(values[0], str)
