"""Charts: plotly, one look for light and dark, safe for colour-blind eyes, each with caption and table."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from recsys.messages import message
from recsys.services.data.value_names import range_name
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import type_size
from recsys.ui.shell.text import DIRECTION, unescaped

BLUE, ORANGE, GREEN, GOLD, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#8A97A3"
FOR, AGAINST = BLUE, ORANGE  # speaks for, speaks against: Okabe and Ito's palette
LINES = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9")
EPOCH_STEPS = (1, 2, 5, 10, 20, 50, 100, 200)  # between two ticks: for up to 1,000 epochs
LONGEST_LABEL = 34
WRAPPED = 22  # characters of a line of a label that may have two
EAST_ASIAN = 0x2E80  # the first letter that is as wide as high
TICK = 10  # pixels between a label and its axis
NUMBERS = 52  # pixels of the margin beside the numbers and the title of an axis
SHORT = 4  # characters of a number that this margin fits, such as "0.25"
MENU = 76  # pixels beside a caption: the arrow of the menu is outside of its button, and would be cut off
FEW = 10  # events: each has a number on its axis
ROOM = 0.45  # of the span beside the bars, for the numbers that stand there
COLOURS = (BLUE, GOLD, GREEN, "#CC79A7", "#56B4E9", ORANGE)  # one a run; the dashes tell them apart in grey too
POSITION = message("event of the history (1 = oldest)")
EVENT_POINT = message("event %{x}: %{y:+.3f}")  # the words of plotly in %{…} are filled in by the browser
LOSS_POINT = message("%{fullData.name}, epoch %{x}: loss %{y:.4f}")
NDCG_POINT = message("%{fullData.name}, epoch %{x}: NDCG@10 %{y:.4f}")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

MODEBAR = {"bgcolor": "rgba(0,0,0,0)", "orientation": "v"}  # at the edge: it must not cover what is to be clicked
CONFIG = {  # what the menu of a chart offers beside hovering and clicking
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtons": [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
}


def show(
    figure: go.Figure,
    key: str,
    caption: str,
    table: pd.DataFrame | None = None,
    height: int = 280,
    *,
    selects: bool = False,
    on_select: Callable[[], None] | None = None,
) -> None:
    """Draw a figure with its one-sentence caption below and the numbers behind it one click away.

    `selects`: a click on a point draws the page again, see `compact_charts.selected`; before it, `on_select` is called.
    """
    has_legend = figure.layout.showlegend is not False and sum(t.showlegend is not False for t in figure.data) > 1
    apply_style(figure, key, height, top=24 if has_legend else 8, font_size=type_size(13))
    figure.update_layout(legend={"orientation": "h", "y": 1.12, "x": 0})
    alt = unescaped(caption)
    st.plotly_chart(
        figure, key=key, alt=alt, config=CONFIG,
        on_select=on_select or ("rerun" if selects else "ignore"), selection_mode="points",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.caption(caption)
        if table is not None:
            menu = st.container(width=MENU).popover(
                tr("Data"), icon=":material/table_rows:", type="tertiary", key=f"{key}_data"
            )
            with menu:
                st.dataframe(table, hide_index=True, key=f"{key}_table", alt=alt)


def apply_style(figure: go.Figure, key: str, height: int, *, top: int, font_size: int) -> None:
    """One look for all charts.

    Numbers are written in full with separators, as in the texts: an axis with a `tickformat` keeps its own. Margins at the
    left are computed from the longest number or text. Text below is measured by plotly, which draws the chart twice for it.
    """
    figure.update_layout(
        height=height, margin={"l": NUMBERS, "r": 8, "t": top, "b": NUMBERS}, paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)", uirevision=key, dragmode=False, modebar=MODEBAR, font={"size": font_size},
    )  # fmt: skip
    for axis in ("x", "y"):
        texts = [text for trace in figure.data if axis in trace and _is_text(trace[axis]) for text in trace[axis]]
        if axis == "y":
            texts += [text for numbered in figure.select_yaxes() for text in numbered.ticktext or ()]
        style = {
            "automargin": bool(texts) and axis == "x",
            "exponentformat": "none",
            "separatethousands": True,
            "gridcolor": "rgba(128,128,128,.18)",
            "zerolinecolor": "rgba(128,128,128,.5)",
        }
        (figure.update_xaxes if axis == "x" else figure.update_yaxes)(style)
        if texts and axis == "y":
            has_title = any(axis_of_text.title.text for axis_of_text in figure.select_yaxes())
            figure.layout.margin.l = TICK + font_size * (max(map(_ems, texts)) + 2 * has_title)
        elif texts:
            figure.layout.margin.b = 4
        elif axis == "y":
            figure.layout.margin.l = NUMBERS + 0.56 * font_size * max(0, _longest_number(figure) - SHORT)


def _longest_number(figure: go.Figure) -> int:
    """Characters of the largest number at the left axis, without decimals."""
    arrays = [np.asarray(trace.y) for trace in figure.data if "y" in trace and trace.y is not None]
    numbers = [values[np.isfinite(values)] for values in arrays if values.dtype.kind in "iuf"]
    return len(f"{max((np.abs(values).max(initial=0) for values in numbers), default=0):,.0f}")


def _ems(text: str) -> float:
    """About the width of a tick label, in font sizes: of the longest of its lines."""
    lines = html.unescape(text).split("<br>")
    return max(sum(1.0 if ord(letter) >= EAST_ASIAN else 0.56 for letter in line) for line in lines)


def _is_text(values: Sequence[object] | np.ndarray | None) -> bool:
    return values is not None and len(values) > 0 and isinstance(values[0], str)


def label(text: str) -> str:
    """A title as a tick label: short, and nothing in it that plotly would take for markup."""
    return escaped(text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…")


def escaped(text: str) -> str:
    """Without the HTML and TeX that plotly draws in every text: ticks, legends, titles, hover labels."""
    return DIRECTION.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "＄")


def hover(text: str) -> str:
    """A hover text without the name of the trace beside it."""
    return f"{text}<extra></extra>"


def wrapped(short: str) -> str:
    """A tick label in two lines where it is long: on a narrow screen the bars need the room."""
    cut = short.rfind(" ", 0, WRAPPED + 1) if len(short) > WRAPPED else -1
    return short if cut < 0 else f"{short[:cut]}<br>{short[cut + 1 :]}"


def bars(names: Sequence[str], values: Sequence[float] | np.ndarray, x: str, y: str) -> go.Figure:
    shown = [label(range_name(str(name))) for name in names]
    figure = go.Figure(go.Bar(x=shown, y=list(values), marker_color=BLUE, hovertemplate=hover("%{x}: %{y:,}")))
    figure.update_xaxes(title=x, type="category")
    figure.update_yaxes(title=y)
    return figure


def curve(lines: Mapping[str, tuple[Sequence[int], Sequence[float]]], name: str, best: int | None = None) -> go.Figure:
    """One line a run, the first the strongest; `best` marks its best epoch."""
    figure = go.Figure()
    for index, (run, (epochs, values)) in enumerate(lines.items()):
        figure.add_scatter(
            x=list(epochs), y=list(values), mode="lines+markers" if index == 0 else "lines", name=label(run),
            line={"color": LINES[index % len(LINES)], "width": 2.5 if index == 0 else 1.5, "dash": "solid" if index == 0 else "dash"},
            hovertemplate=tr("epoch %{x}: %{y:.4f}"), showlegend=len(lines) > 1,
        )  # fmt: skip
    longest = max(max(epochs, default=1) for epochs, _ in lines.values())
    if best:
        side = "bottom left" if 2 * best > longest else "bottom right"
        figure.add_vline(
            x=best,
            line_dash="dot",
            line_color=GREY,
            annotation_text=tr("best: epoch {best}", best=best),
            annotation_position=side,
        )
    figure.update_xaxes(
        title=tr("epoch"), dtick=next(step for step in EPOCH_STEPS if longest <= 8 * step), rangemode="tozero"
    )
    figure.update_yaxes(title=name)
    return figure


def curves(lines: Mapping[str, tuple[Sequence[int], Sequence[float], Sequence[float | None]]]) -> go.Figure:
    """Name -> (epochs, training loss, validation NDCG@10): one colour a name, loss above, ranking quality below."""
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for index, (name, (epochs, *parts)) in enumerate(lines.items()):
        for row, (values, hovered) in enumerate(zip(parts, (LOSS_POINT, NDCG_POINT), strict=True), start=1):
            figure.add_scatter(
                x=list(epochs), y=list(values), mode="lines+markers", name=label(name), legendgroup=label(name), showlegend=row == 1,
                customdata=[[str(epoch)] for epoch in epochs], marker={"size": 4}, line={"color": COLOURS[index % len(COLOURS)], "dash": DASHES[index % len(DASHES)]}, row=row, col=1,
                selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}}, hovertemplate=hover(tr(hovered)),
            )  # fmt: skip
    figure.update_xaxes(rangemode="tozero")
    figure.update_xaxes(title=tr("epoch"), row=2, col=1)
    figure.update_yaxes(title=tr("training loss"), row=1, col=1)
    figure.update_yaxes(title=tr("validation NDCG@10"), row=2, col=1)
    return figure


def calibration(predicted: Sequence[float], observed: Sequence[float], counts: Sequence[int]) -> go.Figure:
    """Predicted probability against observed frequency, one point a bin, and the line on which both are equal."""
    low, high = min(*predicted, *observed), max(*predicted, *observed)
    room = max(0.05 * (high - low), 0.002)
    span = [max(0.0, low - room), min(1.0, high + room)]
    figure = go.Figure(go.Scatter(x=span, y=span, mode="lines", line={"color": GREY, "dash": "dash"}, hoverinfo="skip"))
    figure.add_scatter(
        x=list(predicted), y=list(observed), mode="lines+markers", line_color=BLUE, text=[f"{number:,}" for number in counts],
        hovertemplate=hover(tr("predicted %{x:.1%}: observed %{y:.1%} of %{text} events")),
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title=tr("predicted probability"), tickformat=".1~%", range=span)
    figure.update_yaxes(title=tr("observed frequency"), tickformat=".1~%", range=span)
    return figure


def compared(
    names: Sequence[str], values: Sequence[float], spans: Sequence[tuple[float, float]], title: str
) -> go.Figure:
    """One bar a model with its interval; the first is the run itself."""
    array, values_array = np.array(spans), np.array(values)
    figure = go.Figure(
        go.Bar(
            y=[escaped(name) for name in names], x=values, orientation="h", marker_color=[BLUE, *[GREY] * (len(names) - 1)],
            error_x={"type": "data", "symmetric": False, "array": array[:, 1] - values_array,
                     "arrayminus": values_array - array[:, 0], "thickness": 2, "color": GOLD},
            hovertemplate="%{y}: %{x:.4f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=title, rangemode="tozero")
    return figure


def signed_bars(names: Sequence[str], values: Sequence[float], unit: str) -> go.Figure:
    """Contributions around zero, the strongest on top: to the right speaks for the item, to the left against it."""
    colours = [FOR if value >= 0 else AGAINST for value in values]
    at = [wrapped(f"{position}. {label(name)}") for position, name in enumerate(names, start=1)]
    figure = go.Figure(
        go.Bar(
            y=at, x=list(values), orientation="h", marker_color=colours, hovertext=[escaped(name) for name in names],
            hovertemplate=hover("%{hovertext}: %{x:+.3f}"),
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category")  # "1. 50" is a title, no number
    figure.update_xaxes(title=unit, zeroline=True)
    return figure


def waterfall(
    names: Sequence[str], values: Sequence[float], start: tuple[str, float], end: str, unit: str
) -> go.Figure:
    """From the `start` (name, value) over what each source adds to where it ends, one below the other."""
    at = [start[0], *(f"{wrapped(label(name))} " for name in names), end]
    stands = np.cumsum([start[1], *values])
    figure = go.Figure(
        go.Waterfall(
            y=at, x=[start[1], *values, 0], measure=["absolute", *["relative"] * len(values), "total"], orientation="h",
            increasing={"marker": {"color": FOR}}, decreasing={"marker": {"color": AGAINST}}, totals={"marker": {"color": GREY}},
            connector={"line": {"color": GREY, "width": 1}}, cliponaxis=False,
            text=[f"{start[1]:.2f}", *(f"{value:+.2f}" for value in values), f"{stands[-1]:.2f}"], textposition="outside",
            hovertemplate="%{y}: %{delta:+.3f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)  # a line would run through the numbers
    low, high = min(0.0, *stands), max(0.0, *stands)
    room = ROOM * (high - low or 1.0)
    figure.update_xaxes(title=unit, zeroline=True, range=[low - room, high + room])
    figure.update_layout(showlegend=False)
    return figure


def strip(names: Sequence[str], values: Sequence[float], positions: Sequence[int], unit: str) -> go.Figure:
    """The history from old to new, each event as high as its contribution, at its position in the whole history."""
    colours = [FOR if value >= 0 else AGAINST for value in values]
    figure = go.Figure(
        go.Bar(x=list(positions), y=list(values), marker_color=colours, customdata=[label(name) for name in names],
               hovertemplate=hover("%{customdata}<br>" + tr(EVENT_POINT)))
    )  # fmt: skip
    ends = [positions[0] - 0.5, positions[-1] + 0.5] if positions else None
    figure.update_xaxes(title=tr(POSITION), range=ends, dtick=1 if len(values) <= FEW else None)
    figure.update_yaxes(title=unit)
    return figure


def points(
    names: Sequence[str], values: Sequence[float], spans: Sequence[tuple[float, float] | None], x: str, y: str
) -> go.Figure:
    """One point a name with its interval, where it has one, in the order of the names."""
    ends = [span or (value, value) for value, span in zip(values, spans, strict=True)]
    figure = go.Figure(
        go.Scatter(
            x=[label(str(name)) for name in names], y=list(values), mode="markers", marker={"color": BLUE, "size": 10},
            error_y={"type": "data", "symmetric": False, "array": [high - v for v, (_, high) in zip(values, ends, strict=True)],
                     "arrayminus": [v - low for v, (low, _) in zip(values, ends, strict=True)], "thickness": 2, "color": BLUE},
            hovertemplate="%{x}: %{y:.4f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title=x, type="category")
    figure.update_yaxes(title=y, rangemode="tozero")
    return figure
