"""A dialog with the items, users or interactions behind the bar or point that was clicked on a chart of the Data page."""

from __future__ import annotations

from functools import partial

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.messages import message
from recsys.services.data.chart_selection import as_slice, behind
from recsys.services.data.value_names import period_starts, range_name
from recsys.ui.data import browse
from recsys.ui.parts import compact_charts
from recsys.ui.shell import sliced, user_slice
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import rerun, session
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
        return period_starts([value], sliced.profiled(chosen.dataset_id).span)[0]
    return range_name(value)


def _draw(chosen: DatasetSummary, chart: str, value: str) -> None:
    part = sliced.dataset(chosen.dataset_id)
    kind, table = behind(part, chart, value)
    condition = as_slice(part, chart, value, is_whole=len(part.interactions) == chosen.rows)
    if condition is not None and st.button(tr("Use as slice"), key="behind_as_slice", icon=":material/filter_alt:"):
        user_slice.use_as_slice(*condition)
        session().dialog = None
        rerun()
    browse.listing(chosen, kind, table, "behind")


def _dismiss() -> None:
    session().dialog = None
