"""A dialog with the items, users or interactions behind the bar or point that was clicked on a chart of the Data page."""

from __future__ import annotations

from functools import partial

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.messages import message
from recsys.services.data.chart_selection import behind
from recsys.services.data.value_names import period_starts, range_name
from recsys.ui.data import browse
from recsys.ui.parts import compact_charts
from recsys.ui.shell import cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

OPEN = "behind "  # what the session's dialog begins with
TITLES = {
    "categories": message("Items in {value}"),
    "tail": message("The {value} most popular items"),
    "histories": message("Users with {value} events"),
    "ratings": message("Interactions rated {value}"),
    "time": message("Interactions in the period from {value}"),
}


def open_clicked(chart: str) -> None:
    """Note the clicked point of a chart, for `dialog`."""
    value = compact_charts.selected(chart)
    if value is not None:
        session().dialog = f"{OPEN}{chart} {value}"


def dialog(chosen: DatasetSummary) -> None:
    """Draw the dialog where a point was clicked."""
    opened = session().dialog or ""
    if opened.startswith(OPEN):
        chart, value = opened.removeprefix(OPEN).split(" ", 1)
        title = tr(TITLES[chart].format(value=plain(_shown(chosen, chart, value), 60)))
        st.dialog(title, width="large", on_dismiss=_dismiss)(partial(_draw, chosen, chart, value))()


def _shown(chosen: DatasetSummary, chart: str, value: str) -> str:
    """The id of a point as its chart shows it."""
    if chart == "time":
        return period_starts([value], cache.profiled(workspace(), chosen.dataset_id).span)[0]
    return range_name(value)


def _draw(chosen: DatasetSummary, chart: str, value: str) -> None:
    kind, table = behind(cache.dataset(workspace(), chosen.dataset_id), chart, value)
    browse.listing(chosen, kind, table, "behind")


def _dismiss() -> None:
    session().dialog = None
