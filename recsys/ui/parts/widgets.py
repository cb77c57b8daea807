"""Pieces that several pages share: choosing a dataset, a run; a strip of items; forms drawn from a config."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.ui.shell import cache, context, nav
from recsys.ui.shell.state import from_address, workspace
from recsys.ui.shell.text import plain

if TYPE_CHECKING:
    from recsys.services.recommend.recommendation import HistoryEvent, RecommendedItem
    from recsys.services.workspace.open_run import OpenRun


def fail(error: RecsysError) -> None:
    """A person's fault, in words, where it happened."""
    st.error(plain(error.message, 400), icon=":material/warning:")


def stale(parameter: str, what: str, existing: Container[str]) -> None:
    """Says where the address names something that is not here: what is shown is then something else."""
    wanted_id = from_address(parameter)
    if wanted_id and wanted_id not in existing:
        context.warn_stale(what, wanted_id)


def chosen_dataset(hint: str) -> DatasetSummary:
    """The dataset of the context; without any, says what to do first and stops."""
    dataset = context.current().dataset
    if dataset is None:
        nav.stop_with_hint(hint, "home", "Go to Home")
    assert dataset is not None
    return dataset


def chosen_run() -> OpenRun:
    """The opened run of the context; without any, says what to do first and stops."""
    context.say_stale()
    run = context.current().run
    if run is None:
        nav.stop_with_hint(
            "There is no trained model yet. Train one first: the sample takes less than a minute.",
            "home",
            "Go to Home",
        )
    assert run is not None
    try:
        return cache.opened(workspace(), run.run_id)
    except RecsysError as error:
        fail(error)
        st.stop()


def item_rows(
    items: list[RecommendedItem],
    marks: Mapping[str, str],
    key: str,
    instead: str = "",
    reason: Callable[[str], str] | None = None,
) -> str | None:
    """Recommendations one below the other with picture, title, score and, by item id, marks; gives the item whose reason
    is asked for. `replacement_sentence` says what a list that is no model's rests on: then the score is a share of events and there is
    no reason to ask for. `reason` gives that of an item in a few words: they are filled in once the list stands."""
    clicked_item, lines = None, {}
    for item in items:
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", wrap=False, key=f"{key}_{item.rank}"
        ):
            if item.image is not None:
                st.image(str(item.image), width=44, alt=f"Picture of {item.title}")
            scored = f"score {item.score:.2f}" if not instead else f"{item.score:.1%} of their recent events"
            detail = " · ".join(filter(None, [plain(item.category, 60), scored, "seen before" * item.seen]))
            mark = f"  {marks[item.item_id]}" if marks.get(item.item_id) else ""
            text = f"**{item.rank}.** {plain(item.title, 80)}{mark}  \n:small[:gray[{detail}]]"
            lines[item.item_id] = st.empty(), text
            lines[item.item_id][0].markdown(text, width="stretch")
            if not instead and st.button("Why?", key=f"{key}_why_{item.rank}"):
                clicked_item = item.item_id
    if reason is not None and clicked_item is None:
        for item_id, (line, text) in lines.items():
            if reason_text := reason(item_id):
                line.markdown(f"{text}  \n:small[{plain(reason_text, 200)}]", width="stretch")
    return clicked_item


def item_table(
    items: list[RecommendedItem], notes: Mapping[str, Mapping[str, str]], key: str, instead: str = ""
) -> str | None:
    """The same as a dense table, one column more for each of `notes`; gives the item whose reason is asked for."""
    frame = pd.DataFrame({"#": [item.rank for item in items]})
    for name, by_item in notes.items():
        frame[name] = [by_item.get(item.item_id, "") for item in items]
    frame["title"] = [item.title for item in items]
    frame["why" if instead else "reason"] = instead or "Why?"
    frame["share" if instead else "score"] = [item.score for item in items]
    frame["category"] = [item.category for item in items]
    if not frame["category"].any():
        frame = frame.drop(columns="category")
    config = st.column_config
    st.dataframe(
        frame, hide_index=True, height=35 * (len(frame) + 1) + 3, key=f"{key}_table", alt="Recommendations, best first",
        column_config={
            "#": config.NumberColumn(width=34), "title": config.TextColumn(width=140),
            **{name: config.TextColumn(width=52) for name in notes},
            "reason": config.ButtonColumn(width=62, key=f"{key}_why"),
            "score": config.NumberColumn(format="%.2f", width=52),
            "share": config.NumberColumn(format="percent", width=62), "why": config.TextColumn(width=110),
            "category": config.TextColumn(width=80),
        },
    )  # fmt: skip
    clicked = st.session_state.get(f"{key}_why") if not instead else None
    return items[clicked["row"]].item_id if clicked else None


def history_table(past: list[HistoryEvent], newest: int = 200) -> None:
    """The history, newest first."""
    if not past:
        st.caption("No events: the history is empty.")
        return
    shown = list(reversed(past))[:newest]
    frame = pd.DataFrame(
        {
            "#": [p.position + 1 for p in shown],
            "title": [p.title for p in shown],
            "category": [p.category for p in shown],
            "when": [p.when for p in shown],
            "rating": [p.rating for p in shown],
        }
    )
    empty = [name for name in ("category", "when") if not frame[name].any()]
    frame = frame.drop(columns=[*empty, *(["rating"] if frame["rating"].isna().all() else [])])
    config = st.column_config
    st.dataframe(
        frame, hide_index=True, height=min(560, 35 * (len(frame) + 1) + 3), key="history_table", alt="The history, newest first",
        column_config={
            "#": config.NumberColumn(width=34), "title": config.TextColumn(width=138),
            "category": config.TextColumn(width=92), "when": config.TextColumn(width=84),
            "rating": config.NumberColumn(format="%g", width=54),
        },
    )  # fmt: skip
