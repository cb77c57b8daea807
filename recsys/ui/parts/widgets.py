"""Pieces that several pages share: choosing a data set, a run; a strip of items; forms drawn from a config."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.services.models import leaderboard
from recsys.ui.shell import cache, nav
from recsys.ui.shell.state import follow_address, from_address, lead_address, session, workspace
from recsys.ui.shell.text import count, day, plain, told_apart

if TYPE_CHECKING:
    from recsys.services.recommend.recommendation import Past, Suggestion
    from recsys.services.workspace.open_run import OpenRun


def fail(error: RecsysError) -> None:
    """A person's fault, in words, where it happened."""
    st.error(plain(error.message, 400), icon=":material/warning:")


def stale(parameter: str, what: str, known: Container[str]) -> None:
    """Says where the address names something that is not here: what is shown is then something else."""
    wanted = from_address(parameter)
    if wanted and wanted not in known:
        st.warning(f"The address names the {what} **{plain(wanted, 60)}**, which is not here: another one is shown.",
                   icon=":material/link_off:")  # fmt: skip


def choose_dataset(found: list[DatasetSummary]) -> DatasetSummary:
    """The data set to work on: from the address, the session, or the newest."""
    ids = [summary.dataset_id for summary in found]
    follow_address("dataset", "dataset_choice", ids, session().dataset_id)
    by_id = {summary.dataset_id: summary for summary in found}
    names = told_apart({one.dataset_id: f"{one.name}: {count(one.rows, 'event')}, {day(one.created)}" for one in found})
    chosen = st.selectbox("Data set", ids, format_func=lambda i: names[i], key="dataset_choice")
    session().dataset_id = chosen
    lead_address("dataset", "dataset_choice", chosen)
    return by_id[chosen]


def choose_run() -> OpenRun:
    """The run to look at; without any, says what to do first and stops."""
    whole = [run for run in leaderboard.list_runs(workspace()) if run.is_whole]
    if not whole:
        nav.way_out(
            "There is no trained model yet. Train one first: the sample takes less than a minute.",
            "home",
            "Go to Home",
        )
    ids = [run.run_id for run in whole]
    by_id = {run.run_id: run for run in whole}
    names = told_apart({run.run_id: f"{run.label} on {run.dataset_name}, {day(run.created)}" for run in whole})
    stale("run", "finished run", by_id)
    follow_address("run", "run_choice", ids, session().run_id)
    chosen = st.selectbox("Run", ids, format_func=lambda i: names[i], key="run_choice")
    if by_id[chosen].note:
        st.caption(plain(by_id[chosen].note))
    session().run_id = chosen
    lead_address("run", "run_choice", chosen)
    try:
        return cache.opened(workspace(), chosen)
    except RecsysError as error:
        fail(error)
        st.stop()


def item_rows(
    found: list[Suggestion],
    marks: Mapping[str, str],
    key: str,
    instead: str = "",
    reason: Callable[[str], str] | None = None,
) -> str | None:
    """Suggestions one below the other with picture, title, score and, by item id, marks; gives the item whose reason
    is asked for. `instead` says what a list that is no model's rests on: then the score is a share of events and there is
    no reason to ask for. `reason` gives that of an item in a few words: they are filled in once the list stands."""
    asked, lines = None, {}
    for one in found:
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", wrap=False, key=f"{key}_{one.rank}"
        ):
            if one.image is not None:
                st.image(str(one.image), width=44, alt=f"Picture of {one.title}")
            scored = f"score {one.score:.2f}" if not instead else f"{one.score:.1%} of their recent events"
            detail = " · ".join(filter(None, [plain(one.category, 60), scored, "seen before" * one.seen]))
            mark = f"  {marks[one.item_id]}" if marks.get(one.item_id) else ""
            text = f"**{one.rank}.** {plain(one.title, 80)}{mark}  \n:small[:gray[{detail}]]"
            lines[one.item_id] = st.empty(), text
            lines[one.item_id][0].markdown(text, width="stretch")
            if not instead and st.button("Why?", key=f"{key}_why_{one.rank}"):
                asked = one.item_id
    if reason is not None and asked is None:
        for item_id, (line, text) in lines.items():
            if said := reason(item_id):
                line.markdown(f"{text}  \n:small[{plain(said, 200)}]", width="stretch")
    return asked


def item_table(
    found: list[Suggestion], notes: Mapping[str, Mapping[str, str]], key: str, instead: str = ""
) -> str | None:
    """The same as a dense table, one column more for each of `notes`; gives the item whose reason is asked for."""
    frame = pd.DataFrame({"#": [one.rank for one in found]})
    for name, by_item in notes.items():
        frame[name] = [by_item.get(one.item_id, "") for one in found]
    frame["title"] = [one.title for one in found]
    frame["why" if instead else "reason"] = instead or "Why?"
    frame["share" if instead else "score"] = [one.score for one in found]
    frame["category"] = [one.category for one in found]
    if not frame["category"].any():
        frame = frame.drop(columns="category")
    config = st.column_config
    st.dataframe(
        frame, hide_index=True, height=35 * (len(frame) + 1) + 3, key=f"{key}_table", alt="The suggestions, best first",
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
    return found[clicked["row"]].item_id if clicked else None


def history_table(past: list[Past], newest: int = 200) -> None:
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
