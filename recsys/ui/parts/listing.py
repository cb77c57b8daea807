"""Lists of users or items behind a figure, with a button in each row that opens the user or the item."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from recsys.messages import message
from recsys.ui.shell import nav
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
}


def users(
    table: pd.DataFrame, total: int, title: str, key: str, run_id: str, widths: Mapping[str, int] | None = None
) -> None:
    """Users by id in the column `user`; a press on Open shows the recommendations for one. `title` is escaped.

    `widths`: pixels of columns."""
    row = _table(table, total, title, key, widths or {})
    if row is not None:
        session().user_id = str(table["user"].iloc[row])
        nav.go("recommend", run=run_id, user=str(table["user"].iloc[row]))


def items(table: pd.DataFrame, total: int, title: str, key: str, run_id: str) -> None:
    """Items by id in the column `item`; a press on Open shows what is similar to one. `title` is escaped."""
    row = _table(table, total, title, key, {})
    if row is not None:
        nav.go("explore", run=run_id, item=str(table["item"].iloc[row]))


def _table(table: pd.DataFrame, total: int, title: str, key: str, widths: Mapping[str, int]) -> int | None:
    """Draw the rows; gives the one whose button was pressed."""
    number = f"{total:,}"
    if total != len(table):
        number = tr("{total:,}, the first {rows:,} shown", total=total, rows=len(table))
    with st.container(key=key):
        st.markdown(f"**{title}** · {number}")
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
