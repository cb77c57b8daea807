"""The map of items and users on the Explore page: colour, search, brush, a user's path, and the selection beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.messages import message
from recsys.recommend.maps import why_no_map
from recsys.services.explore import map_groups
from recsys.services.explore.item_map import ItemMap, make_map
from recsys.services.explore.map_groups import Kind
from recsys.services.recommend.cold_start import recommendation_list
from recsys.services.recommend.query import query_of
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explore import map_figure, map_selection, similar_items
from recsys.ui.explore.map_figure import Points
from recsys.ui.parts import charts
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import follow_address, lead_address, rerun, session, workspace
from recsys.ui.shell.text import plain

KINDS = {"item": message("Items"), "user": message("Users")}
PAINTED = message("Only the {most:,} largest have a title and a click; box and lasso select all.")
PATH, RECOMMENDED = 30, 10  # newest events of the path, recommendations
MARKED, ROWS = 500, 1000  # rings around matches, rows of the table
CAPTIONS = {
    "item": message("Items near each other are similar to the model; the axes have no unit. Larger points have more training events."),
    "user": message("Each user lies at the mean of the ten items recommended to them. Larger points have more events."),
}  # fmt: skip


def show(run: OpenRun) -> None:
    """The map, at its right the selection, and below them what is similar to a single item.

    Without a stored map, why there is none or a button that makes it.
    """
    stored = run_cache.item_map(workspace(), run)
    if stored is None:
        _missing(run)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="map_options"):
        kind = _choose_kind(stored)
        column, label = _choose_column(run, kind)
        text = st.text_input(tr("Search"), key=f"map_search_{kind}", width=190,
                             placeholder=tr("part of a title") if kind == "item" else tr("part of an id"))  # fmt: skip
        user_id = _path_user(run)
    names, points = map_selection.labels(run, kind), map_figure.points_of(run, stored, kind)
    hits = map_selection.matching(names, text)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        key, path = _key(kind, column), _path(run, stored, user_id) if user_id else []
        # The chart shows what was brushed on it until it is drawn anew with other marks.
        is_shown = map_figure.is_brushed(key) and not (hits or path)
        marks = [*_rings(points, names, hits, [] if is_shown else map_selection.selected(run, kind)), *path]
        map_figure.draw(map_figure.figure(run, kind, column), marks, key, map_figure.alternative(kind, label),
                        partial(_brushed, run, kind, key, points))  # fmt: skip
        _below(run, points, kind, column, label)
    with right:
        map_selection.choose(run, kind, names, hits)
        if text.strip():
            st.caption(tr("{hits:,} match; marked on the map.", hits=len(hits)))
        map_selection.panel(run, kind, hits)
    if kind == "item" and len(chosen := map_selection.selected(run, kind)) == 1:
        similar_items.show(run, str(run.dataset.interactions.item_ids[chosen[0]]))


def _missing(run: OpenRun) -> None:
    why = why_no_map(run.model)
    if why is not None:
        st.info(plain(why))
        return
    st.info(tr("This model has no map yet."))
    if st.button(tr("Make the map"), key="make_map", type="primary", icon=":material/scatter_plot:"):
        with st.spinner(tr("Placing all items …")):
            make_map(run)
        rerun()


def _choose_kind(stored: ItemMap) -> Kind:
    """Items, or users where there are some; the link holds the choice."""
    kinds = ["item"] if stored.users_T2 is None else list(KINDS)
    now = follow_address("points", "map_kind", kinds, "item")
    chosen = st.segmented_control(tr("Points"), kinds, default=now, key="map_kind", required=True,
                                  format_func=lambda kind: tr(KINDS[kind]))  # fmt: skip
    lead_address("points", "map_kind", str(chosen), "item")
    return "user" if chosen == "user" else "item"


def _choose_column(run: OpenRun, kind: Kind) -> tuple[str, str]:
    """(column, label) that colours the points; the link holds the column."""
    labels = {name: localized(label) for name, label in run_cache.map_columns(workspace(), run, kind).items()}
    key, usual = f"map_colour_{kind}", next(iter(labels))
    now = follow_address("colour", key, list(labels), usual)
    column = st.selectbox(tr("Colour"), list(labels), list(labels).index(now), key=key, width=190, format_func=labels.__getitem__)  # fmt: skip
    lead_address("colour", key, column, usual)
    return column, labels[column]


def _path_user(run: OpenRun) -> str | None:
    """The user whose path is drawn: that of the context, or the one who is shown first; None where it is off."""
    user_id = session().user_id
    if user_id not in run.dataset.interactions.user_index:
        user_id = run_cache.starting_user(workspace(), run)
    is_on = st.toggle(tr("Path of user {user_id}", user_id=plain(user_id, 30)), key="map_path",
                      help=tr("The newest events of the history as a line, and the recommendations as stars."))  # fmt: skip
    return user_id if is_on else None


def _key(kind: Kind, column: str) -> str:
    return f"map_{kind}_{column}_{map_selection.mount()}"


def _brushed(run: OpenRun, kind: Kind, key: str, points: Points) -> None:
    map_selection.select(run, kind, map_figure.brushed(key, points))


def _rings(
    points: Points, names: dict[int, str], hits: Sequence[int], chosen: Sequence[int] | np.ndarray
) -> list[go.Scatter]:
    """Rings around what the search matches, and around the `chosen` items or users."""
    rings = []
    for indices, label, size in ((hits[:MARKED], tr("matches"), 10), (chosen[:MARKED], tr("selected"), 16)):
        if len(indices):
            at_m2 = points.at_M2[np.searchsorted(points.index_M, indices)]
            titles = [names[int(index)] for index in indices]
            rings.append(map_figure.ring(at_m2, np.array(indices), titles, label, size))
    return rings


def _path(run: OpenRun, stored: ItemMap, user_id: str) -> list[go.Scatter]:
    """The newest events of a user as a line from old to new, and what is recommended to them as stars."""
    query = query_of(run, user_id, None)
    newest = query.history[-PATH:]
    listed = recommendation_list(run, query, RECOMMENDED).items
    recommended = np.array([run.item(item.item_id) for item in listed], dtype=np.int64)
    line = map_figure.mark(
        stored.items_N2[newest], newest, [run.dataset.title(int(item)) for item in newest], tr("history"),
        mode="lines+markers", line={"color": charts.GREY, "width": 1.5}, marker={"color": charts.GREY, "size": 8, "symbol": "square"},
    )  # fmt: skip
    stars = map_figure.mark(
        stored.items_N2[recommended], recommended, [f"{item.rank}. {item.title}" for item in listed], tr("recommendations"),
        mode="markers", marker={"symbol": "star", "size": 15, "color": charts.GOLD, "line": {"width": 1, "color": "#5B3A00"}},
    )  # fmt: skip
    return [line, stars]


def _below(run: OpenRun, points: Points, kind: Kind, column: str, label: str) -> None:
    """What the map shows, and its points as a table, whose rows can be selected."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        is_painted = len(points.placed) > map_figure.MOST
        st.caption(" ".join([tr(CAPTIONS[kind]), *[tr(PAINTED, most=map_figure.MOST)] * is_painted]))
        menu = st.container(width=charts.MENU).popover(
            tr("Data"), icon=":material/table_rows:", type="tertiary", key="map_data", on_change="rerun"
        )
    if menu.open:
        with menu:
            frame, indices = table(run, points, kind, column, label)
            st.dataframe(
                frame, hide_index=True, key="map_table", alt=map_figure.alternative(kind, label),
                on_select=partial(_rows_selected, run, kind, indices), selection_mode="multi-row",
            )  # fmt: skip


def table(run: OpenRun, points: Points, kind: Kind, column: str, label: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The points with the most events, at most ROWS, with their groups and coordinates; and their indices."""
    names_M = np.full(len(points.at_M2), "", dtype=object)
    for group in map_groups.groups(run, kind, column):
        names_M[group.rows] = localized(group.name)
    rows = points.placed[:ROWS]
    index = points.index_M[rows]
    titles = map(run.dataset.title, map(int, index)) if kind == "item" else run.dataset.interactions.user_ids[index]
    frame = pd.DataFrame({tr("Item") if kind == "item" else tr("User"): [str(title) for title in titles]})
    frame[tr("Training events") if kind == "item" else tr("Events")] = points.events_M[rows]
    if label not in frame:
        frame[label] = names_M[rows]
    return frame.assign(x=points.at_M2[rows, 0], y=points.at_M2[rows, 1]), index


def _rows_selected(run: OpenRun, kind: Kind, indices: np.ndarray) -> None:
    rows = st.session_state["map_table"]["selection"]["rows"]
    map_selection.select_anew(run, kind, [int(index) for index in indices[rows]])
