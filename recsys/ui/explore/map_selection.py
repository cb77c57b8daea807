"""What is selected on the map, by a brush, a search or the table: its metrics, and its items as cards or its users as a list."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import streamlit as st

from recsys.messages import message, plural
from recsys.services.explore import map_groups
from recsys.services.explore.map_groups import Kind, SelectionMetrics
from recsys.services.models import user_lists
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import ITEM_IDS, USER_IDS
from recsys.ui.parts import listing, tiles
from recsys.ui.parts.item_select import LISTED
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

CHIPS = 12  # selected ids that the field names; more are a brush
CARDS, COLUMNS, NARROWEST = 8, 4, 70
WIDTHS = {"user": 66, "held_out": 134, "rank": 58}  # pixels of columns, so that the button of a row is in view
MOUNT = "map_mount"  # counts up whenever the chart has to forget what was brushed
NUMBERS = {
    "item": ("{n:,} item", "{n:,} items"),
    "user": ("{n:,} user", "{n:,} users"),
}
EVENTS = {  # of an item those that the model is trained on, of a user all
    "item": plural("{n:,} training event", "{n:,} training events", 0),
    "user": plural("{n:,} event", "{n:,} events", 0),
}
LABELS = {"item": message("Selected items"), "user": message("Selected users")}


def selection(run: OpenRun) -> tuple[Kind, tuple[str, ...]]:
    """(what is selected on the map, its ids as uploaded), without ids where nothing is."""
    dataset_id, kind, ids = session().map_selection or ("", "item", ())
    if dataset_id != run.dataset.dataset_id:
        return "item", ()
    return ("user" if kind == "user" else "item"), ids


def select(run: OpenRun, kind: Kind, indices: Sequence[int]) -> None:
    """Select these items or users by index, for callbacks; a single user becomes the user of the context."""
    log = run.dataset.interactions
    names = log.item_ids if kind == "item" else log.user_ids
    ids = tuple(str(names[index]) for index in indices)
    session().map_selection = (run.dataset.dataset_id, kind, ids) if ids else None
    if len(ids) == 1 and kind == "user":
        session().user_id = ids[0]


def select_anew(run: OpenRun, kind: Kind, indices: Sequence[int]) -> None:
    """Select, and let the chart forget its brush."""
    select(run, kind, indices)
    st.session_state[MOUNT] = mount() + 1


def mount() -> int:
    return int(st.session_state.get(MOUNT, 0))


def selected(run: OpenRun, kind: Kind) -> np.ndarray:
    """Indices of the selected items or users, of the kind that the map shows."""
    of_kind, ids = selection(run)
    index = run.dataset.interactions.item_index if kind == "item" else run.dataset.interactions.user_index
    return np.array([index[name] for name in ids] if of_kind == kind else [], dtype=np.int64)


def labels(run: OpenRun, kind: Kind) -> dict[int, str]:
    """Names of all items, most popular first, or of the users who have a point, by index."""
    if kind == "item":
        return run_cache.labels(workspace(), run.dataset.dataset_id)
    return {int(user): str(run.dataset.interactions.user_ids[user]) for user in run.split.test.users}


def matching(names: dict[int, str], text: str) -> list[int]:
    """Indices whose name holds the text; none without a text."""
    wanted = text.strip().casefold()
    return [index for index, name in names.items() if wanted in name.casefold()] if wanted else []


def choose(run: OpenRun, kind: Kind, names: dict[int, str], hits: Sequence[int]) -> None:
    """The selection as a field, for the keyboard, with what can be done with it below.

    The field offers what the search matches, and names up to CHIPS ids.
    """
    chosen, key = [int(index) for index in selected(run, kind)], f"map_choice_{kind}"
    st.session_state[key] = chosen if len(chosen) <= CHIPS else []
    offered = hits or list(islice(names, LISTED))
    st.multiselect(
        tr(LABELS[kind]), list(dict.fromkeys([*st.session_state[key], *offered[:LISTED]])), key=key,
        format_func=names.__getitem__, placeholder=tr("Click, lasso or box on the map, or choose here"),
        on_change=_chosen, args=(run, kind, key),
    )  # fmt: skip
    if chosen:
        with st.container(horizontal=True, gap="small", key="map_actions"):
            ids = selection(run)[1]
            listing.slice_button((ITEM_IDS if kind == "item" else USER_IDS, ids), "map")
            st.button(tr("Clear"), key="map_clear", icon=":material/close:", on_click=select_anew, args=(run, kind, ()))


def _chosen(run: OpenRun, kind: Kind, key: str) -> None:
    select_anew(run, kind, st.session_state[key])


def panel(run: OpenRun, kind: Kind, hits: Sequence[int]) -> None:
    """Metrics of the selection, else of what the search matches, else of all; and its cards or its list."""
    indices = selected(run, kind)
    if not len(indices):
        indices = np.array(hits, dtype=np.int64)
    if kind == "item":
        items = indices if len(indices) else np.arange(1, len(run.dataset.items))
        st.markdown(metrics_line(map_groups.metrics(run, kind, items), kind, is_all=not len(indices)))
        cards(run, items[np.argsort(-map_groups.item_events(run)[items], kind="stable")][:CARDS])
        return
    targets, ranks = run.split.test, map_groups.test_ranks(run)
    rows = np.flatnonzero(np.isin(targets.users, indices)) if len(indices) else np.arange(len(targets))
    st.markdown(metrics_line(map_groups.metrics(run, kind, rows), kind, is_all=not len(indices)))
    rows = rows[np.argsort(ranks[rows], kind="stable")] if len(ranks) else rows
    table = user_lists.targets_table(run.dataset, targets, rows, {"rank": ranks} if len(ranks) else {})
    listing.users(table, len(rows), tr("Users"), "map_users", run.config.run_id, WIDTHS)


def metrics_line(metrics: SelectionMetrics, kind: Kind, *, is_all: bool) -> str:
    """Size, events, hit rate and mean rank in one line of Markdown."""
    number = tr(plural(*NUMBERS[kind], metrics.size))
    parts = [tr("**All**: {number}", number=number) if is_all else f"**{number}**"]
    parts.append(tr(EVENTS[kind].format(n=metrics.events)))
    if metrics.hit_rate is not None:
        parts.append(
            tr("hit rate@10 {rate:.1%} ({targets})", rate=metrics.hit_rate,
               targets=plural("held out {n:,} time", "held out {n:,} times", metrics.held_out))
        )  # fmt: skip
    if metrics.mean_rank is not None:
        parts.append(tr("mean rank {rank:,.1f}", rank=metrics.mean_rank))
    return " · ".join(parts)


def cards(run: OpenRun, items: np.ndarray) -> None:
    """The items as pictures; a press on a title selects this item alone."""
    portrait = run_cache.are_portraits(workspace(), run.dataset.dataset_id)
    events = map_groups.item_events(run)
    with st.grid(
        COLUMNS, min_column_width=NARROWEST, gap="xsmall", key=f"list_map_{'portrait' if portrait else 'square'}"
    ) as grid:
        for place, item in enumerate(map(int, items)):
            title, number = run.dataset.title(item), EVENTS["item"].format(n=int(events[item]))
            with grid.cell():
                st.image(tiles.of_item(run.dataset, item, is_portrait=portrait), width="stretch",
                         alt=tr("Picture of {title}", title=title))  # fmt: skip
                st.button(plain(title, 40), key=f"map_card_{place}", type="tertiary", wrap=True, help=plain(title),
                          on_click=select_anew, args=(run, "item", (item,)))  # fmt: skip
                st.caption(tr(number))
