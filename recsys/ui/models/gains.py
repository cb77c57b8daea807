"""Who gains and who loses between two models: a bar a group, and the users of each with both ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.messages import Message, message, plural
from recsys.services.models import comparison, user_lists
from recsys.services.models.comparison import Changes
from recsys.services.models.leaderboard import RunSummary
from recsys.services.workspace.slices import USER_IDS
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.shell import cache, nav, sliced
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import unescaped

HEIGHT = 96
# Pixels of the columns: together as wide as a phone, so that the button of a row is in view.
USER, RANK, ITEM, OPEN = 58, 58, 118, 64
KEY = "gains"
BARS = {
    "lose": message("{users:,} better with {model}"),
    "same": message("{users:,} the same"),
    "gain": message("{users:,} better with {model}"),
}
HEADINGS = {
    "lose": message("Users: better with {model}"),
    "same": message("Users: the same"),
    "gain": message("Users: better with {model}"),
}


def show(first: RunSummary, second: RunSummary, letters: tuple[str, str]) -> None:
    """`letters` stand for the two models in headings; `first` is what the second is compared with."""
    changes = comparison.changes(workspace(), first, second, sliced.target_users(first.run_id, first.dataset_id))
    if changes is None:
        return
    models = {"lose": letters[0], "same": "", "gain": letters[1]}
    parts = {group: BARS[group].format(users=len(changes.rows(group)), model=model) for group, model in models.items()}
    alt = tr("Users by which of the two models ranks their held-out item better in its top 10. A click lists them.")
    compact_charts.compact(bars(parts), KEY, alt, HEIGHT, "rerun", legend=True)
    picked = compact_charts.selected(KEY)
    if picked in models:
        users(changes, second, picked, tr(HEADINGS[picked].format(model=models[picked])), letters)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        users(changes, second, "gain", tr("Largest gains with {model}", model=letters[1]), letters)
    with right:
        users(changes, first, "lose", tr("Largest losses with {model}", model=letters[1]), letters)


def bars(parts: dict[str, Message]) -> go.Figure:
    """One bar in three parts that carry their group. The legend says how many users each is: a small part has no room
    for it. The colours are those that both models have in the chart of their learning curves."""
    colours = {"lose": charts.LINES[0], "same": charts.GREY, "gain": charts.LINES[1]}
    traces = [
        {
            "type": "bar", "x": [part.values["users"]], "y": [""], "orientation": "h", "marker": {"color": colours[group]},
            "customdata": [[group]], "name": tr(part), "hovertemplate": charts.hover(tr("Users: {group}", group=part)),
        }
        for group, part in parts.items()
    ]  # fmt: skip
    layout = {
        "barmode": "stack", "bargap": 0.2, "xaxis": {"visible": False}, "yaxis": {"visible": False},
        "legend": {"traceorder": "normal", "itemclick": False, "itemdoubleclick": False},
    }  # fmt: skip
    return go.Figure(traces, layout)


def users(changes: Changes, run: RunSummary, group: str, title: str, letters: tuple[str, str]) -> None:
    """The users of a group, each opening in Recommend with `run`."""
    dataset = cache.dataset(workspace(), run.dataset_id)
    rows = changes.rows(group)
    shown = rows[: user_lists.MOST]
    items = user_lists.held_out_items(dataset.interactions, changes.users[shown], run)
    table = user_lists.users_table(dataset, changes.users[shown], items)
    ranks = [tr("Rank {model}", model=letter) for letter in letters]
    for at, (name, column) in enumerate(zip(ranks, (changes.first, changes.second), strict=True), start=1):
        table.insert(at, name, user_lists.rank_column(column[shown]))
    ids = [str(user_id) for user_id in dataset.interactions.user_ids[changes.users[rows]]]
    row = _listed(table, ranks, len(rows), title, f"users_{group}", (USER_IDS, ids))
    if row is not None:
        session().user_id = str(table["user"].iloc[row])
        nav.go("recommend", run=run.run_id, user=str(table["user"].iloc[row]))


def _listed(
    table: pd.DataFrame, ranks: Sequence[str], total: int, title: str, key: str, as_slice: listing.AsSlice
) -> int | None:
    """Draw the users, as `listing.users` but in columns of a fixed width; gives the row whose button was pressed."""
    number = tr(plural("{n:,} user", "{n:,} users", total))
    if total != len(table):
        number = tr("{total:,} users, the first {rows:,} shown", total=total, rows=len(table))
    column = st.column_config
    with st.container(key=key):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{title}** · {number}", width="content")
            listing.slice_button(None if table.empty else as_slice, key)
        if table.empty:
            return None
        # Pinned columns do not grow: what is left on a wide screen goes to the title.
        config: dict[str, Any] = {
            "user": column.Column(tr("User"), width=USER, pinned=True),
            **{name: column.Column(name, width=RANK, pinned=True) for name in ranks},
            "held_out": column.Column(tr("Held-out item"), width=ITEM),
            "open": column.ButtonColumn("", width=OPEN, key=f"{key}_open"),
        }
        st.dataframe(
            table.assign(open=tr("Open")), hide_index=True, key=f"{key}_rows", alt=unescaped(title), column_config=config,
            placeholder=tr("not ranked"), height=listing.ROW * min(len(table), listing.TALLEST) + listing.ROW + 3,
        )  # fmt: skip
    pressed = st.session_state.get(f"{key}_open")
    return int(pressed["row"]) if pressed else None
