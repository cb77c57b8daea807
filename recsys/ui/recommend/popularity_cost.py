"""Less popular lists: the strength of the penalty, and what it costs as a line and as a curve, measured by a job."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.evaluation.list_report import DEFINITIONS
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import Message, message, plural
from recsys.runs.popularity_record import PopularityPrice, PriceCurve, are_prices_damaged, load_prices
from recsys.services.recommend import popularity_cost, popularity_job
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts, compact_charts
from recsys.ui.parts.job_panel import JobPanel
from recsys.ui.recommend import effect_line
from recsys.ui.shell.job_cards import PRICING
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import duration, plain

SLIDER = "less_popular"  # also in the link
PANEL = JobPanel(popularity_job.JOB, message("Measure"), (200, 500, 1000, 2000), popularity_cost.USERS, PRICING)
MEASURES = ("coverage", "gini", "novelty")
NAMED_EVERY = 0.25  # of the strengths that stand beside their points
LABEL = message("Less popular")
WITH_COVERAGE = message("{effect}; coverage {before:.0%} → {after:.0%}")
OTHERS = message("Gini {plain_gini:.2f} → {gini:.2f}, novelty {plain_novelty:.2f} → {novelty:.2f} bits.")
APART = 0.12  # least distance of two labelled points, in widths and heights of the chart


def choose(run: OpenRun, *, is_open: bool) -> float:
    """The strength of the penalty, with its price curve where the menu `is_open`."""
    strength = st.slider(
        tr(LABEL), 0.0, 1.0, 0.0, 0.05, key=SLIDER, bind="query-params",
        help=tr("0 shows the most relevant items. Higher values subtract the log popularity of an item from its relevance; "
                "1 shows the least popular of the first 100."),
    )  # fmt: skip
    if is_open:
        price(run, float(strength))
    return float(strength)


def cost(run: OpenRun, strength: float) -> None:
    """What the penalty costs and brings, measured on validation, in one line."""
    curve = load_prices(run.folder)
    if reason := popularity_cost.why_not(run):
        st.caption(plain(reason))
    elif curve is None:
        st.caption(tr("What less popular lists cost is not measured yet: press Measure under More."))
    else:
        before, at = curve.prices[0], curve.nearest(strength)
        line = WITH_COVERAGE.format(
            effect=effect_line.effect(LABEL, at.strength, before.ndcg, at.ndcg),
            before=before.coverage,
            after=at.coverage,
        )
        details = effect_line.details(curve.num_users, at.difference)
        others = OTHERS.format(plain_gini=before.gini, gini=at.gini, plain_novelty=before.novelty, novelty=at.novelty)
        st.caption(tr(line), help=f"{tr(details)} {tr(others)}")


def price(run: OpenRun, strength: float) -> None:
    """The curve where there is one, and the button that measures or its progress."""
    if reason := popularity_cost.why_not(run):
        st.caption(plain(reason))
        return
    stored = load_prices(run.folder)
    if are_prices_damaged(run.folder):
        st.warning(tr("The stored measurement is damaged: its content does not match its checksum, so it is not used. "
                      "Measure again to replace it."), icon=":material/warning:")  # fmt: skip
    if stored is not None:
        curve(stored, strength)
    PANEL.show(run.config.run_id, partial(about, stored))


def about(stored: PriceCurve | None, size: int) -> Message:
    """How long it takes for this number of users."""
    if stored is None:
        return message("Takes seconds, or minutes with a large catalogue.")
    return message("About {time}.", time=duration(max(1.0, size * stored.seconds / stored.num_users)))


def curve(stored: PriceCurve, strength: float) -> None:
    """NDCG@10 against a metric of the lists, one point a strength; a click on a point sets the slider."""
    measure = st.segmented_control(
        tr("Against"), MEASURES, default=MEASURES[0], key="popularity_measure", required=True,
        format_func=lambda name: tr(DEFINITIONS[name].label),
    ) or MEASURES[0]  # fmt: skip
    caption = plural(
        "{metric} against {measure} by strength, on {n:,} validation user; a click on a point chooses it. {help}",
        "{metric} against {measure} by strength, on {n:,} validation users; a click on a point chooses it. {help}",
        stored.num_users, metric=metric_label(HEADLINE), measure=DEFINITIONS[measure].label,
        help=DEFINITIONS[measure].help,
    )  # fmt: skip
    shown, now = tr(caption), stored.nearest(strength).strength
    # A chart for each strength: the point that was clicked last can be clicked again after the slider was moved.
    key = f"popularity_{measure}_{now:g}"
    compact_charts.compact(figure(stored.prices, measure, now), key, shown, 220, partial(follow_point, key))
    st.caption(shown)
    with st.expander(tr("Data"), icon=":material/table_rows:", key="popularity_data"):
        st.dataframe(table(stored.prices), hide_index=True, key="popularity_table", alt=shown)


def follow_point(key: str) -> None:
    """Set the slider to the strength of the point that is clicked; for a callback."""
    clicked = compact_charts.selected(key)
    if clicked is not None:
        st.session_state[SLIDER] = float(clicked)


def figure(prices: Sequence[PopularityPrice], measure: str, now: float) -> go.Figure:
    """The points joined by a line, some with their strength beside them; that of the strength `now` stands out."""
    word, metric, label = tr("Strength"), tr(metric_label(HEADLINE)), tr(DEFINITIONS[measure].label)
    x, y = [price.ndcg for price in prices], [float(getattr(price, measure)) for price in prices]
    is_now, named = [price.strength == now for price in prices], named_points(prices, x, y, now)
    line = {
        "type": "scatter", "x": x, "y": y, "mode": "lines+markers+text", "customdata": [[f"{price.strength:g}"] for price in prices],
        "text": [f"{price.strength:g}" if at in named else "" for at, price in enumerate(prices)],
        "textposition": "top center", "line": {"color": charts.BLUE}, "cliponaxis": False,
        "marker": {"size": [13 if chosen else 7 for chosen in is_now],
                   "color": [charts.ORANGE if chosen else charts.BLUE for chosen in is_now]},
        "hovertemplate": charts.hover(f"{word} %{{customdata[0]}}<br>{metric} %{{x:.3f}}<br>{label} %{{y:.3f}}"),
        **compact_charts.ALL_SEEN,
    }  # fmt: skip
    return go.Figure([line], {"xaxis": {"title": {"text": metric}}, "yaxis": {"title": {"text": label}}})


def named_points(prices: Sequence[PopularityPrice], x: Sequence[float], y: Sequence[float], now: float) -> set[int]:
    """Indices of the points with a label: that of `now`, the ends, then others at least APART from those."""
    width, height = max(x) - min(x) or 1.0, max(y) - min(y) or 1.0
    last = len(prices) - 1
    others = [at for at, price in enumerate(prices) if price.strength % NAMED_EVERY == 0]
    named: list[int] = []
    for at in sorted({*others, *(at for at, price in enumerate(prices) if price.strength == now)},
                     key=lambda at: (prices[at].strength != now, at not in (0, last), at)):  # fmt: skip
        if all(math.hypot((x[at] - x[other]) / width, (y[at] - y[other]) / height) >= APART for other in named):
            named.append(at)
    return set(named)


def table(prices: Sequence[PopularityPrice]) -> pd.DataFrame:
    """All measures, one row a strength."""
    metric = metric_label(HEADLINE)
    return pd.DataFrame(
        [
            {
                tr("Strength"): price.strength,
                tr(metric): round(price.ndcg, 3),
                tr("Difference"): f"{price.difference[0]:+.3f}",
                tr("Difference, 95%"): tr(
                    "{low:+.3f} to {high:+.3f}", low=price.difference[1], high=price.difference[2]
                ),
            }
            | {tr(DEFINITIONS[name].label): round(getattr(price, name), 3) for name in MEASURES}
            for price in prices
        ]
    )
