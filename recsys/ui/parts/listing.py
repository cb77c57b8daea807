"""Lists of users or items behind a figure, with a button in each row that opens the user or the item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from recsys.messages import message
from recsys.services.workspace.slices import ITEM_IDS, USER_IDS
from recsys.ui.shell import nav, user_slice
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import unescaped

ROW, TALLEST = 35, 6  # pixels of a row, rows in view
LABELS = {
    "user": message("User"),
    "item": message("Item"),
    "held_out": message("Held-out item"),
    "event_item": message("Item"),
    "event": message("Event"),
    "title": message("Title"),
    "events": message("Events"),
    "effect": message("Effect"),
    "rank": message("Rank"),
    "chance": message("Chance"),
    "label": message("Label"),
    "gain": message("Better than random"),
    "missed": message("Missed"),
    "targets": message("Targets"),
    "in_lists": message("In lists"),
    "membership": message("Membership"),
    "as_high": message("Held-out users scoring as high"),
    "why": message("Why"),
}
AsSlice = tuple[str, Sequence[str]]  # facet, and the values or ids that are all that is listed


def users(
    table: pd.DataFrame,
    total: int,
    title: str,
    key: str,
    run_id: str,
    widths: Mapping[str, int] | None = None,
    *,
    as_slice: AsSlice | None = None,
) -> None:
    """Users by id in the column `user`; a press on Open shows the recommendations for one. `title` is escaped.

    `widths`: pixels of columns. `as_slice`: what "Use as slice" makes a condition of the slice; None for the ids of the table,
    if it is not cut.
    """
    row = _table(table, total, title, key, widths or {}, as_slice or _whole(table, total, "user", USER_IDS))
    if row is not None:
        session().user_id = str(table["user"].iloc[row])
        nav.go("recommend", run=run_id, user=str(table["user"].iloc[row]))


def items(
    table: pd.DataFrame, total: int, title: str, key: str, run_id: str, *, as_slice: AsSlice | None = None
) -> None:
    """Items by id in the column `item`; a press on Open shows what is similar to one. `title` is escaped."""
    row = _table(table, total, title, key, {}, as_slice or _whole(table, total, "item", ITEM_IDS))
    if row is not None:
        nav.go("explore", run=run_id, item=str(table["item"].iloc[row]))


def _whole(table: pd.DataFrame, total: int, column: str, facet: str) -> AsSlice | None:
    """The ids of a table that lists all there are."""
    return (facet, [str(one) for one in table[column]]) if total == len(table) else None


def slice_button(as_slice: AsSlice | None, key: str) -> None:
    """A button that makes what is listed a condition of the slice of all pages."""
    if as_slice is not None:
        st.button(tr("Use as slice"), key=f"{key}_as_slice", icon=":material/filter_alt:", type="tertiary",
                  on_click=user_slice.use_as_slice, args=as_slice)  # fmt: skip


def _table(
    table: pd.DataFrame, total: int, title: str, key: str, widths: Mapping[str, int], as_slice: AsSlice | None = None
) -> int | None:
    """Draw the rows; gives the one whose button was pressed."""
    number = f"{total:,}"
    if total != len(table):
        number = tr("{total:,}, the first {rows:,} shown", total=total, rows=len(table))
    with st.container(key=key):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{title}** · {number}", width="content")
            slice_button(None if table.empty else as_slice, key)
        if table.empty:
            return None
        column = st.column_config
        labels = {
            name: column.Column(localized(LABELS.get(name, name)), width=widths.get(name)) for name in table.columns
        }
        st.dataframe(
            table.assign(open=tr("Open")), hide_index=True, key=f"{key}_rows", alt=unescaped(title), placeholder=tr("not ranked"),
            height=ROW * min(len(table), TALLEST) + ROW + 3,
            column_config={**labels, "open": column.ButtonColumn("", width=70, key=f"{key}_open")},
        )  # fmt: skip
    pressed = st.session_state.get(f"{key}_open")
    return int(pressed["row"]) if pressed else None
