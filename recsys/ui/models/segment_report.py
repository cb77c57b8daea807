"""The Segments tab: quality by group of items and of users, with short histories, and on items held out of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, metric_keys, metric_label
from recsys.evaluation.segments import Segment
from recsys.services.models import segment_report, user_lists
from recsys.services.models.baseline_verdict import verdict
from recsys.services.models.quality import stored_ranks
from recsys.services.models.segment_report import Cold
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import count, plain

VIEWS = {
    "items": ("Items", "events of the item in training", "Test targets by the training events of their item: hot are the "
              "fifth of the items with the most, warm the others with more than 5, rare have 1 to 5, cold none."),
    "users": ("Users", "events of the user in training", "Test targets by how many training events their user has."),
    "newest": ("Short histories", "newest events that the model reads", "The same users with their history cut to its "
               "newest events, among the same candidates: what the model would know of someone new."),
}  # fmt: skip
MEMBERS = {  # views whose segments list their users
    "items": "Users whose held-out item is {name}",
    "users": "Users with {name} training events",
}


def show(run: OpenRun) -> None:
    """Computed only where the tab is open: it ranks the test again for each length of history."""
    if not len(run.split.test):
        st.info("No segments: no user has a held-out event.")
        return
    try:
        report = run_cache.segmented(workspace(), run)
    except RecsysError as error:
        fail(error)
        return
    with st.container(horizontal=True):
        view = st.segmented_control("Targets by", list(VIEWS), default="items", required=True, key="segment_view",
                                    format_func=lambda name: VIEWS[name][0]) or "items"  # fmt: skip
        metric = st.segmented_control("Metric", metric_keys(CUT_OFF, "key"), default=HEADLINE, required=True,
                                      key="segment_metric", format_func=metric_label) or HEADLINE  # fmt: skip
    draw(getattr(report, view), view, metric)
    listed(run, view)
    if report.cold is not None:
        cold(report.cold)


def draw(segments: Sequence[Segment], view: str, metric: str) -> None:
    """The segments that have a target as points with intervals, and all of them as a table."""
    _, axis, caption = VIEWS[view]
    nonempty = [segment for segment in segments if segment.num_targets]
    names = [segment.name for segment in nonempty]
    figure = charts.points(
        names,
        [segment.metrics[metric] for segment in nonempty],
        [segment.intervals.get(metric) for segment in nonempty],
        axis,
        metric_label(metric),
    )
    charts.show(compact_charts.with_ids(figure, names), f"segments_{view}", f"{caption} Lines are 95 % intervals over users.",
                table(segments), selects=view in MEMBERS)  # fmt: skip


def listed(run: OpenRun, view: str) -> None:
    """The users of the segment that is clicked."""
    name = compact_charts.selected(f"segments_{view}") if view in MEMBERS else None
    if name is None:
        return
    rows, targets = segment_report.members(run, view, name), run.split.test
    ranks = stored_ranks(run, "test")
    rows = rows[np.argsort(ranks[rows], kind="stable")]
    listing.users(user_lists.targets_table(run.dataset, targets, rows, {"rank": ranks}), len(rows),
                  MEMBERS[view].format(name=plain(name)), "users_segment", run.config.run_id)  # fmt: skip


def table(segments: Sequence[Segment]) -> pd.DataFrame:
    """One row a segment; a dash where there is nothing to say."""
    keys = metric_keys(CUT_OFF, "key")
    rows = [
        {"segment": segment.name, "targets": segment.num_targets}
        | {metric_label(key): f"{segment.metrics[key]:.4f}" if segment.num_targets else "–" for key in keys}
        | {f"{metric_label(key)}, 95 %": span(segment.intervals.get(key)) for key in keys}
        for segment in segments
    ]
    return pd.DataFrame(rows)


def span(interval: tuple[float, float] | None) -> str:
    return f"{interval[0]:.4f} to {interval[1]:.4f}" if interval else "–"


def cold(report: Cold) -> None:
    """The items that were held out, beside category popularity."""
    st.subheader("New items")
    of = f"{count(report.num_items, 'item')} held out of training, {count(report.own.num_targets, 'event')} of {count(report.num_users, 'user')}"
    st.caption(f"Each of these events is ranked in the whole catalogue: {of}.")
    if not report.can_score:
        st.info("This model knows items by their events alone, so it cannot score an item without one: all are misses.")
    everything = [report.own, *report.baselines]
    st.dataframe(table(everything).rename(columns={"segment": "ranked by"}), hide_index=True, key="cold_table",
                 alt="How well the held-out items are ranked, by the model and by category popularity")  # fmt: skip
    if not report.against:
        st.caption("The data name no categories, so there is no popularity of a category to stand beside.")
        return
    st.markdown(f"On new items: {plain(verdict(report.own.name, report.against), 600)}")
