"""The chart beside the leaderboard: any two of its columns against each other, and which models are not beaten in both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from recsys.messages import message
from recsys.services.models.standings import Standing, list_metrics
from recsys.ui.models import point_labels, selection
from recsys.ui.models.leaderboard import LABELS
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.run_labels import run_names
from recsys.ui.shell.state import follow_address, lead_address

TALL, SHORT = 330, 200  # pixels: for a leaderboard of six rows and more, and of one
PLOT = (236, 76)  # width of the plot on a screen of 1280, and what the height of the chart has beside the plot
ROOM = 0.1  # of the span of an axis, at both of its ends
STEPS: tuple[tuple[int, ...], ...] = ((1,), (1, 3), (1, 2, 5))  # of a power of ten: ticks of a log axis
FEWEST = 3  # ticks
NARROW = 4  # times the smallest value: up to it an axis is linear, as few round numbers are between
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B"))
RUN_ID = 1  # column of the run's id in the `customdata` of a point


@dataclass(frozen=True)
class Axis:
    label: str
    higher_is_better: bool = True
    is_log: bool = False
    form: str = ".3f"
    unit: str = ""


COLUMNS = {
    "test": Axis(message("Test NDCG@10")),
    "validation": Axis(message("Validation NDCG@10")),
    "seconds": Axis(message("Training time (s)"), higher_is_better=False, is_log=True, form=",.1f"),
    "bytes": Axis(message("Size"), higher_is_better=False, is_log=True, form=".3s", unit="B"),
    "faithful": Axis(message("Faithful explanations"), form=".0%"),
} | {name: Axis(label, higher_is_better=name != "gini") for name, label in LABELS.items()}


def show(board: Sequence[Standing], chosen: Sequence[str]) -> None:
    # One protocol, that of the selected model: values of another are not comparable.
    protocol = next(
        (standing.run.protocol for standing in board if standing.run.run_id in chosen), board[0].run.protocol
    )
    measured = [
        standing
        for standing in board
        if standing.run.protocol == protocol and (standing.score("test") or standing.score("validation"))
    ]
    names = ["test", "validation", "seconds", "bytes"]
    names += ["faithful"] * any(standing.faithful is not None for standing in board)
    names += list_metrics(board)
    with st.container(horizontal=True, wrap=False, gap="small", key="pareto_axes"):
        y = _choose(tr("Vertical axis"), names, "pareto_y", "test")
        x = _choose(tr("Horizontal axis"), names, "pareto_x", "seconds")
    points = [standing for standing in measured if None not in (standing.value(x), standing.value(y))]
    if not points:
        st.caption(tr("No model has a value for both axes."))
        return
    key = f"pareto_{x}_{y}_{selection.mount()}"
    alt = tr("{vertical} against {horizontal}, one point per model; the line joins the models that no other beats in both.",
             vertical=COLUMNS[y].label, horizontal=COLUMNS[x].label)  # fmt: skip
    height = min(TALL, SHORT + 26 * (len(board) - 1))
    compact_charts.compact(figure(points, x, y, chosen, height), key, alt, height, partial(_pressed, key))


def _choose(label: str, names: list[str], key: str, usual: str) -> str:
    """An axis; the link holds the name of its column."""
    now = names.index(follow_address(key, key, names, usual))
    chosen = st.selectbox(label, names, now, key=key, format_func=lambda name: tr(COLUMNS[name].label))
    lead_address(key, key, chosen, usual)
    return chosen


def _pressed(key: str) -> None:
    run_id = compact_charts.selected(key, RUN_ID)
    if run_id is not None:
        selection.select([run_id])


def figure(points: Sequence[Standing], x: str, y: str, chosen: Sequence[str], height: int) -> go.Figure:
    """One point a model. The selected ones are blue, those that no other beats in both columns green, the others grey.

    The selected models and the best one are named, others where there is room for their name.
    """
    xs, ys = ([standing.value(name) or 0.0 for standing in points] for name in (x, y))
    front = unbeaten(xs, ys, COLUMNS[x], COLUMNS[y])
    best = {
        "type": "scatter", "x": [xs[i] for i in front], "y": [ys[i] for i in front], "mode": "lines", "hoverinfo": "skip",
        "line": {"color": charts.GREEN, "width": 1.5, "dash": "dot"},
    }  # fmt: skip
    full = run_names(standing.run for standing in points)
    labels = [charts.escaped(full[standing.run.run_id]) for standing in points]
    names = [charts.label(localized(standing.run.varied) or full[standing.run.run_id]) for standing in points]
    ids = [standing.run.run_id for standing in points]
    top = max(range(len(ids)), key=lambda index: ys[index] if COLUMNS[y].higher_is_better else -ys[index])
    scales = [Scale.of(values, COLUMNS[name]) for values, name in ((xs, x), (ys, y))]
    size = (PLOT[0], height - PLOT[1])
    at = [(size[0] * scales[0].share(a), size[1] * scales[1].share(b)) for a, b in zip(xs, ys, strict=True)]
    named = {top, *(index for index, run_id in enumerate(ids) if run_id in chosen)}
    sides = point_labels.sides(at, names, [at[i] for i in front], size, named)
    colours = [
        charts.BLUE if run_id in chosen else charts.GREEN if i in front else charts.GREY for i, run_id in enumerate(ids)
    ]
    models = {
        "type": "scatter", "x": xs, "y": ys, "mode": "markers+text", "cliponaxis": False, **compact_charts.ALL_SEEN,
        "customdata": list(zip(labels, ids, strict=True)), "textfont": {"size": point_labels.FONT},
        "text": [name if index in sides else "" for index, name in enumerate(names)],
        "textposition": [sides.get(index, "top center") for index in range(len(names))],
        "marker": {"color": colours, "size": [15 if run_id in chosen else 11 for run_id in ids], "line": {"width": 0}},
        "hovertemplate": charts.hover(f"%{{customdata[0]}}<br>{_value('y', COLUMNS[y])}<br>{_value('x', COLUMNS[x])}"),
    }  # fmt: skip
    return go.Figure(
        [best, models],
        {"hovermode": "closest", "xaxis": scales[0].style(COLUMNS[x]), "yaxis": scales[1].style(COLUMNS[y])},
    )


def _value(letter: str, axis: Axis) -> str:
    """The value of a point in its hover text."""
    return f"{tr(axis.label)} %{{{letter}:{axis.form}}}{axis.unit}"


@dataclass(frozen=True)
class Scale:
    """The ends of an axis, as powers of ten where it `is_log`."""

    low: float
    high: float
    is_log: bool

    @classmethod
    def of(cls, values: Sequence[float], axis: Axis) -> Scale:
        is_log = axis.is_log and 0 < NARROW * min(values) < max(values)
        ends = [math.log10(value) if is_log else value for value in (min(values), max(values))]
        room = ROOM * (ends[1] - ends[0]) or ROOM * abs(ends[0]) or 1.0
        return cls(ends[0] - room, ends[1] + room, is_log)

    def share(self, value: float) -> float:
        """Where a value is, from 0 at the lower end to 1."""
        return ((math.log10(value) if self.is_log else value) - self.low) / (self.high - self.low)

    def style(self, axis: Axis) -> dict[str, object]:
        """Title, range and ticks, for plotly."""
        style: dict[str, object] = {"title": {"text": tr(axis.label)}, "range": [self.low, self.high]}
        if not self.is_log:
            return (
                style
                | ({"tickformat": axis.form} if axis.form.endswith(("%", "s")) else {})
                | {"ticksuffix": axis.unit}
            )
        ticks = self.ticks()
        texts = [tick_text(value, axis.unit) for value in ticks]
        return style | {"type": "log", "tickvals": ticks, "ticktext": texts}

    def ticks(self) -> list[float]:
        """Round numbers: 1, 10, 100 …, closer ones where fewer than three of them are in the range."""
        decades = range(math.floor(self.low) - 1, math.ceil(self.high) + 1)
        for steps in STEPS:
            ticks = [step * 10.0**decade for decade in decades for step in steps]
            if sum(self.low <= math.log10(tick) <= self.high for tick in ticks) >= FEWEST:
                break
        return ticks


def tick_text(value: float, unit: str) -> str:
    """A number without powers: "0.3", "1,000", "300 kB"."""
    if unit != "B":
        return f"{value:,.10g}"
    scale, name = next((pair for pair in UNITS if value >= pair[0]), UNITS[-1])
    return f"{value / scale:.10g} {name}"


def unbeaten(xs: Sequence[float], ys: Sequence[float], x: Axis, y: Axis) -> list[int]:
    """Indices of the points that no other point beats in both columns, in the order of `xs`."""
    costs = [(-a if x.higher_is_better else a, -b if y.higher_is_better else b) for a, b in zip(xs, ys, strict=True)]
    front = [
        index
        for index, (cost, other_cost) in enumerate(costs)
        if not any(a <= cost and b <= other_cost and (a, b) != (cost, other_cost) for a, b in costs)
    ]
    return sorted(front, key=lambda index: xs[index])
