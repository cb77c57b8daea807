"""Linked histograms of the held-out items and their users: a click on a bar, or a box around several, filters the others."""

from __future__ import annotations

import math
import zlib
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.errors import RecsysError
from recsys.services.explore import crossfilter
from recsys.services.explore.crossfilter import Histogram
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import chart_frame, charts, compact_charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import sliced, user_slice
from recsys.ui.shell.language import tr
from recsys.ui.shell.slice_words import facet_name, value_name
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain, unescaped

COLUMNS, HEIGHT, LONGEST = 3, 150, 20  # charts of a row, pixels, characters of a tick label
MOST_LYING, SHORT, MOST_TICKS = 10, 7, 5  # bars, characters of a name, labels of a chart
FAINT = 0.35  # opacity of bars that are not in the slice
CONFIG = {**chart_frame.CONFIG, "modeBarButtons": [["select2d"]]}


def show(run: OpenRun) -> None:
    """Draw the histograms; each has all test targets in grey and those that pass the other filters in colour."""
    dataset_id = run.dataset.dataset_id
    try:
        ranked = sliced.ranked(run)
    except RecsysError as error:
        fail(error)
        return
    offered = sliced.facets_of(workspace(), dataset_id)
    shown = crossfilter.histograms(ranked, offered, sliced.current(dataset_id), sliced.picked(dataset_id))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(tr("Test users"), anchor=False)
        if sliced.current(dataset_id):
            st.caption(tr("Solid blue: in the slice. Pale blue: what a click would add. Grey: all test users. A click on a bar adds or removes it."))  # fmt: skip
        else:
            st.caption(tr("Click a bar to filter by it, again to undo."))
        with st.popover(tr("Data"), icon=":material/table_rows:", type="tertiary", key="histograms_data"):
            st.dataframe(table(shown), hide_index=True, key="histograms_table", alt=tr("Users by facet"))
    for start in range(0, len(shown), COLUMNS):
        for place, histogram in zip(st.columns(COLUMNS, gap="medium"), shown[start : start + COLUMNS], strict=False):
            with place, st.container(gap=None):
                _draw(histogram)


def _draw(histogram: Histogram) -> None:
    name = facet_name(histogram.facet)
    st.markdown(f"**{plain(name)}**")
    # A new chart for each slice, in which nothing is selected: the slice says what is chosen, and chips change it, too.
    key = f"histogram_{histogram.facet}_{zlib.crc32(session().slice.text().encode()):08x}"
    figure = bars(histogram)
    chart_frame.apply_style(figure, key, HEIGHT, 11, None)
    alt = unescaped(tr("Users of the test by {facet}: all, and those that pass the other filters.", facet=name))
    chart_frame.draw(figure, key, alt, partial(_pressed, key, histogram.facet), ("points", "box"), CONFIG)


def bars(histogram: Histogram) -> go.Figure:
    """Two bars a value, one over the other; each carries its value. Bars of long names lie."""
    ids = [[value] for value in histogram.values]
    names = [value_name(histogram.facet, value) for value in histogram.values]
    ticks = [charts.escaped(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…") for name in names]
    positions = list(range(len(names)))  # not the names: two of them may be alike once they are cut
    opacity = [1 if chosen else FAINT for chosen in histogram.in_slice]
    lie = len(names) <= MOST_LYING and max(map(len, names), default=0) > SHORT
    size, across = ("x", "y") if lie else ("y", "x")
    traces = [
        {
            "type": "bar", size: counts.tolist(), across: positions, "orientation": "h" if lie else "v", "customdata": ids,
            "hovertext": [charts.escaped(name) for name in names], "showlegend": False, **compact_charts.ALL_SEEN,
            "marker": {"color": colour, "opacity": opacities}, "hovertemplate": charts.hover(words),
        }
        for counts, colour, opacities, words in (
            (histogram.everyone, charts.GREY, FAINT, tr("{name}: {users} of all", name="%{hovertext}", users=f"%{{{size}:,}}")),
            (histogram.passing, charts.BLUE, opacity, tr("{name}: {users} pass the other filters", name="%{hovertext}", users=f"%{{{size}:,}}")),
        )
    ]  # fmt: skip
    every = 1 if lie else math.ceil(len(names) / MOST_TICKS)
    axis = {"tickvals": positions[::every], "ticktext": ticks[::every], "showgrid": False, "zeroline": False}
    axis |= {"autorange": "reversed"} if lie else {"tickangle": 0}
    return go.Figure(traces, {"barmode": "overlay", "bargap": 0.15, f"{across}axis": axis})


def _pressed(key: str, facet: str) -> None:
    """Put the bars that were clicked, or brushed, into the slice, or take them out of it."""
    points = st.session_state[key]["selection"]["points"]
    values = dict.fromkeys(str(point["customdata"][0]) for point in points if point.get("customdata"))
    if values:
        user_slice.toggle(facet, values)


def table(shown: list[Histogram]) -> pd.DataFrame:
    """What the charts show, one row a bar."""
    rows = [
        {
            tr("Facet"): facet_name(one.facet),
            tr("Value"): value_name(one.facet, value),
            tr("All"): int(everyone),
            tr("Passing"): int(passing),
        }
        for one in shown
        for value, everyone, passing in zip(one.values, one.everyone, one.passing, strict=True)
    ]
    return pd.DataFrame(rows)
