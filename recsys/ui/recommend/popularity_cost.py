"""Less popular lists: the strength of the penalty, and what it costs as a line and as a curve."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.evaluation.list_report import DEFINITIONS
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import message, plural
from recsys.services.recommend.popularity_cost import STRENGTHS, PopularityPrice
from recsys.services.train.training import why_no_targets
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

MEASURES = ("coverage", "gini", "novelty")
COST = message(
    "Less popular {strength:g} on {users} of the validation: {metric} {plain_ndcg:.3f} → **{ndcg:.3f}** ({change:+.3f}, 95 % "
    "interval {low:+.3f} to {high:+.3f}); coverage {plain_coverage:.0%} → **{coverage:.0%}**, Gini {plain_gini:.2f} → "
    "**{gini:.2f}**, novelty {plain_novelty:.2f} → **{novelty:.2f}** bits."
)
NOT_MEASURED = message("The effect of less popular lists cannot be measured: {reason}.")


def choose(run: OpenRun) -> float:
    """The strength of the penalty, with its price curve while it is being chosen."""
    with st.popover(
        tr("Less popular"), icon=":material/trending_down:", key="popularity", on_change="rerun"
    ) as popover:
        strength = st.slider(
            tr("Less popular"), 0.0, 1.0, 0.0, 0.05, key="less_popular", bind="query-params",
            help=tr("0 shows the most relevant items. Higher values subtract the log popularity of an item from its relevance; "
                    "1 shows the least popular of the first 100."),
        )  # fmt: skip
        if popover.open:
            curve(run)
    return float(strength)


def cost(run: OpenRun, strength: float) -> str:
    """What the penalty costs and brings, measured on validation, in one line."""
    prices = run_cache.popularity_prices(workspace(), run, (0.0, strength))
    if not prices:
        return tr(NOT_MEASURED, reason=plain(why_no_targets(run.split, "validation")))
    before, price = prices
    change, low, high = price.difference
    users = plural("{n:,} user", "{n:,} users", price.num_users)
    line = COST.format(
        strength=strength, users=users, metric=metric_label(HEADLINE), plain_ndcg=before.ndcg, ndcg=price.ndcg,
        change=change, low=low, high=high, plain_coverage=before.coverage, coverage=price.coverage,
        plain_gini=before.gini, gini=price.gini, plain_novelty=before.novelty, novelty=price.novelty,
    )  # fmt: skip
    return tr(line)


def curve(run: OpenRun) -> None:
    """NDCG@10 against a metric of the lists, one point a strength."""
    prices = run_cache.popularity_prices(workspace(), run, STRENGTHS)
    if not prices:
        st.caption(tr(NOT_MEASURED, reason=plain(why_no_targets(run.split, "validation"))))
        return
    measure = st.segmented_control(
        tr("Against"), MEASURES, default=MEASURES[0], key="popularity_measure", required=True,
        format_func=lambda name: tr(DEFINITIONS[name].label),
    ) or MEASURES[0]  # fmt: skip
    caption = plural(
        "{metric} against {measure} by strength, on {n:,} user of the validation. {help}",
        "{metric} against {measure} by strength, on {n:,} users of the validation. {help}",
        prices[0].num_users, metric=metric_label(HEADLINE), measure=DEFINITIONS[measure].label,
        help=DEFINITIONS[measure].help,
    )  # fmt: skip
    shown = tr(caption)
    compact_charts.compact(figure(prices, measure), f"popularity_{measure}", shown, 220)
    st.caption(shown)
    st.dataframe(table(prices), hide_index=True, key="popularity_table", alt=shown)


def figure(prices: Sequence[PopularityPrice], measure: str) -> go.Figure:
    """The points joined by a line, each with its strength beside it."""
    strengths = [f"{price.strength:g}" for price in prices]
    word, metric, label = tr("Strength"), tr(metric_label(HEADLINE)), tr(DEFINITIONS[measure].label)
    drawn = go.Figure(
        go.Scatter(
            x=[price.ndcg for price in prices], y=[getattr(price, measure) for price in prices], mode="lines+markers+text",
            text=strengths, textposition="top center", customdata=[[strength] for strength in strengths],
            line={"color": charts.BLUE}, marker={"size": 9}, cliponaxis=False,
            hovertemplate=charts.hover(f"{word} %{{customdata[0]}}<br>{metric} %{{x:.3f}}<br>{label} %{{y:.3f}}"),
        )
    )  # fmt: skip
    drawn.update_xaxes(title=metric)
    drawn.update_yaxes(title=label)
    return drawn


def table(prices: Sequence[PopularityPrice]) -> pd.DataFrame:
    """All measures, one row a strength."""
    return pd.DataFrame(
        [
            {tr("Strength"): price.strength, tr(metric_label(HEADLINE)): round(price.ndcg, 3)}
            | {tr(DEFINITIONS[name].label): round(getattr(price, name), 3) for name in MEASURES}
            for price in prices
        ]
    )
