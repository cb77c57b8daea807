"""The trade-off chart of a privacy series: NDCG@10 against what protection brings or costs; a click selects the run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import Message, message
from recsys.services.models import privacy_series_text
from recsys.services.models.privacy_series import BUDGETS, Result, Series
from recsys.ui.models import selection
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.text import plain, size

HEIGHT = 240
RUN_ID = 1  # column of the run's id in the `customdata` of a point
APART = 0.12  # between a central and a federated point of the same budget, in categories
ROOM = 0.08  # of the span of an axis, at its ends
AXES: dict[str, Message] = {
    "epsilon": message("ε spent"),
    "auc": message("Attack AUC"),
    "bytes": message("Bytes exchanged"),
    "seconds": message("Training time (s)"),
}
CATEGORIES = (*sorted(BUDGETS), math.inf)
GROUPS = (  # is federated, name, colour, symbol
    (False, message("Central"), charts.BLUE, "circle"),
    (True, message("Federated"), charts.ORANGE, "diamond"),
)
BASELINE = message("Most popular items")
CAPTION = message("NDCG@10 with its 95% interval; the dashed line is the list of the most popular items.")


def show(series: Series, run_id: str) -> None:
    """Draw the chart, with the choice of its horizontal axis."""
    x = st.segmented_control(tr("Horizontal axis"), list(AXES), default="epsilon", key="series_x", required=True,
                             label_visibility="collapsed", format_func=lambda name: tr(AXES[name])) or "epsilon"  # fmt: skip
    if not any(value(result, x) is not None for result in series.measured):
        st.caption(tr("No model has a value for both axes."))
        return
    key = f"privacy_series_{x}_{selection.mount()}"
    text = plain(privacy_series_text.caption(series) or CAPTION, 900)
    charts.show(figure(series, x, run_id), key, text, table(series), HEIGHT, on_select=partial(_pressed, key))


def _pressed(key: str) -> None:
    run_id = compact_charts.selected(key, RUN_ID)
    if run_id is not None:
        selection.select([run_id])


def value(result: Result, x: str) -> float | None:
    """Where a member is on the horizontal axis: on that of ε at its budget, bytes in MB. None if not measured."""
    if x == "epsilon":
        budget = next((budget for budget in BUDGETS if result.name.endswith(f"-{budget:g}")), math.inf)
        return CATEGORIES.index(budget) + (APART if result.is_federated else 0.0)
    return {"auc": result.auc, "bytes": result.num_bytes / 1e6, "seconds": result.seconds}[x]


def figure(series: Series, x: str, run_id: str) -> go.Figure:
    """A trace a group, whose points carry (name, id of the run, value), and the line of the most popular items.

    The point of the run `run_id` is larger.
    """
    shown = [result for result in series.measured if value(result, x) is not None]
    spans = [result.auc_interval or () for result in shown] if x == "auc" else []
    low, high = _ends([*(value(result, x) or 0.0 for result in shown), *itertools.chain.from_iterable(spans)], x)
    traces = [_group([result for result in shown if result.is_federated == group[0]], x, run_id, *group[1:]) for group in GROUPS]  # fmt: skip
    if series.popularity is not None:
        traces.append({
            "type": "scatter", "x": [low, high], "y": [series.popularity] * 2, "mode": "lines", "name": tr(BASELINE),
            "line": {"color": charts.GREY, "dash": "dash"}, "hovertemplate": charts.hover("%{fullData.name}: %{y:.3f}"),
        })  # fmt: skip
    axis: dict[str, Any] = {"title": {"text": tr(AXES[x])}, "range": [low, high]}
    if x == "epsilon":
        names = [tr("none") if math.isinf(budget) else f"{budget:g}" for budget in CATEGORIES]
        axis |= {"zeroline": False, "tickvals": list(range(len(CATEGORIES))), "ticktext": names}
    elif x == "bytes":
        axis |= {"ticksuffix": " MB"}
    y_axis = {"title": {"text": tr(metric_label(HEADLINE))}, "rangemode": "tozero"}
    return go.Figure(traces, {"hovermode": "closest", "xaxis": axis, "yaxis": y_axis})


def _ends(values: Sequence[float], x: str) -> tuple[float, float]:
    """The ends of the horizontal axis: of ε all categories, of AUC with that of guessing, of costs with zero."""
    if x == "epsilon":
        return -0.5, len(CATEGORIES) - 0.5
    values = [*values, 0.5 if x == "auc" else 0.0]
    room = ROOM * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + 2 * room


def _group(results: Sequence[Result], x: str, run_id: str, name: Message, colour: str, symbol: str) -> dict[str, Any]:
    """The points of a group with their intervals."""
    ys = [0.0 if result.ndcg is None else result.ndcg.mean for result in results]
    spans = [result.ndcg.interval if result.ndcg is not None else None for result in results]
    trace: dict[str, Any] = {
        "type": "scatter", "x": [value(result, x) for result in results], "y": ys, "mode": "markers+text", "name": tr(name),
        "text": ["" if x == "epsilon" else tr(result.label) for result in results], "textposition": "top right",
        "marker": {"color": colour, "symbol": symbol, "size": [15 if result.run_id == run_id else 11 for result in results]},
        "customdata": [[charts.escaped(localized(result.title)), result.run_id, _text(result, x)] for result in results],
        "error_y": _error(ys, spans, colour), "cliponaxis": False, **compact_charts.ALL_SEEN,
        "hovertemplate": charts.hover(f"%{{customdata[0]}}<br>{tr(metric_label(HEADLINE))} %{{y:.3f}}<br>{tr(AXES[x])} %{{customdata[2]}}"),
    }  # fmt: skip
    if x == "auc":
        trace["error_x"] = _error([result.auc or 0.0 for result in results], [result.auc_interval for result in results], colour)  # fmt: skip
    return trace


def _error(values: Sequence[float], spans: Sequence[tuple[float, float] | None], colour: str) -> dict[str, Any]:
    ends = [span or (middle, middle) for middle, span in zip(values, spans, strict=True)]
    return {
        "type": "data", "symmetric": False, "array": [high - middle for middle, (_, high) in zip(values, ends, strict=True)],
        "arrayminus": [middle - low for middle, (low, _) in zip(values, ends, strict=True)], "thickness": 1.5, "color": colour,
    }  # fmt: skip


def _text(result: Result, x: str) -> str:
    """The value of a member on an axis, in words."""
    if x == "epsilon":
        return _budget(result)
    if x == "auc":
        return "" if result.auc is None else f"{result.auc:.2f}"
    return size(result.num_bytes) if x == "bytes" else f"{result.seconds or 0:,.0f}"


def _budget(result: Result) -> str:
    return tr("none") if math.isinf(result.epsilon) else f"{result.epsilon:.2f}"


def table(series: Series) -> pd.DataFrame:
    """One row a member."""
    return pd.DataFrame([_row(result) for result in series.results])


def _row(result: Result) -> dict[str, str]:
    score, spans = result.ndcg, (None if result.ndcg is None else result.ndcg.interval, result.auc_interval)
    ndcg_span, auc_span = (
        "" if span is None else tr("{low:.3f} to {high:.3f}", low=span[0], high=span[1]) for span in spans
    )
    return {
        tr("Training"): localized(result.label),
        tr("State"): tr(privacy_series_text.STATE_NAMES[result.state]),
        tr(metric_label(HEADLINE)): "" if score is None else f"{score.mean:.3f}",
        tr("95% interval"): ndcg_span,
        tr("ε spent"): "" if score is None else _budget(result),
        tr("Attack AUC"): "" if result.auc is None else f"{result.auc:.3f}",
        tr("AUC, 95%"): auc_span,
        tr("Bytes exchanged"): size(result.num_bytes) if result.num_bytes else "",
        tr("Training time (s)"): "" if result.seconds is None else f"{result.seconds:,.0f}",
    }
