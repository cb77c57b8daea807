"""The Segments tab: quality by group of items and of users, with short histories, and on items held out of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, metric_keys, metric_label
from recsys.evaluation.segments import ITEM_SEGMENTS, USER_SEGMENTS, Segment
from recsys.messages import message, plural
from recsys.services.models import segment_report, user_lists
from recsys.services.models.baseline_verdict import verdict
from recsys.services.models.quality import stored_ranks
from recsys.services.models.segment_report import Cold
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import POPULARITY, USER_IDS
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

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

SEGMENT_NAMES = {str(name): name for name in (*ITEM_SEGMENTS, *USER_SEGMENTS)}


def show(run: OpenRun) -> None:
    """Computed only where the tab is open: it ranks the test again for each length of history."""
    if not len(run.split.test):
        st.info(tr("No segments: no user has a held-out event."))
        return
    try:
        report = run_cache.segmented(workspace(), run)
    except RecsysError as error:
        fail(error)
        return
    with st.container(horizontal=True):
        view = st.segmented_control(tr("Targets by"), list(VIEWS), default="items", required=True, key="segment_view",
                                    format_func=lambda name: tr(VIEWS[name][0])) or "items"  # fmt: skip
        metric = st.segmented_control(tr("Metric"), metric_keys(CUT_OFF, "key"), default=HEADLINE, required=True,
                                      key="segment_metric", format_func=lambda key: tr(metric_label(key))) or HEADLINE  # fmt: skip
    draw(getattr(report, view), view, metric)
    listed(run, view)
    if report.cold is not None:
        cold(report.cold)


def draw(segments: Sequence[Segment], view: str, metric: str) -> None:
    """The segments that have a target as points with intervals, the others as empty places, and all as a table."""
    _, axis, caption = VIEWS[view]
    nonempty = [segment for segment in segments if segment.num_targets]
    names = [str(segment.name) for segment in nonempty]
    figure = charts.points(
        [localized(segment.name) for segment in nonempty],
        [segment.metrics[metric] for segment in nonempty],
        [segment.intervals.get(metric) for segment in nonempty],
        tr(axis),
        tr(metric_label(metric)),
    )
    figure = compact_charts.with_ids(figure, names)
    figure.update_traces(hovertemplate=charts.hover("%{x}: %{y:.3f}"))
    figure.update_xaxes(_places(segments))
    charts.show(figure, f"segments_{view}", tr(caption), table(segments, tr("Segment")), selects=view in MEMBERS)


def _places(segments: Sequence[Segment]) -> dict[str, object]:
    """An axis with a place for each segment: two points alone would be at the far ends of the chart."""
    names = [charts.label(localized(segment.name)) for segment in segments]
    empty = tr("no targets")
    texts = [
        name if segment.num_targets else f"{name}<br>{empty}" for name, segment in zip(names, segments, strict=True)
    ]
    return {
        "categoryorder": "array", "categoryarray": names, "tickvals": names, "ticktext": texts,
        "range": [-0.5, len(names) - 0.5],
    }  # fmt: skip


def listed(run: OpenRun, view: str) -> None:
    """The users of the segment that is clicked."""
    name = compact_charts.selected(f"segments_{view}") if view in MEMBERS else None
    if name is None:
        return
    rows, targets = segment_report.members(run, view, name), run.split.test
    ranks = stored_ranks(run, "test")
    rows = rows[np.argsort(ranks[rows], kind="stable")]
    ids = [str(user_id) for user_id in run.dataset.interactions.user_ids[targets.users[rows]]]
    listing.users(user_lists.targets_table(run.dataset, targets, rows, {"rank": ranks}), len(rows),
                  tr(MEMBERS[view].format(segment=plain(SEGMENT_NAMES.get(name, name)))), "users_segment", run.config.run_id,
                  as_slice=(POPULARITY, [name]) if view == "items" else (USER_IDS, ids))  # fmt: skip


def table(segments: Sequence[Segment], first: str) -> pd.DataFrame:
    """One row a segment, its name in the column `first`; a dash for an empty segment."""
    keys = metric_keys(CUT_OFF, "key")
    rows = [
        {first: localized(segment.name), tr("Targets"): segment.num_targets}
        | {tr(metric_label(key)): f"{segment.metrics[key]:.3f}" if segment.num_targets else "–" for key in keys}
        | {tr("{metric}, 95%", metric=metric_label(key)): span(segment.intervals.get(key)) for key in keys}
        for segment in segments
    ]
    return pd.DataFrame(rows)


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
