"""The Data page's tables: items with pictures, users, interactions; a pressed row opens the item or the user."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from recsys.data.dataset import CATEGORY, GENDER, Dataset
from recsys.data.store import DatasetSummary
from recsys.messages import message, plural
from recsys.services.data import tables
from recsys.services.data.tables import Table
from recsys.services.data.value_names import category_names, gender_names
from recsys.ui.data import forget, reidentification, user_groups
from recsys.ui.shell import cache, nav, sliced
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import session, workspace

ROW, TALL_ROW, HEADER = 35, 56, 38  # pixels: of a row, of one with a picture, of the header with the border
CAPTION = message("{caption} {hint}")
TOTALS = {
    "items": plural("{n:,} item.", "{n:,} items.", 0),
    "users": plural("{n:,} user.", "{n:,} users.", 0),
    "interactions": plural("{n:,} interaction.", "{n:,} interactions.", 0),
}
CUT_TOTALS = {  # of a table that shows the first rows only
    "items": plural("{n:,} item, the first {shown} shown.", "{n:,} items, the first {shown} shown.", 0, shown=0),
    "users": plural("{n:,} user, the first {shown} shown.", "{n:,} users, the first {shown} shown.", 0, shown=0),
    "interactions": plural(
        "{n:,} interaction, the first {shown} shown.", "{n:,} interactions, the first {shown} shown.", 0, shown=0
    ),
}
ALTS = {"items": message("Items"), "users": message("Users"), "interactions": message("Interactions")}
COLUMNS = {  # of all tables; other columns have the names of the user's file
    "item": message("item"), "title": message("title"), "category": message("category"), "price": message("price"),
    "text": message("text"), "user": message("user"), "first": message("first"), "last": message("last"),
    "age": message("age"), "gender": message("gender"), "rating": message("rating"), "time": message("time"),
}  # fmt: skip


def items(chosen: DatasetSummary) -> None:
    listing(
        chosen, "items", _searched(chosen, "items", tr("Search by title, category or id"), tables.items_table), "items"
    )


def users(chosen: DatasetSummary) -> None:
    listing(chosen, "users", _searched(chosen, "users", tr("Search by id"), tables.users_table), "users")
    reidentification.show(chosen)
    user_groups.show(chosen)
    forget.offer(chosen, str(st.session_state["search_users"]))


def interactions(chosen: DatasetSummary) -> None:
    table = _searched(chosen, "interactions", tr("Search by user, item or title"), tables.interactions_table)
    listing(chosen, "interactions", table, "interactions")


def listing(chosen: DatasetSummary, kind: str, table: Table, key: str) -> None:
    """Draw the table of "items", "users" or "interactions"; a pressed row opens the item on Explore or the user on
    Recommend."""
    num_rows, num_shown = table.total, len(table.rows)
    total = TOTALS[kind] if num_rows <= num_shown else CUT_TOTALS[kind]
    st.caption(tr(CAPTION, caption=tr(total.format(n=num_rows, shown=num_shown)), hint=tr("Press a row to open it.")))
    row = _picked(_readable(chosen, kind, table.rows), key, tr(ALTS[kind]))
    if row is None:
        return
    session().dialog = None
    if kind == "items":
        nav.go("explore", dataset=chosen.dataset_id, item=str(table.rows["item"].iloc[row]))
    session().user_id = str(table.rows["user"].iloc[row])
    nav.go("recommend", dataset=chosen.dataset_id, user=session().user_id or "")


def _searched(chosen: DatasetSummary, key: str, placeholder: str, make: Callable[[Dataset, str], Table]) -> Table:
    text = st.text_input(tr("Search"), key=f"search_{key}", placeholder=placeholder, label_visibility="collapsed")
    slice_note(chosen)
    return make(sliced.dataset(chosen.dataset_id), text or "")


def slice_note(chosen: DatasetSummary) -> None:
    """Say which part of the dataset is shown, where it is not all of it."""
    if sliced.is_too_small(chosen.dataset_id):
        st.caption(tr("The slice has too few events to describe: the whole dataset is shown."))
        return
    part = sliced.dataset(chosen.dataset_id).interactions
    if len(part) < chosen.rows:
        text = tr("In the slice: {part:,} of {rows:,} interactions.", part=len(part), rows=chosen.rows)
        st.caption(f":material/filter_alt: {text}")


def _readable(chosen: DatasetSummary, kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with genders of users and categories of items in words."""
    if kind == "users" and GENDER in rows:
        names = gender_names(cache.dataset(workspace(), chosen.dataset_id).users[GENDER].unique())
        return rows.assign(**{GENDER: [localized(names.get(value, value)) for value in rows[GENDER]]})
    if kind == "items" and CATEGORY in rows:
        return rows.assign(**{CATEGORY: [localized(category_names(str(value))) for value in rows[CATEGORY]]})
    return rows


def _picked(rows: pd.DataFrame, key: str, alt: str) -> int | None:
    """The row of the pressed cell, once. The table ends below a whole row."""
    column = st.column_config
    labels = {name: column.Column(tr(COLUMNS[name])) for name in rows if name in COLUMNS}
    height, num_rows = (TALL_ROW, 7) if "picture" in rows else (ROW, 11)
    event = st.dataframe(
        rows, hide_index=True, height=HEADER + height * min(num_rows, max(1, len(rows))), row_height=height, key=f"table_{key}",
        on_select="rerun", selection_mode="single-cell", alt=alt, placeholder="–",
        column_config={**labels, "picture": column.ImageColumn("", width=56),
                       "events": column.NumberColumn(tr("events"), format="localized")},
    )  # fmt: skip
    pressed = event["selection"]["cells"]
    return int(pressed[0][0]) if pressed else None
