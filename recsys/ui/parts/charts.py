"""Charts: plotly, one look for light and dark, safe for colour-blind eyes, each with caption and table."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import message
from recsys.services.data.value_names import range_name
from recsys.services.explain.numbers import effect, number
from recsys.ui.parts import chart_frame
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import DIRECTION, unescaped

BLUE, ORANGE, GREEN, GOLD, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#8A97A3"
FOR, AGAINST = BLUE, ORANGE  # speaks for, speaks against: Okabe and Ito's palette
LINES = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9")
EPOCH_STEPS = (1, 2, 5, 10, 20, 50, 100, 200)  # between two ticks: for up to 1,000 epochs
LONGEST_LABEL = 34
WRAPPED = 22  # characters of a line of a label that may have two
NOTE = 44  # characters of a line of a note
MENU = 76  # pixels beside a caption: the arrow of the menu is outside of its button, and would be cut off
FEW = 10  # events: each has a number on its axis
ROOM = 0.45  # of the span beside the bars, for the numbers that stand there
COLOURS = (BLUE, GOLD, GREEN, "#CC79A7", "#56B4E9", ORANGE)  # one a run; the dashes tell them apart in grey too
POSITION = message("event of the history (1 = oldest)")
EVENT_POINT = message("event %{x}: %{y:+.3f}")  # the words of plotly in %{…} are filled in by the browser
LOSS_POINT = message("%{fullData.name}, epoch %{x}: loss %{y:.4f}")
NDCG_POINT = message("%{fullData.name}, epoch %{x}: NDCG@10 %{y:.4f}")
UPPER, LOWER = [0.483, 1], [0, 0.423]  # shares of the height, of two charts above each other
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


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
    chart_frame.apply_style(figure, key, height, 13, "above" if has_legend else None)
    alt = unescaped(caption)
    chart_frame.draw(figure, key, alt, on_select or ("rerun" if selects else "ignore"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.caption(caption)
        if table is not None:
            menu = st.container(width=MENU).popover(
                tr("Data"), icon=":material/table_rows:", type="tertiary", key=f"{key}_data"
            )
            with menu:
                st.dataframe(table, hide_index=True, key=f"{key}_table", alt=alt)


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
    bar = {"x": shown, "y": list(values), "marker": {"color": BLUE}, "hovertemplate": hover("%{x}: %{y:,}")}
    return go.Figure(
        [{"type": "bar", **bar}], {"xaxis": {"title": {"text": x}, "type": "category"}, "yaxis": {"title": {"text": y}}}
    )


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
    """Name -> (epochs, training loss, validation NDCG@10): one colour a name, ranking quality above, loss below."""
    traces = []
    for index, (name, (epochs, loss, quality)) in enumerate(lines.items()):
        style = {"color": COLOURS[index % len(COLOURS)], "dash": DASHES[index % len(DASHES)]}
        for axis, values, hovered in (("y", quality, NDCG_POINT), ("y2", loss, LOSS_POINT)):
            traces.append({
                "type": "scatter", "x": list(epochs), "y": list(values), "mode": "lines+markers", "yaxis": axis, "name": label(name),
                "legendgroup": label(name), "showlegend": axis == "y", "customdata": [[str(epoch)] for epoch in epochs],
                "marker": {"size": 4}, "line": style, "hovertemplate": hover(tr(hovered)),
                "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}},
            })  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": tr("epoch")}, "rangemode": "tozero", "anchor": "y2"},
        "yaxis": {"title": {"text": tr(metric_label(HEADLINE))}, "domain": UPPER},
        "yaxis2": {"title": {"text": tr("loss")}, "domain": LOWER},
        "legend": {"tracegroupgap": 0},  # as high as chart_frame reserves
    }
    return go.Figure(traces, layout)


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
    above = [high - value for value, (_, high) in zip(values, spans, strict=True)]
    below = [value - low for value, (low, _) in zip(values, spans, strict=True)]
    bar = {
        "type": "bar", "y": [escaped(name) for name in names], "x": list(values), "orientation": "h",
        "marker": {"color": [BLUE, *[GREY] * (len(names) - 1)]}, "hovertemplate": hover("%{y}: %{x:.3f}"),
        "error_x": {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 2, "color": GOLD},
    }  # fmt: skip
    return go.Figure(
        [bar], {"xaxis": {"title": {"text": title}, "rangemode": "tozero"}, "yaxis": {"autorange": "reversed"}}
    )


def signed_bars(names: Sequence[str], values: Sequence[float], unit: str) -> go.Figure:
    """Contributions around zero, the strongest on top: to the right speaks for the item, to the left against it."""
    colours = [FOR if value >= 0 else AGAINST for value in values]
    at = [wrapped(f"{position}. {label(name)}") for position, name in enumerate(names, start=1)]
    bar = {
        "type": "bar", "y": at, "x": list(values), "orientation": "h", "marker": {"color": colours},
        "hovertext": [escaped(name) for name in names], "hovertemplate": hover("%{hovertext}: %{x:+.3f}"),
    }  # fmt: skip
    names_axis = {"autorange": "reversed", "type": "category"}  # "1. 50" is a title, no number
    return go.Figure([bar], {"xaxis": {"title": {"text": unit}, "zeroline": True}, "yaxis": names_axis})


def waterfall(
    names: Sequence[str],
    values: Sequence[float],
    start: tuple[str, float],
    end: str,
    unit: str,
    notes: Sequence[str] | None = None,
) -> go.Figure:
    """From the `start` (name, value) over what each source adds to where it ends, one below the other.

    `notes` are shown below the number of each bar when the mouse is over it, start and end included.
    """
    at = [start[0], *(f"{wrapped(label(name))} " for name in names), end]
    stands = np.cumsum([start[1], *values])
    trace = {
        "type": "waterfall", "y": at, "x": [start[1], *values, 0], "orientation": "h", "cliponaxis": False,
        "measure": ["absolute", *["relative"] * len(values), "total"],
        "increasing": {"marker": {"color": FOR}}, "decreasing": {"marker": {"color": AGAINST}}, "totals": {"marker": {"color": GREY}},
        "connector": {"line": {"color": GREY, "width": 1}},
        "hovertext": ["<br>".join(textwrap.wrap(escaped(note), NOTE)) for note in notes] if notes else None,
        "hovertemplate": hover("%{y}: %{text}<br>%{hovertext}" if notes else "%{y}: %{text}"),
        "text": [number(start[1]), *map(effect, values), number(float(stands[-1]))], "textposition": "outside",
    }  # fmt: skip
    low, high = min(0.0, *stands), max(0.0, *stands)
    room = ROOM * (high - low or 1.0)
    layout = {
        "showlegend": False,
        "xaxis": {"title": {"text": unit}, "zeroline": True, "range": [low - room, high + room]},
        # A line of the grid would run through the numbers.
        "yaxis": {"autorange": "reversed", "type": "category", "showgrid": False},
    }
    return go.Figure([trace], layout)


def strip(names: Sequence[str], values: Sequence[float], positions: Sequence[int], unit: str) -> go.Figure:
    """The history from old to new, each event as high as its contribution, at its position in the whole history."""
    colours = [FOR if value >= 0 else AGAINST for value in values]
    bar = {
        "type": "bar", "x": list(positions), "y": list(values), "marker": {"color": colours},
        "customdata": [label(name) for name in names], "hovertemplate": hover("%{customdata}<br>" + tr(EVENT_POINT)),
    }  # fmt: skip
    ends = [positions[0] - 0.5, positions[-1] + 0.5] if positions else None
    axis = {"title": {"text": tr(POSITION)}, "range": ends, "dtick": 1 if len(values) <= FEW else None}
    return go.Figure([bar], {"xaxis": axis, "yaxis": {"title": {"text": unit}}})


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
