"""The Data page's overview: key figures and charts of the dataset, and how to delete it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.data.profile import Profile
from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.messages import message, plural, short
from recsys.services.data import datasets
from recsys.services.data.value_names import period_starts, range_name
from recsys.ui.data import behind_chart, browse, profile_charts
from recsys.ui.data.behind_chart import open_clicked
from recsys.ui.parts import charts, compact_charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import presenter, sliced
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import rerun, session, to_address, workspace
from recsys.ui.shell.text import plain

LONGEST_TITLE = 30  # characters of a column's name
CATEGORIES = 12  # drawn as bars
HEIGHT, HEIGHT_OF_BAR, HEIGHT_OF_AXIS = 190, 19, 60  # pixels
TABS = (message("Overview"), message("Items"), message("Users"), message("Interactions"))
UNITS = {"hour": message("hour"), "day": message("day"), "week": message("week"), "month": message("month")}


def delete(chosen: DatasetSummary) -> None:
    """Say what is deleted, then delete it."""
    if presenter.closed():
        return
    name, num_models = plain(chosen.name, 60), len(datasets.runs_on(workspace(), chosen.dataset_id))
    if num_models:
        models = plural("{n:,} model trained on it", "{n:,} models trained on it", num_models)
        st.markdown(tr("This deletes **{name}** and {models}. Export the models you want to keep first.",
                       name=name, models=models))  # fmt: skip
    else:
        st.markdown(tr("This deletes **{name}**.", name=name))
    if st.button(tr("Delete permanently"), type="primary", key="delete_dataset_for_good"):
        try:
            datasets.delete_dataset(workspace(), chosen.dataset_id)
        except RecsysError as error:
            fail(error)
            return
        st.cache_resource.clear()  # which holds the dataset and its models
        session().dataset_id = None
        to_address(dataset=None)
        rerun()


@dataclass(frozen=True, eq=False)
class Chart:
    key: str
    title: str
    figure: go.Figure
    caption: str
    table: pd.DataFrame
    ids: Sequence[str]  # of the points, for clicks: see behind_chart.py
    height: int = HEIGHT


def summary(chosen: DatasetSummary) -> None:
    """Key figures and charts."""
    browse.slice_note(chosen)
    figures(sliced.profiled(chosen.dataset_id))
    plots(chosen)


def plots(chosen: DatasetSummary) -> None:
    """Charts two by two: over time, history lengths, long tail, ratings or categories; a fifth one is as wide as the page."""
    drawn = charts_of(sliced.profiled(chosen.dataset_id))
    for start in range(0, len(drawn), 2):
        row = drawn[start : start + 2]
        for column, chart in zip(st.columns(len(row), gap="medium"), row, strict=True):
            with column, st.container(gap="xsmall"):
                st.markdown(f"**{plain(chart.title)}**")
                figure = compact_charts.with_ids(chart.figure, chart.ids)
                caption = tr(
                    browse.CAPTION, caption=chart.caption, hint=tr("Click a point or bar to list what is in it.")
                )
                on_select = partial(open_clicked, chart.key)
                charts.show(figure, chart.key, caption, chart.table, chart.height, on_select=on_select)
    behind_chart.dialog(chosen)


def charts_of(seen: Profile) -> list[Chart]:
    drawn = []
    if seen.time_labels:
        drawn.append(_over_time(seen))
    ranges = [range_name(name) for name in seen.history_bins]
    lengths = pd.DataFrame({tr("events"): ranges, tr("users"): seen.history_counts})
    bars = charts.bars(seen.history_bins, seen.history_counts, tr("events of a user"), tr("users"))
    median = tr(plural("Half of the users have {n:,.0f} event.", "Half of the users have {n:,.0f} events or fewer.",
                       round(seen.median_history)))  # fmt: skip
    drawn.append(Chart("histories", tr("History lengths"), bars, median, lengths, seen.history_bins))
    tail = pd.DataFrame(
        {tr("item rank"): seen.tail_rank, tr("events"): seen.tail_events, tr("cumulative share"): seen.tail_share}
    )
    curve = profile_charts.long_tail(seen.tail_rank, seen.tail_events, seen.tail_share, seen.items_for_80)
    head = plural("{n:,} of {items:,} items has 80% of all interactions.",
                  "{n:,} of {items:,} items have 80% of all interactions.", seen.items_for_80, items=seen.items)  # fmt: skip
    drawn.append(Chart("tail", tr("Long tail"), curve, tr(head), tail, [str(rank) for rank in seen.tail_rank]))
    if seen.rating_values:
        drawn.append(_of_ratings(seen))
    if seen.category_counts:
        drawn.append(_of_categories(seen.category_counts))
    return drawn


def _of_ratings(seen: Profile) -> Chart:
    """Events by rating, under the name of its column where that is another: hours are no ratings."""
    names = [localized(value) for value in seen.rating_values]
    title, axis, caption = tr("Ratings"), tr("rating"), tr("How often each rating was given.")
    if seen.rating_name is not None:
        title = axis = short(seen.rating_name, LONGEST_TITLE)
        caption = tr("Events by {column}.", column=plain(title))
    table = pd.DataFrame({axis: names, tr("events"): seen.rating_counts})
    bars = charts.bars(names, seen.rating_counts, charts.escaped(axis), tr("events"))
    return Chart("ratings", title, bars, caption, table, seen.rating_values)


def _over_time(seen: Profile) -> Chart:
    unit = UNITS[seen.time_unit]
    starts = period_starts(seen.time_labels, seen.span)
    table = pd.DataFrame({tr(unit): starts, tr("events"): seen.time_counts})
    figure = profile_charts.area(starts, seen.time_counts, tr(unit))
    caption = tr("Interactions by {unit}.", unit=unit)
    if seen.span:
        first, last = seen.span
        caption = tr("Interactions by {unit}, from {first} to {last}.", unit=unit, first=first, last=last)
    return Chart("time", tr("Interactions over time"), figure, caption, table, seen.time_labels)


def _of_categories(counts: Mapping[str, int]) -> Chart:
    most = dict(list(counts.items())[:CATEGORIES])
    table = pd.DataFrame({tr("category"): list(counts), tr("items"): list(counts.values())})
    figure = profile_charts.category_bars(list(most), list(most.values()), tr("items"))
    caption = tr("Items of the most frequent categories.")
    height = max(HEIGHT, HEIGHT_OF_AXIS + HEIGHT_OF_BAR * len(most))
    return Chart("categories", tr("Categories"), figure, caption, table, list(most), height)


def figures(seen: Profile) -> None:
    with st.container(horizontal=True, key="figures"):
        for name, value, text in (
            (tr("Interactions"), f"{seen.rows:,}", tr("Rows of the file after checks.")),
            (tr("Users"), f"{seen.users:,}",
             tr(plural("{n:,} has fewer than 3 events.", "{n:,} have fewer than 3 events.", seen.short_users))),
            (tr("Items"), f"{seen.items + seen.cold_items:,}",
             tr(plural("{n:,} item has no event.", "{n:,} items have no event.", seen.cold_items))),
            (tr("Density"), f"{seen.density:.2%}", tr("Share of all user–item pairs that have an event.")),
            (tr("Tied timestamps"), "–" if seen.tie_rate is None else f"{seen.tie_rate:.0%}",
             tr("Interactions at the same time as another of the same user: the file gives their order.")),
        ):  # fmt: skip
            st.metric(name, value, help=text, border=True)
    if seen.click_rate is not None:
        st.markdown(
            tr(
                "Also imported: {impressions}, {click_rate:.1%} of them clicked.",
                impressions=plural("{n:,} impression", "{n:,} impressions", seen.impressions),
                click_rate=seen.click_rate,
            )
        )
