"""The ROC curve of a membership attack: members found against false positives; a click lists the users behind a point."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from recsys.messages import message
from recsys.runs.attack_record import Attack
from recsys.services.models.attack_text import NAMES, curve_of
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.language import tr

KEY, HEIGHT = "attack_roc", 280
CAPTION = message(
    "Members found against held-out users taken for members, at every threshold of the score; the dashed line is guessing. "
    "A click on a point lists the users above its threshold."
)
POINT = message("%{fullData.name}: %{y:.1%} found at %{x:.1%} false positives")


def show(attack: Attack) -> tuple[str, float] | None:
    """Draw the curves; gives (attack, threshold) of the clicked point."""
    charts.show(figure(attack), KEY, tr(CAPTION), table(attack), HEIGHT, selects=True)
    name, threshold = compact_charts.selected(KEY), compact_charts.selected(KEY, 1)
    known = [scores.name for scores in attack.attacks]
    return (name, float(threshold)) if name in known and name is not None and threshold is not None else None


def figure(attack: Attack) -> go.Figure:
    """A line an attack, whose points carry (attack, threshold), and the line of guessing."""
    guess = {
        "type": "scatter", "x": [0, 1], "y": [0, 1], "mode": "lines", "line": {"color": charts.GREY, "dash": "dash"},
        "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip
    traces: list[dict[str, object]] = [guess]
    for index, scores in enumerate(attack.attacks):
        curve = curve_of(attack, scores)
        traces.append({
            "type": "scatter", "x": curve.false_positives.tolist(), "y": curve.true_positives.tolist(), "mode": "lines+markers",
            "line": {"color": charts.LINES[index], "dash": charts.DASHES[index]}, "marker": {"size": 5},
            "name": charts.label(tr(NAMES[scores.name])), "hovertemplate": charts.hover(tr(POINT)), **compact_charts.ALL_SEEN,
            "customdata": [[scores.name, repr(float(threshold))] for threshold in curve.thresholds],
        })  # fmt: skip
    share = {"tickformat": ".0%", "range": [-0.02, 1.02]}
    axes = {
        "xaxis": {"title": {"text": tr("false positives (held-out users)")}, "ticklabeloverflow": "allow", **share},
        "yaxis": {"title": {"text": tr("members found")}, **share},
    }
    return go.Figure(traces, {"hovermode": "closest", **axes})


def table(attack: Attack) -> pd.DataFrame:
    """One row a point."""
    rows = []
    for scores in attack.attacks:
        curve = curve_of(attack, scores)
        for false, true in zip(curve.false_positives, curve.true_positives, strict=True):
            shown = (tr(NAMES[scores.name]), f"{false:.1%}", f"{true:.1%}")
            rows.append(dict(zip((tr("Attack"), tr("False positives"), tr("Members found")), shown, strict=True)))
    return pd.DataFrame(rows)
