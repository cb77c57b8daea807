"""Every event of the history as a bar; a click on one removes it. For a model without events: its inputs, or its list."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from recsys.explain import EventContribution, FeatureContribution
from recsys.services.explain import behind_point, explain_item
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.recommend.query import Query
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import clicked
from recsys.ui.explain.edits import editing_now, event_ids, remove_event
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import Editing, to_address

HEIGHT = 270
KEY = "events"
EVENT_ID = 1  # column of the event's id in the `customdata` of a bar


def show(run: OpenRun, query: Query, item_id: str, exact: ItemExplanation | None) -> None:
    parts = (*exact.exact.contributions, *exact.exact.features) if exact is not None else ()
    if exact is not None and any(isinstance(part, EventContribution) for part in parts):
        of_events(exact)
    elif exact is not None and parts:
        of_inputs(run, query, exact, [part for part in parts if isinstance(part, FeatureContribution)])
    else:
        of_list(run, query, item_id)


def of_events(exact: ItemExplanation) -> None:
    """One bar an event that the model reads, oldest first."""
    events = [part for part in exact.exact.contributions if isinstance(part, EventContribution)]
    editing = editing_now()
    ids = event_ids(editing.draft.entries)
    names = [exact.titles[part.position] for part in events]
    heading(tr("Every event, oldest to newest"), tr("click a bar to remove it"), pd.DataFrame(
        {"#": [part.position + 1 for part in events], tr("title"): names, tr("effect"): [part.value for part in events],
         tr("rank without it"): pd.array([part.rank_without for part in events], dtype="Int64")}))  # fmt: skip
    unit = _effect(exact)
    positions = [part.position + 1 for part in events]
    figure = compact_charts.event_bars(
        names, [part.value for part in events], positions, [ids[at - 1] for at in positions], unit
    )
    key = f"{KEY}_{len(editing.past)}" if editing.past else KEY  # after an edit a new chart, where nothing is selected
    alt = tr(
        "Effect of each event on the item's score, oldest to newest. Evidence, Edit history removes events by keyboard."
    )
    compact_charts.compact(figure, key, alt, HEIGHT, partial(_remove_clicked, editing, key))


def _remove_clicked(editing: Editing, key: str) -> None:
    event_id = compact_charts.selected(key, EVENT_ID)
    if event_id is not None:
        remove_event(editing, event_id)


def of_inputs(run: OpenRun, query: Query, exact: ItemExplanation, features: list[FeatureContribution]) -> None:
    """One bar an input of a model without events, or what it knows of somebody whose history is empty."""
    ordered = sorted(features, key=lambda part: -abs(part.value))
    names = [localized(explain_item.part_name(part, exact.exact, exact.titles)) for part in ordered]
    values = [part.value for part in ordered]
    heading(tr("Every input, strongest first"), "", pd.DataFrame({tr("input"): names, tr("effect"): values}))
    ids = [behind_point.id_of_part(part, exact.exact) for part in ordered]
    figure = compact_charts.with_ids(charts.signed_bars(names, values, _effect(exact)), ids)
    compact_charts.compact(figure, "inputs", tr("Effect of each input on the item's score"), HEIGHT, "rerun")
    clicked.listed(run, query, exact.item_id, "inputs", {})


def _effect(exact: ItemExplanation) -> str:
    return tr("effect on log-odds") if exact.quantity.is_log_odds else tr("effect on score")


def of_list(run: OpenRun, query: Query, item_id: str) -> None:
    """The list that the item is in, for a model that reads nothing of the user."""
    items = recommend_items(run, query, 10)
    names, scores = [item.title for item in items], [item.score for item in items]
    chosen = next((index for index, item in enumerate(items) if item.item_id == item_id), -1)
    heading(tr("Scores of all recommendations"), "", pd.DataFrame({tr("title"): names, tr("score"): scores}))
    figure = compact_charts.ranked_scores(names, scores, chosen, tr("score"))
    figure = compact_charts.with_ids(figure, [item.item_id for item in items])
    compact_charts.compact(figure, "beside", tr("Scores of the recommendations"), HEIGHT, _explain_clicked)


def _explain_clicked() -> None:
    """Explain the item whose bar was clicked."""
    item_id = compact_charts.selected("beside")
    if item_id is not None:
        to_address(item=item_id)


def heading(title: str, hint: str, table: pd.DataFrame, tip: str = "") -> None:
    """A chart's heading in one row with its data."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        shown = f"{title} :small[:gray[· {hint}]]" if hint else title
        st.subheader(shown, anchor=False, help=tip or None)
        with st.popover(tr("Data"), icon=":material/table_rows:", type="tertiary", help=tr("Chart data as a table")):
            st.dataframe(table, hide_index=True, alt=title, width="content")
