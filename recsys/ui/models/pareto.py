"""The chart beside the leaderboard: any two of its columns against each other, and which models are not beaten in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from recsys.messages import message
from recsys.services.models.standings import Standing, list_metrics
from recsys.ui.models import selection
from recsys.ui.models.leaderboard import LABELS
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import follow_address, lead_address

TALL, SHORT = 330, 200  # pixels: for a leaderboard of six rows and more, and of one
RUN_ID = 1  # column of the run's id in the `customdata` of a point


@dataclass(frozen=True)
class Axis:
    label: str
    higher_is_better: bool = True
    is_log: bool = False
    form: str = ".3f"


COLUMNS = {
    "test": Axis(message("Test NDCG@10")),
    "validation": Axis(message("Validation NDCG@10")),
    "seconds": Axis(message("Training time (s)"), higher_is_better=False, is_log=True, form=",.1f"),
    "bytes": Axis(message("Size (bytes)"), higher_is_better=False, is_log=True, form=".3s"),
    "faithful": Axis(message("Faithful explanations"), form=".0%"),
} | {name: Axis(label, higher_is_better=name != "gini") for name, label in LABELS.items()}


def show(board: Sequence[Standing], chosen: Sequence[str]) -> None:
    measured = [standing for standing in board if standing.score("test") or standing.score("validation")]
    names = ["test", "validation", "seconds", "bytes"]
    names += ["faithful"] * any(standing.faithful is not None for standing in board)
    names += list_metrics(board)
    with st.container(horizontal=True, wrap=False, gap="small", key="pareto_axes"):
        y = _choose(tr("Vertical"), names, "pareto_y", "test")
        x = _choose(tr("Horizontal"), names, "pareto_x", "seconds")
    points = [standing for standing in measured if None not in (standing.value(x), standing.value(y))]
    if not points:
        st.caption(tr("No model has a value for both axes."))
        return
    key = f"pareto_{x}_{y}_{selection.mount()}"
    alt = tr("{vertical} against {horizontal}, one point per model; the line joins the models that no other beats in both.",
             vertical=COLUMNS[y].label, horizontal=COLUMNS[x].label)  # fmt: skip
    compact_charts.compact(
        figure(points, x, y, chosen), key, alt, min(TALL, SHORT + 26 * (len(board) - 1)), partial(_pressed, key)
    )


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


def figure(points: Sequence[Standing], x: str, y: str, chosen: Sequence[str]) -> go.Figure:
    """One point a model. The selected ones are blue, those that no other beats in both columns dark, the others grey."""
    xs, ys = ([standing.value(name) or 0.0 for standing in points] for name in (x, y))
    front = unbeaten(xs, ys, COLUMNS[x], COLUMNS[y])
    made = go.Figure(go.Scatter(
        x=[xs[i] for i in front], y=[ys[i] for i in front], mode="lines", hoverinfo="skip",
        line={"color": charts.GREEN, "width": 1.5, "dash": "dot"},
    ))  # fmt: skip
    names = [charts.label(localized(standing.run.label)) for standing in points]
    ids = [standing.run.run_id for standing in points]
    top = max(range(len(ids)), key=lambda index: ys[index] if COLUMNS[y].higher_is_better else -ys[index])
    is_named = [index == top or ids[index] in chosen for index in range(len(ids))]
    colours = [
        charts.BLUE if run_id in chosen else charts.GREEN if i in front else charts.GREY for i, run_id in enumerate(ids)
    ]
    middle = (min(xs) * max(xs)) ** 0.5 if COLUMNS[x].is_log else (min(xs) + max(xs)) / 2
    made.add_scatter(
        x=xs, y=ys, mode="markers+text", customdata=list(zip(names, ids, strict=True)), cliponaxis=False,
        text=[name if named else "" for name, named in zip(names, is_named, strict=True)],
        textposition=[f"{'top' if i == top else 'bottom'} {'left' if value > middle else 'right'}" for i, value in enumerate(xs)],
        textfont={"size": 11},
        marker={"color": colours, "size": [15 if run_id in chosen else 11 for run_id in ids], "line": {"width": 0}},
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        hovertemplate=charts.hover(
            f"%{{customdata[0]}}<br>{tr(COLUMNS[y].label)} %{{y:{COLUMNS[y].form}}}<br>{tr(COLUMNS[x].label)} %{{x:{COLUMNS[x].form}}}"
        ),
    )  # fmt: skip
    made.update_layout(hovermode="closest")
    made.update_xaxes(title=tr(COLUMNS[x].label), type="log" if COLUMNS[x].is_log and min(xs) > 0 else None)
    made.update_yaxes(title=tr(COLUMNS[y].label), type="log" if COLUMNS[y].is_log and min(ys) > 0 else None)
    return made


def unbeaten(xs: Sequence[float], ys: Sequence[float], x: Axis, y: Axis) -> list[int]:
    """Indices of the points that no other point beats in both columns, in the order of `xs`."""
    costs = [(-a if x.higher_is_better else a, -b if y.higher_is_better else b) for a, b in zip(xs, ys, strict=True)]
    front = [
        index
        for index, (cost, other_cost) in enumerate(costs)
        if not any(a <= cost and b <= other_cost and (a, b) != (cost, other_cost) for a, b in costs)
    ]
    return sorted(front, key=lambda index: xs[index])
