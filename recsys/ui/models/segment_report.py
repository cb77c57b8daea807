"""The Segments tab: quality by group of items and of users, with short histories, and on items held out of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, metric_keys, metric_label
from recsys.evaluation.segments import ITEM_SEGMENTS, USER_SEGMENTS, Segment
from recsys.messages import message, plural
from recsys.services.data.value_names import range_name
from recsys.services.models import segment_report, user_lists
from recsys.services.models.baseline_verdict import verdict
from recsys.services.models.quality import stored_ranks
from recsys.services.models.segment_report import Cold
from recsys.services.models.slice_report import FEW_USERS
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import POPULARITY, USER_IDS
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache, sliced
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import comma_list, plain

VIEWS = {
    "items": (message("Items"), message("events of the item in training"),
              message("Test targets by the training events of their item: hot are the 20% of the items with the most, warm the "
                      "others with more than 5, rare have 1 to 5, cold none. Lines are 95% intervals over users.")),
    "users": (message("Users"), message("events of the user in training"),
              message("Test targets by the number of training events of their user. Lines are 95% intervals over users.")),
    "newest": (message("Short histories"), message("newest events that the model reads"),
               message("The same users with only their newest events, among the same candidates: how well the model serves "
                       "new users. Lines are 95% intervals over users.")),
}  # fmt: skip
MEMBERS = {  # views whose segments list their users
    "items": message("Users whose held-out item is {segment}"),
    "users": message("Users with {segment} training events"),
}
IN_SLICE = message("{users}, in the slice")
SEGMENT_NAMES = {str(name): range_name(name) for name in (*ITEM_SEGMENTS, *USER_SEGMENTS)}
ALL, SLICE = "all", "slice"  # whom a point is about: with the segment's name in its `customdata`
SIDES = {ALL: message("all users"), SLICE: message("slice")}
POINT = "%{x}: %{y:.3f}"
SIDE_POINT = "%{x} · %{fullData.name}: %{y:.3f} · %{text}"


def show(run: OpenRun) -> None:
    """Computed only where the tab is open: it ranks the test again for each length of history."""
    if not len(run.split.test):
        st.info(tr("No segments: no user has a held-out event."))
        return
    try:
        report = run_cache.segmented(workspace(), run)
        inside = run_cache.segmented_slice(workspace(), run)
    except RecsysError as error:
        fail(error)
        return
    with st.container(horizontal=True):
        view = st.segmented_control(tr("Targets by"), list(VIEWS), default="items", required=True, key="segment_view",
                                    format_func=lambda name: tr(VIEWS[name][0])) or "items"  # fmt: skip
        metric = st.segmented_control(tr("Metric"), metric_keys(CUT_OFF, "key"), default=HEADLINE, required=True,
                                      key="segment_metric", format_func=lambda key: tr(metric_label(key))) or HEADLINE  # fmt: skip
    of_slice = None if inside is None else getattr(inside, view)
    draw(getattr(report, view), view, metric, of_slice)
    if of_slice is not None:
        warn(of_slice)
    listed(run, view)
    if report.cold is not None:
        cold(report.cold)
        if inside is not None:
            st.caption(tr("New items are evaluated on all users, whatever the slice."))


def draw(segments: Sequence[Segment], view: str, metric: str, inside: Sequence[Segment] | None = None) -> None:
    """The segments that have a target as points with intervals, the others as empty places, and all as a table.

    `inside`: the same segments of the slice, whose points stand beside those of everyone.
    """
    _, axis, caption = VIEWS[view]
    figure = _points(segments, ALL, view, metric)
    if inside is None:
        figure.update_traces(hovertemplate=charts.hover(POINT))
        figure.update_xaxes(_places(segments))
        charts.show(figure, f"segments_{view}", tr(caption), table(segments, tr("Segment")), selects=view in MEMBERS)
        return
    beside = _points(inside, SLICE, view, metric).data[0]
    figure.add_trace(
        beside.update(marker={"color": charts.ORANGE, "symbol": "diamond"}, error_y={"color": charts.ORANGE})
    )
    figure.update_traces(hovertemplate=charts.hover(SIDE_POINT))
    figure.update_layout(scattermode="group", scattergap=0.8, hovermode="closest")
    figure.update_xaxes(_places(segments, inside), title=tr("{axis}; below: users in the slice / all", axis=axis))
    rows = table(segments, tr("Segment"), inside)
    charts.show(figure, f"segments_{view}", tr(caption), rows, selects=view in MEMBERS)


def _points(segments: Sequence[Segment], side: str, view: str, metric: str) -> go.Figure:
    """The segments that have a target as points that carry (name, side) and the number of users."""
    nonempty = [segment for segment in segments if segment.num_targets]
    figure = charts.points(
        [localized(range_name(segment.name)) for segment in nonempty],
        [segment.metrics[metric] for segment in nonempty],
        [segment.intervals.get(metric) for segment in nonempty],
        tr(VIEWS[view][1]),
        tr(metric_label(metric)),
    )
    users = [tr(plural("{n:,} user", "{n:,} users", segment.num_targets)) for segment in nonempty]
    ids = [[str(segment.name), side] for segment in nonempty]
    return figure.update_traces(customdata=ids, text=users, name=tr(SIDES[side]))


def _places(segments: Sequence[Segment], inside: Sequence[Segment] | None = None) -> dict[str, object]:
    """An axis with a place for each segment: two points alone would be at the far ends of the chart."""
    names, texts = [charts.label(localized(range_name(segment.name))) for segment in segments], []
    for name, segment, of_slice in zip(names, segments, inside or segments, strict=True):
        below = "" if inside is None else f"{of_slice.num_targets:,} / {segment.num_targets:,}"
        below = below if segment.num_targets else tr("no targets")
        texts.append(f"{name}<br>{below}" if below else name)
    return {
        "categoryorder": "array", "categoryarray": names, "tickvals": names, "ticktext": texts,
        "range": [-0.5, len(names) - 0.5],
    }  # fmt: skip


def warn(inside: Sequence[Segment]) -> None:
    """Say which segments have too few users of the slice; nothing where the whole slice is small, which the tab says above."""
    if sum(segment.num_targets for segment in inside) < FEW_USERS:
        return
    small = [localized(range_name(segment.name)) for segment in inside if 0 < segment.num_targets < FEW_USERS]
    if small:
        text = tr("Fewer than {few} users of the slice: {segments}. Their 95% intervals are so wide that the figures say little.",
                  few=FEW_USERS, segments=plain(comma_list(small)))  # fmt: skip
        st.warning(text, icon=":material/warning:")


def listed(run: OpenRun, view: str) -> None:
    """The users of the segment that is clicked, in the slice where its point is."""
    name = compact_charts.selected(f"segments_{view}") if view in MEMBERS else None
    if name is None:
        return
    rows, targets = segment_report.members(run, view, name), run.split.test
    inside_T = sliced.targets(run) if compact_charts.selected(f"segments_{view}", 1) == SLICE else None
    rows = rows if inside_T is None else rows[inside_T[rows]]
    ranks = stored_ranks(run, "test")
    rows = rows[np.argsort(ranks[rows], kind="stable")]
    ids = [str(user_id) for user_id in run.dataset.interactions.user_ids[targets.users[rows]]]
    title = MEMBERS[view].format(segment=plain(SEGMENT_NAMES.get(name, name)))
    title = title if inside_T is None else IN_SLICE.format(users=title)
    is_segment = view == "items" and inside_T is None
    listing.users(user_lists.targets_table(run.dataset, targets, rows, {"rank": ranks}), len(rows), tr(title), "users_segment",
                  run.config.run_id, as_slice=(POPULARITY, [name]) if is_segment else (USER_IDS, ids))  # fmt: skip


def table(segments: Sequence[Segment], first: str, inside: Sequence[Segment] | None = None) -> pd.DataFrame:
    """One row a segment, its name in the column `first`; a dash for an empty segment. `inside`: those of the slice."""
    rows = [{first: localized(range_name(segment.name)), **_figures(segment)} for segment in segments]
    if inside is not None:
        for row, segment in zip(rows, inside, strict=True):
            row |= {tr("{figure}, slice", figure=name): value for name, value in _figures(segment).items()}
    return pd.DataFrame(rows)


def _figures(segment: Segment) -> dict[str, int | str]:
    """Number of targets, metrics and intervals of a segment, by the names of their columns."""
    keys = metric_keys(CUT_OFF, "key")
    return (
        {tr("Targets"): segment.num_targets}
        | {tr(metric_label(key)): f"{segment.metrics[key]:.3f}" if segment.num_targets else "–" for key in keys}
        | {tr("{metric}, 95%", metric=metric_label(key)): span(segment.intervals.get(key)) for key in keys}
    )


def span(interval: tuple[float, float] | None) -> str:
    return tr("{low:.3f} to {high:.3f}", low=interval[0], high=interval[1]) if interval else "–"


def cold(report: Cold) -> None:
    """The items that were held out, beside category popularity."""
    st.subheader(tr("New items"))
    st.caption(
        tr("{items} held out of training, {events} of {users}. Each of these events is ranked in the whole catalogue.",
           items=plural("{n:,} item", "{n:,} items", report.num_items),
           events=plural("{n:,} event", "{n:,} events", report.own.num_targets),
           users=plural("{n:,} user", "{n:,} users", report.num_users))
    )  # fmt: skip
    if not report.can_score:
        st.info(
            tr("This model uses item IDs only, so it cannot score an item without training events: all are misses.")
        )
    everything = [report.own, *report.baselines]
    alt = tr("How well the held-out items are ranked, by the model and by category popularity")
    st.dataframe(table(everything, tr("Ranked by")), hide_index=True, key="cold_table", alt=alt)
    if not report.against:
        st.caption(tr("The dataset has no categories, so there is no category popularity to compare with."))
        return
    text = plain(verdict(report.own.name, report.against), 600)
    st.markdown(tr("On new items: {verdict}", verdict=text))
