"""What drives this model: effects on the top recommendation of a sample of users, computed by a job."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.messages import Message, message
from recsys.runs.global_record import CategoryEffect, Effect, GlobalView, is_view_damaged, load_global_view
from recsys.services.explore import global_job, global_view
from recsys.services.explore.global_view_text import TABLES, row_names, summary, tables, unit
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts, listing
from recsys.ui.parts.job_panel import JobPanel
from recsys.ui.shell import run_cache
from recsys.ui.shell.job_cards import COMPUTING
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import capitalized, duration, plain

PANEL = JobPanel(global_job.JOB, message("Compute"), (50, 100, 200, 500), global_view.USERS, COMPUTING)
SHOWN, MOST_CATEGORIES = 15, 12  # rows of a chart, categories on a side of the heat map
ROW = 22  # pixels
CAPTIONS = {
    "positions": message("Mean absolute effect of the event at each position, 1 = newest."),
    "sources": message("Mean absolute value of each source of the score breakdown."),
    "categories": message("Mean absolute effect of an event of one category on a recommended item of another."),
    "items": message("Items whose events have the largest sum of absolute effects; points are means per event."),
    "fields": message("Mean absolute effect of the inputs about the user and the item."),
    "words": message(
        "Words of the recommended item with the largest sum of absolute effects; points are means per word."
    ),
    "columns": message("Mean absolute effect of the words of each text of the recommended item."),
    "regions": message("Mean absolute effect of the regions of the recommended item's picture."),
}
EFFECT_POINT, PLACE_POINT = "%{y}: %{x:.3f}", message("position %{x}: %{y:.3f}")
CELL_POINT = "%{y} → %{x}: %{z:.3f}"


def show(run: OpenRun) -> None:
    """The stored effects, with the button that computes them."""
    if reason := global_view.why_not(run):
        st.info(plain(reason))
        return
    view = load_global_view(run.folder)
    if is_view_damaged(run.folder):
        st.warning(tr("The stored result is damaged: its content does not match its checksum, so it is not used. Compute "
                      "again to replace it."), icon=":material/warning:")  # fmt: skip
    if view is None:
        st.markdown(tr("Which positions of the history, categories, items and inputs change the score of the top recommendation, "
                       "averaged over a sample of users."))  # fmt: skip
    PANEL.show(run.config.run_id, lambda size: about(run, view, size))
    if view is not None:
        report(run, view)


def about(run: OpenRun, view: GlobalView | None, size: int) -> Message:
    """How long it takes for this number of users."""
    per_user = view.seconds / view.num_users if view else run_cache.seconds_per_user(workspace(), run)
    return message("About {time}.", time=duration(max(1.0, size * per_user)))


def report(run: OpenRun, view: GlobalView) -> None:
    """The summary, and the table that is chosen as a chart."""
    st.markdown(plain(summary(run, view), 400))
    names = tables(view)
    table = st.segmented_control(tr("Effects by"), names, default=names[0], required=True, key="global_table",
                                 format_func=lambda name: tr(TABLES[name])) or names[0]  # fmt: skip
    caption = tr("{what} Top recommendations of {users:,} users; lines are 95% intervals over users.",
                 what=CAPTIONS[table], users=view.num_users)  # fmt: skip
    if table == "categories":
        rows = frame(view.categories, [f"{row.name} → {row.item_category}" for row in view.categories])
        charts.show(category_map(view.categories), "global_categories", caption, rows, 420)
        return
    effects: Sequence[Effect] = getattr(view, table)
    labels = [capitalized(name) if table == "sources" else localized(name) for name in row_names(run, view, table)]
    if table == "positions":
        charts.show(
            by_position(effects, labels, localized(unit(view))), "global_positions", caption, frame(effects, labels)
        )
        return
    figure = ranked(effects[:SHOWN], labels[:SHOWN], localized(unit(view)))
    height = 100 + ROW * min(len(effects), SHOWN)
    charts.show(figure, f"global_{table}", caption, frame(effects, labels), height)
    if table == "items":
        table_of_items = pd.DataFrame({"item": [row.name for row in effects], "title": labels,
                                       "effect": [row.mean for row in effects], "events": [int(row.count) for row in effects]})  # fmt: skip
        listing.items(
            table_of_items, len(effects), tr("Items that carry most"), "global_items_listed", run.config.run_id
        )


def by_position(effects: Sequence[Effect], labels: Sequence[str], unit_label: str) -> go.Figure:
    figure = charts.points(
        labels, [row.mean for row in effects], [row.interval for row in effects], tr("position from the end (1 = newest)"), unit_label
    )  # fmt: skip
    figure.update_traces(hovertemplate=charts.hover(tr(PLACE_POINT)))
    return figure


def ranked(effects: Sequence[Effect], labels: Sequence[str], unit_label: str) -> go.Figure:
    """One point a row with its interval, in the order of the rows from the top."""
    ends = [row.interval or (row.mean, row.mean) for row in effects]
    at = [f"{place}. {charts.label(label)}" for place, label in enumerate(labels, start=1)]
    figure = go.Figure(
        go.Scatter(
            y=at, x=[row.mean for row in effects], mode="markers", marker={"color": charts.BLUE, "size": 9},
            error_x={"type": "data", "symmetric": False, "thickness": 2, "color": charts.BLUE,
                     "array": [high - row.mean for row, (_, high) in zip(effects, ends, strict=True)],
                     "arrayminus": [row.mean - low for row, (low, _) in zip(effects, ends, strict=True)]},
            hovertemplate=charts.hover(EFFECT_POINT),
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(title=unit_label, rangemode="tozero")
    return figure


def category_map(rows: Sequence[CategoryEffect]) -> go.Figure:
    """Mean effect by category of the event (rows) and of the recommended item (columns), the strongest first."""
    events, items = (
        list(dict.fromkeys(getattr(row, side) for row in rows))[:MOST_CATEGORIES] for side in ("name", "item_category")
    )
    values = np.full((len(events), len(items)), np.nan)
    for row in rows:
        if row.name in events and row.item_category in items:
            values[events.index(row.name), items.index(row.item_category)] = row.mean
    figure = go.Figure(
        go.Heatmap(
            z=values.tolist(), x=[charts.label(name) for name in items], y=[charts.label(name) for name in events], colorscale="Blues",
            hoverongaps=False, hovertemplate=charts.hover(CELL_POINT), colorbar={"thickness": 10},
        )
    )  # fmt: skip
    figure.update_xaxes(title=tr("category of the recommended item"), type="category")
    figure.update_yaxes(title=tr("category of the event"), type="category", autorange="reversed")
    return figure


def frame(effects: Sequence[Effect], labels: Sequence[str]) -> pd.DataFrame:
    rows = [
        {
            tr("Input"): label,
            tr("Mean absolute effect"): f"{row.mean:.4f}",
            tr("95% interval"): "–" if row.interval is None else span(row.interval),
            tr("Mean effect"): f"{row.signed:+.4f}",
            tr("Share"): f"{row.share:.1%}",
            tr("Users"): row.num_users,
        }
        for row, label in zip(effects, labels, strict=True)
    ]
    return pd.DataFrame(rows)


def span(interval: tuple[float, float]) -> str:
    return tr("{low:.4f} to {high:.4f}", low=interval[0], high=interval[1])
