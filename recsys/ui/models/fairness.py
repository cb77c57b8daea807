"""The Fairness tab: quality and faithfulness by group of users, exposure by group of items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.group_fairness import LEAST_USERS, ColumnMeans, GroupExposure
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import message
from recsys.services.models import fairness, sample_trust, user_lists
from recsys.services.models.baseline_verdict import p_text
from recsys.services.models.fairness import Fairness
from recsys.services.models.fairness_text import exposure_summary, summary
from recsys.services.models.groupings import group_labels, label
from recsys.services.models.quality import stored_ranks
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.models.trust_verdict import label as method_label
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import capitalized, plain

GAIN = message("insertion − deletion")
FEW, TALL = 8, 360  # groups up to which names need no turning; pixels of a chart with more
GROUP_POINT = "%{x}: %{y:.3f}"
EXPOSURE_POINT = message("%{x}: %{y:.1%} of exposure")
INTERACTIONS_POINT = message("%{x}: %{y:.1%} of interactions")
CATALOGUE_POINT = message("%{x}: %{y:.1%} of the catalogue")


def show(run: OpenRun) -> None:
    """Computed only where the tab is open."""
    if not len(run.split.test):
        st.info(tr("No groups to compare: no user has a held-out event."))
        return
    try:
        report = run_cache.fairness(workspace(), run)
    except RecsysError as error:
        fail(error)
        return
    st.markdown(plain(capitalized(summary(report.quality, metric_label(HEADLINE))), 600))
    if report.quality:
        users(run, report)
    items(run, report)


def users(run: OpenRun, report: Fairness) -> None:
    """Quality and faithfulness by one column of the users, which is chosen here."""
    names = [column.column for column in report.quality]
    chosen = st.segmented_control(tr("Users by"), names, default=names[0], required=True, key="fairness_users",
                                  format_func=lambda name: plain(label(name))) or names[0]  # fmt: skip
    (column,) = (column for column in report.quality if column.column == chosen)
    means(column, "fairness_quality", tr(metric_label(HEADLINE)),
          tr("{metric} by {column}. Lines are 95% intervals over users; p-values compare a group with all others, Holm-corrected "
             "for all groups of all columns. Groups under {least} users are not tested.",
             metric=metric_label(HEADLINE), column=plain(label(chosen)), least=LEAST_USERS), selects=True)  # fmt: skip
    listed_users(run, chosen)
    if report.faithfulness is None:
        text = tr("Faithfulness by group is not measured yet: press Measure on the Explanations tab.")
        if sample_trust.trust_for(run.config) is not None:
            text = tr("Faithfulness by group, as it comes with the sample, is on the Explanations tab. Press Measure there to "
                      "have it of this model, with a test of each group.")  # fmt: skip
        st.caption(text)
        return
    st.markdown(plain(capitalized(summary(report.faithfulness, GAIN)), 600))
    for measured in report.faithfulness:
        if measured.column == chosen:
            means(measured, "fairness_trust", tr(GAIN),
                  tr("Faithfulness of the explanations by {column}: {method}, {users:,} measured users. Lines are 95% intervals "
                     "over users.", column=plain(label(chosen)), method=plain(method_label(report.method)),
                     users=report.num_measured))  # fmt: skip


def means(column: ColumnMeans, key: str, unit: str, caption: str, *, selects: bool = False) -> None:
    """The groups of a column as points with intervals."""
    ids = [str(group.name) for group in column.groups]
    names = shown_names(column.column, [group.name for group in column.groups])
    figure = charts.points(
        names, [group.mean for group in column.groups], [group.interval for group in column.groups],
        charts.escaped(localized(label(column.column))), unit,
    )  # fmt: skip
    figure = compact_charts.with_ids(figure, ids)
    figure.update_traces(hovertemplate=charts.hover(GROUP_POINT))
    figure.update_xaxes(range=[-0.5, len(names) - 0.5])
    charts.show(figure, key, caption, means_table(column, names, unit), height(names), selects=selects)


def height(names: Sequence[str]) -> int:
    return TALL if len(names) > FEW else 280


def shown_names(column: str, names: Sequence[str]) -> list[str]:
    return [localized(name) for name in group_labels(column, names)]


def means_table(column: ColumnMeans, names: Sequence[str], unit: str) -> pd.DataFrame:
    rows = [
        {
            tr("Group"): name,
            tr("Users"): group.num_users,
            unit: f"{group.mean:.3f}",
            tr("95% interval"): span(group.interval),
            tr("Others"): "–" if group.rest is None else f"{group.rest:.3f}",
            tr("Difference"): "–" if group.difference is None else f"{group.difference:+.3f}",
            tr("Difference, 95%"): span(group.difference_interval, signed=True),
            tr("p (Holm)"): tr("not tested") if group.p_holm is None else p_text(group.p_holm),
        }
        for name, group in zip(names, column.groups, strict=True)
    ]
    return pd.DataFrame(rows)


def span(interval: tuple[float, float] | None, *, signed: bool = False) -> str:
    if interval is None:
        return "–"
    if signed:
        return tr("{low:+.3f} to {high:+.3f}", low=interval[0], high=interval[1])
    return tr("{low:.3f} to {high:.3f}", low=interval[0], high=interval[1])


def listed_users(run: OpenRun, column: str) -> None:
    """The users of the group that is clicked, best rank first."""
    name = compact_charts.selected("fairness_quality")
    rows = fairness.members(run, column, name) if name is not None else np.empty(0, dtype=np.int64)
    if not len(rows):  # no click, or one on a column shown before
        return
    ranks = stored_ranks(run, "test")
    rows = rows[np.argsort(ranks[rows], kind="stable")]
    table = user_lists.targets_table(run.dataset, run.split.test, rows, {"rank": ranks})
    (shown,) = shown_names(column, [str(name)])
    title = tr("Users with {column}: {value}", column=plain(label(column)), value=plain(shown))
    listing.users(table, len(rows), title, "fairness_members", run.config.run_id)


def items(run: OpenRun, report: Fairness) -> None:
    """Exposure by one column of the items, which is chosen here."""
    st.subheader(tr("Exposure of items"), anchor=False)
    names = [column.column for column in report.exposure]
    chosen = st.segmented_control(tr("Items by"), names, default=names[0], required=True, key="fairness_items",
                                  format_func=lambda name: plain(label(name))) or names[0]  # fmt: skip
    (column,) = (column for column in report.exposure if column.column == chosen)
    if text := exposure_summary(chosen, column.groups):
        st.markdown(plain(text, 400))
    shown = shown_names(chosen, [group.name for group in column.groups])
    caption = tr("Share of the exposure in the first 10 recommendations by {column}, a place at rank r counting 1 / log2(r + 1), "
                 "beside the shares of training interactions and of the catalogue. Lines are 95% intervals over users.",
                 column=plain(label(chosen)))  # fmt: skip
    figure = exposure_chart(column.groups, shown, charts.escaped(localized(label(chosen))))
    charts.show(figure, "fairness_exposure", caption, exposure_table(column.groups, shown), height(shown), selects=True)
    name = compact_charts.selected("fairness_exposure")
    if name in [str(group.name) for group in column.groups]:
        table = fairness.items_behind(run, chosen, str(name))
        (value,) = shown_names(chosen, [str(name)])
        title = tr("Items with {column}: {value}", column=plain(label(chosen)), value=plain(value))
        listing.items(table, table.attrs["total"], title, "fairness_behind", run.config.run_id)


def exposure_chart(groups: Sequence[GroupExposure], names: Sequence[str], x: str) -> go.Figure:
    """Exposure as points with intervals, interactions and catalogue as open marks beside them."""
    at, ids = [charts.label(name) for name in names], [[str(group.name)] for group in groups]
    figure = go.Figure()
    figure.add_scatter(
        x=at, y=[group.exposure for group in groups], mode="markers", name=tr("exposure"), customdata=ids,
        marker={"color": charts.BLUE, "size": 10}, hovertemplate=charts.hover(tr(EXPOSURE_POINT)),
        error_y={"type": "data", "symmetric": False, "thickness": 2, "color": charts.BLUE,
                 "array": [group.exposure_interval[1] - group.exposure for group in groups],
                 "arrayminus": [group.exposure - group.exposure_interval[0] for group in groups]},
    )  # fmt: skip
    bases = (
        (
            tr("interactions"),
            [group.interactions for group in groups],
            "diamond-open",
            charts.ORANGE,
            INTERACTIONS_POINT,
        ),
        (tr("catalogue"), [group.catalogue for group in groups], "square-open", charts.GREY, CATALOGUE_POINT),
    )
    for name, values, symbol, colour, point in bases:
        figure.add_scatter(
            x=at, y=values, mode="markers", name=name, customdata=ids, hovertemplate=charts.hover(tr(point)),
            marker={"color": colour, "size": 10, "symbol": symbol, "line": {"width": 2}},
        )  # fmt: skip
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(title=x, type="category", range=[-0.5, len(at) - 0.5])
    figure.update_yaxes(title=tr("share"), tickformat=".0%", rangemode="tozero")
    return figure


def exposure_table(groups: Sequence[GroupExposure], names: Sequence[str]) -> pd.DataFrame:
    rows = [
        {
            tr("Group"): name,
            tr("Items"): group.num_items,
            tr("Exposure"): f"{group.exposure:.1%}",
            tr("95% interval"): tr("{low:.1%} to {high:.1%}", low=group.exposure_interval[0], high=group.exposure_interval[1]),
            tr("Places"): f"{group.places:.1%}",
            tr("Interactions"): f"{group.interactions:.1%}",
            tr("Catalogue"): f"{group.catalogue:.1%}",
            tr("Ratio"): "–" if group.ratio is None else f"{group.ratio:.2f}",
            tr("Difference"): f"{group.difference:+.1%}",
        }
        for name, group in zip(names, groups, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)
