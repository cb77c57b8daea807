"""Users of the slice as cards: worst, best and random ones; the items missed most, and which categories are confused."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import message
from recsys.services.explore import slice_cases
from recsys.services.explore.slice_cases import Case, Confusion, Order
from recsys.services.models import user_lists
from recsys.services.models.slice_report import RankedTargets
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import USER_IDS
from recsys.ui.parts import charts, compact_charts, listing, tiles
from recsys.ui.parts.widgets import tabs
from recsys.ui.shell import nav, run_cache, sliced
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

ORDERS: dict[str, Order] = {message("Worst"): "worst", message("Best"): "best", message("Random"): "random"}
MISSED, CONFUSED = message("Missed items"), message("Confused categories")
COLUMNS, SHOWN = 3, 3  # cards of a row, cards
STRIP, WIDTH = 5, 40  # pictures of a history or a list, pixels of each
CELL, AROUND, PLOT = 30, 90, 500  # pixels of a row of the heat map, of what is around it, of its width
MAP = "confusion"


def show(run: OpenRun) -> None:
    """One question a tab; only the open one is computed."""
    try:
        targets = sliced.ranked(run)
        mask_T = sliced.targets(run)
    except RecsysError:  # the figures above say why
        return
    mask_T = np.ones(len(targets.ranks), dtype=bool) if mask_T is None else mask_T
    has_slice = bool(sliced.current(run.dataset.dataset_id))
    title = tr("Users in the slice · {users:,}", users=int(mask_T.sum())) if has_slice else tr("Users")
    st.subheader(title, anchor=False)
    for name, place in tabs((*ORDERS, MISSED, CONFUSED), "cases").items():
        if place.open:
            with place:
                if not mask_T.any():
                    st.caption(tr("No user of the test is in the slice. Remove a filter."))
                elif name in ORDERS:
                    cards(run, slice_cases.cases(targets, mask_T, ORDERS[name], SHOWN))
                elif name == MISSED:
                    missed(run, targets, mask_T)
                else:
                    confused(run, targets, mask_T)


def cards(run: OpenRun, cases: list[Case]) -> None:
    """A card a user: history, held-out item with its rank, recommendations, and the way to an explanation."""
    is_portrait = run_cache.are_portraits(workspace(), run.dataset.dataset_id)
    for start in range(0, len(cases), COLUMNS):
        row = cases[start : start + COLUMNS]
        for at, (place, case) in enumerate(zip(st.columns(COLUMNS, gap="small"), row, strict=False), start=start):
            with place, st.container(border=True, gap="xsmall", key=f"case_{at}"):
                card(run, case, at, is_portrait=is_portrait)


def card(run: OpenRun, case: Case, at: int, *, is_portrait: bool) -> None:
    rank = tr("not ranked") if case.rank is None else tr("rank {rank:,}", rank=case.rank)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(f"**{plain(case.user_id, 40)}** · {rank}")
        pressed = st.button(tr("Explain"), key=f"explain_case_{at}", icon=":material/search_insights:", disabled=case.rank is None)  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall"):
        st.image(tiles.of_item(run.dataset, case.item, is_portrait=is_portrait), width=WIDTH,
                 alt=tr("Picture of {title}", title=run.dataset.title(case.item)))  # fmt: skip
        st.caption(tr("Held out: {title}", title=plain(run.dataset.title(case.item), 60)))
    strip(run, tr("History, newest first"), case.history[::-1], is_portrait=is_portrait)
    strip(run, tr("Recommended"), case.recommended, is_portrait=is_portrait)
    if pressed:
        session().user_id = case.user_id
        item_id = str(run.dataset.interactions.item_ids[case.item])
        nav.go("explain", run=run.config.run_id, user=case.user_id, item=item_id, edit=case.edit or "")


def strip(run: OpenRun, title: str, items: tuple[int, ...], *, is_portrait: bool) -> None:
    """The first items as small pictures."""
    shown = items[:STRIP]
    if shown:
        st.caption(title)
        st.image(
            [tiles.of_item(run.dataset, item, is_portrait=is_portrait) for item in shown], width=WIDTH,
            alt=[run.dataset.title(item) for item in shown],
        )  # fmt: skip


def missed(run: OpenRun, targets: RankedTargets, mask_T: np.ndarray) -> None:
    """Items whose users do not get them in their top 10."""
    table = slice_cases.missed_items(targets, mask_T)
    if table.empty:
        has_slice = bool(sliced.current(run.dataset.dataset_id))
        st.caption(tr("Every held-out item of the slice is in the top 10.") if has_slice else tr("Every held-out item is in the top 10."))  # fmt: skip
        return
    title = tr("Held-out items that are most often outside of the top 10")
    listing.items(table, len(table), title, "missed", run.config.run_id)


def confused(run: OpenRun, targets: RankedTargets, mask_T: np.ndarray) -> None:
    """Which categories are recommended to users whose held-out item is of another."""
    counts = slice_cases.confusion(targets, mask_T)
    if counts is None:
        st.caption(tr("Not available: the dataset has no categories, or the run no stored lists."))
        return
    alt = tr("Users by the category of their held-out item and of their top recommendation. A click on a cell lists them.")  # fmt: skip
    compact_charts.compact(heat_map(counts), MAP, alt, AROUND + CELL * len(counts.rows), "rerun")
    held_out, recommended = compact_charts.selected(MAP, 0), compact_charts.selected(MAP, 1)
    if held_out not in counts.rows or recommended not in counts.columns:
        return
    assert held_out is not None and recommended is not None
    rows = slice_cases.confused(targets, mask_T, held_out, recommended)
    table = user_lists.targets_table(run.dataset, targets.split.test, rows, {"rank": targets.ranks})
    title = tr("Held out: {held_out}. Top recommendation: {recommended}", held_out=plain(held_out), recommended=plain(recommended))  # fmt: skip
    ids = [str(user_id) for user_id in run.dataset.interactions.user_ids[targets.users[rows]]]
    listing.users(table, len(rows), title, "users_confused", run.config.run_id, as_slice=(USER_IDS, ids))


def heat_map(counts: Confusion) -> go.Figure:
    """A row a category of the held-out item, a column a category of the first recommended item, fuller = more users."""
    rows, columns = ([charts.label(name) for name in names] for names in (counts.rows, counts.columns))
    y, x = list(range(len(rows))), list(range(len(columns)))
    shares = counts.counts / np.maximum(counts.counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(z=shares.tolist(), x=x, y=y, zmin=0, hoverinfo="skip", showscale=False,
                   colorscale=[(0, "rgba(0,114,178,0)"), (1, charts.BLUE)])
    )  # fmt: skip
    cells = [(row, column) for row in y for column in x]
    figure.add_scatter(  # cells of a heat map cannot be selected: an invisible point lies on each
        x=[column for _, column in cells], y=[row for row, _ in cells], mode="markers", showlegend=False,
        customdata=[[counts.rows[row], counts.columns[column]] for row, column in cells],
        text=[tr("held out {held_out}, top recommendation {recommended}: {users:,}", held_out=rows[row], recommended=columns[column],
                 users=int(counts.counts[row, column])) for row, column in cells],
        marker={"size": max(6, min(26, PLOT // len(columns))), "opacity": 0, "symbol": "square"},
        selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}}, hovertemplate=charts.hover("%{text}"),
    )  # fmt: skip
    figure.update_layout(hovermode="closest")
    figure.update_yaxes(tickvals=y, ticktext=rows, autorange="reversed", title=tr("held-out item"))
    figure.update_xaxes(tickvals=x, ticktext=columns, title=tr("top recommendation"))
    return figure
