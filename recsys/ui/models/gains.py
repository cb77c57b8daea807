"""Who gains and who loses between two models: a bar a group, and the users of each with both ranks."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from recsys.messages import Message, message
from recsys.services.models import comparison, user_lists
from recsys.services.models.comparison import Changes
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.shell import cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace

HEIGHT = 96
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
    changes = comparison.changes(workspace(), first, second)
    if changes is None:
        return
    models = {"lose": letters[0], "same": "", "gain": letters[1]}
    parts = {group: BARS[group].format(users=len(changes.rows(group)), model=model) for group, model in models.items()}
    alt = tr("Users by which of the two models ranks their held-out item better in its top 10. A click lists them.")
    compact_charts.compact(bars(parts), KEY, alt, HEIGHT, "rerun")
    picked = compact_charts.selected(KEY)
    if picked in models:
        users(changes, second, picked, tr(HEADINGS[picked].format(model=models[picked])), letters)
        return
    left, right = st.columns(2, gap="large")
    with left:
        users(changes, second, "gain", tr("Largest gains with {model}", model=letters[1]), letters)
    with right:
        users(changes, first, "lose", tr("Largest losses with {model}", model=letters[1]), letters)


def bars(parts: dict[str, Message]) -> go.Figure:
    """One bar in three parts that carry their group; the text of each says how many users it is."""
    colours = {"lose": charts.ORANGE, "same": charts.GREY, "gain": charts.BLUE}
    figure = go.Figure()
    for group, part in parts.items():
        figure.add_bar(
            x=[part.values["users"]], y=[""], orientation="h", marker_color=colours[group], customdata=[[group]],
            text=tr(part), textposition="inside", insidetextanchor="middle", textfont={"color": "white"},
            hovertemplate=charts.hover(tr("Users: {group}", group=part)),
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
        table[tr("Rank {model}", model=letter)] = user_lists.rank_column(ranks[shown])
    listing.users(table, len(rows), title, f"users_{group}", run.run_id)
