"""Charts of the evidence: where the heads looked, and the curves of the deletion and insertion tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from recsys.messages import message
from recsys.ui.parts.charts import BLUE, FEW, GREY, POSITION, hover, label
from recsys.ui.shell.language import tr

IN_ORDER = message("in this order"), message("%{x:.0%}: %{y:.3f} in this order")
PLOT = 500  # pixels: a point is no wider than its column on a screen of half the usual width
AT_RANDOM = message("in random orders"), message("%{x:.0%}: %{y:.3f} in random orders")


def attention_map(
    names: Sequence[str], weights: np.ndarray, rows: Sequence[str], columns: Sequence[str], ids: Sequence[str]
) -> go.Figure:
    """Where each head looked: one row a layer and head, one column an event, fuller = more weight. No weight is the page's
    own colour, light or dark. `columns` are unique labels: the position of an event in the whole history; a point carries
    (name, id of its column, weight).
    """
    figure = go.Figure(
        go.Heatmap(
            z=weights.tolist(), y=list(rows), x=list(columns), zmin=0, hoverinfo="skip",
            colorscale=[(0, "rgba(0,114,178,0)"), (1, BLUE)], colorbar={"title": tr("weight"), "thickness": 10},
        )
    )  # fmt: skip
    cells = [(row, column) for row in range(len(rows)) for column in range(len(columns))]
    figure.add_scatter(  # cells of a heat map cannot be selected: an invisible point lies on each
        x=[columns[column] for _, column in cells], y=[rows[row] for row, _ in cells], mode="markers", showlegend=False,
        customdata=[[label(names[column]), ids[column], float(weights[row, column])] for row, column in cells],
        marker={"size": max(4, min(22, PLOT // max(1, len(columns)))), "opacity": 0, "symbol": "square"}, selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=hover("%{y}<br>%{customdata[0]}: %{customdata[2]:.3f}"),
    )  # fmt: skip
    figure.update_layout(hovermode="closest")
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=tr(POSITION), type="category", dtick=1 if len(names) <= FEW else None)
    return figure


@dataclass(frozen=True, eq=False)
class Removals:
    """A curve of the deletion or insertion test: values by share of the parts, in this order and as a mean of random ones.

    `ids` name the parts that are away, or back, at each point.
    """

    shares: np.ndarray
    ordered: np.ndarray
    random: np.ndarray
    ids: Sequence[str]


def against_random(lines: Mapping[str, Removals], y: str) -> go.Figure:
    """One curve a name of its axis, side by side; the points in this order carry their ids."""
    figure = make_subplots(rows=1, cols=len(lines), shared_yaxes=True, horizontal_spacing=0.04)
    for column, (x, line) in enumerate(lines.items(), start=1):
        for (name, hovered), values, dash, colour in (
            (IN_ORDER, line.ordered, "solid", BLUE),
            (AT_RANDOM, line.random, "dash", GREY),
        ):
            is_ordered = dash == "solid"
            figure.add_scatter(
                x=line.shares.tolist(), y=values.tolist(), mode="lines+markers" if is_ordered else "lines", name=tr(name), row=1, col=column,
                line={"color": colour, "dash": dash}, legendgroup=str(name), showlegend=column == 1,
                customdata=[[one] for one in line.ids] if is_ordered else None,
                selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
                hovertemplate=hover(tr(hovered)),
            )  # fmt: skip
        figure.update_xaxes(title=x, tickformat=".0%", row=1, col=column)
    figure.update_layout(hovermode="closest")
    figure.update_yaxes(title=y, col=1)
    return figure
