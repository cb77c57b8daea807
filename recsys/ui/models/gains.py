"""Who gains and who loses between two models: a bar a group, and the users of each with both ranks."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from recsys.services.models import comparison, user_lists
from recsys.services.models.comparison import Changes
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.shell import cache
from recsys.ui.shell.state import workspace

HEIGHT = 96
KEY = "gains"


def show(first: RunSummary, second: RunSummary, letters: tuple[str, str]) -> None:
    """`letters` stand for the two models in headings; `first` is what the second is compared with."""
    changes = comparison.changes(workspace(), first, second)
    if changes is None:
        return
    names = {"lose": f"better with {letters[0]}", "same": "the same", "gain": f"better with {letters[1]}"}
    counts = {group: len(changes.rows(group)) for group in names}
    alt = "Users by which of the two models ranks their held-out item better in its top 10. A click lists them."
    compact_charts.compact(bars(names, counts), KEY, alt, HEIGHT, "rerun")
    picked = compact_charts.selected(KEY)
    if picked in names:
        users(changes, second, picked, f"Users: {names[picked]}", letters)
        return
    left, right = st.columns(2, gap="large")
    with left:
        users(changes, second, "gain", f"Largest gains with {letters[1]}", letters)
    with right:
        users(changes, first, "lose", f"Largest losses with {letters[1]}", letters)


def bars(names: dict[str, str], counts: dict[str, int]) -> go.Figure:
    """One bar in three parts that carry their group."""
    colours = {"lose": charts.ORANGE, "same": charts.GREY, "gain": charts.BLUE}
    figure = go.Figure()
    for group, name in names.items():
        figure.add_bar(
            x=[counts[group]], y=[""], orientation="h", marker_color=colours[group], customdata=[[group]],
            text=f"{counts[group]:,} {name}", textposition="inside", insidetextanchor="middle", textfont={"color": "white"},
            hovertemplate=f"{counts[group]:,} users {name}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", bargap=0.2)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def users(changes: Changes, run: RunSummary, group: str, title: str, letters: tuple[str, str]) -> None:
    """The users of a group, each opening in Recommend with `run`."""
    dataset = cache.dataset(workspace(), run.dataset_id)
    rows = changes.rows(group)
    shown = rows[: user_lists.MOST]
    log = dataset.interactions
    last = log.items[log.offsets[changes.users[shown] + 1] - 1]  # leave-one-out: the test item is the last event
    table = user_lists.users_table(dataset, changes.users[shown], last)
    for letter, ranks in zip(letters, (changes.first, changes.second), strict=True):
        table[f"Rank {letter}"] = user_lists.rank_column(ranks[shown])
    listing.users(table, len(rows), title, f"users_{group}", run.run_id)
