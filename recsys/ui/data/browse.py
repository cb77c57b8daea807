"""The Data page's tables: items with pictures, users, interactions; a press on a row leads to what is recommended."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recsys.data.dataset import Dataset
from recsys.data.store import DatasetSummary
from recsys.services.data import tables
from recsys.services.data.tables import Table
from recsys.ui.shell import cache, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import count

TALL = 420  # pixels


def items(chosen: DatasetSummary) -> None:
    table = _searched(chosen, "items", "Search by title, category or id", tables.items_table, "item")
    row = _picked(table, "items")
    if row is not None:
        nav.go("explore", dataset=chosen.dataset_id, item=str(table.rows["item"].iloc[row]))


def users(chosen: DatasetSummary) -> None:
    _open_user(chosen, _searched(chosen, "users", "Search by id", tables.users_table, "user"), "users")


def interactions(chosen: DatasetSummary) -> None:
    placeholder = "Search by user, item or title"
    table = _searched(chosen, "interactions", placeholder, tables.interactions_table, "interaction")
    _open_user(chosen, table, "interactions")


def _open_user(chosen: DatasetSummary, table: Table, key: str) -> None:
    """Draw the table; the user of the pressed row opens on Recommend."""
    row = _picked(table, key)
    if row is not None:
        user_id = str(table.rows["user"].iloc[row])
        session().user_id = user_id
        nav.go("recommend", dataset=chosen.dataset_id, user=user_id)


def _searched(
    chosen: DatasetSummary, key: str, placeholder: str, make: Callable[[Dataset, str], Table], word: str
) -> Table:
    text = st.text_input(tr("Search"), key=f"search_{key}", placeholder=placeholder, label_visibility="collapsed")
    table = make(cache.dataset(workspace(), chosen.dataset_id), text or "")
    more = f", the first {len(table.rows):d} are shown" if table.total > len(table.rows) else ""
    st.caption(tr("{total}{more}. Press a row to open it.", total=count(table.total, word), more=more))
    return table


def _picked(table: Table, key: str) -> int | None:
    """The pressed row, once."""
    column = st.column_config
    event = st.dataframe(
        table.rows, hide_index=True, height=TALL, row_height=56 if "picture" in table.rows else None, key=f"table_{key}",
        on_select="rerun", selection_mode="single-row", alt=tr('Table of {key}', key=key),
        column_config={"picture": column.ImageColumn("", width=56), "events": column.NumberColumn(format="localized")},
    )  # fmt: skip
    rows = event["selection"]["rows"]
    return int(rows[0]) if rows else None
