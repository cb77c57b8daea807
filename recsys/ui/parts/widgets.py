"""Pieces that several pages share: choosing a dataset, a run; a strip of items; forms drawn from a config."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.ui.shell import cache, context, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, workspace
from recsys.ui.shell.text import plain

if TYPE_CHECKING:
    from recsys.services.recommend.recommendation import RecommendedItem
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
        nav.stop_with_hint(hint, "home", tr("Go to Home"))
    assert dataset is not None
    return dataset


def chosen_run() -> OpenRun:
    """The opened run of the context; without any, says what to do first and stops."""
    context.say_stale()
    run = context.current().run
    if run is None:
        nav.stop_with_hint(
            tr("There is no trained model yet. Train one first: the sample takes less than a minute."),
            "home",
            tr("Go to Home"),
        )
    assert run is not None
    try:
        return cache.opened(workspace(), run.run_id)
    except RecsysError as error:
        fail(error)
        st.stop()


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
        frame, hide_index=True, height=35 * (len(frame) + 1) + 3, key=f"{key}_table", alt=tr("Recommendations, best first"),
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
