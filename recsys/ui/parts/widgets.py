"""What several pages share: choosing a dataset or a run, tabs with a link, a table of items."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.messages import message
from recsys.runs.forgotten import ONLY_RECORDS
from recsys.ui.shell import cache, context, nav
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import from_address, stop, to_address, workspace
from recsys.ui.shell.text import plain

if TYPE_CHECKING:
    from recsys.services.recommend.recommendation import RecommendedItem
    from recsys.services.workspace.open_run import OpenRun


# Columns of `notes` in a table of recommendations.
NOTES = {
    "move": message("move"), "other": message("other model"), "plain": message("before"), "events": message("events"),
}  # fmt: skip


def fail(error: RecsysError) -> None:
    """Show an expected error in place."""
    st.error(plain(error.message, 400), icon=":material/warning:")


def stale(parameter: str, existing: Container[str]) -> None:
    """Warn where the link names a user or an item that is not here: another one is shown then."""
    wanted_id = from_address(parameter)
    if wanted_id and wanted_id not in existing:
        context.warn_stale(parameter, wanted_id)


def tabs(names: Sequence[str], key: str) -> dict[str, Any]:
    """Draw tabs; gives the container of each, by its English name, which stands in the link under `key`.

    Labels are translated, so they cannot be the value in the link as with `bind`.
    """
    labels, led = {str(name): tr(name) for name in names}, f"_{key}_led"
    in_link = from_address(key)
    if in_link in labels and (in_link != st.session_state.get(led) or st.session_state.get(key) not in labels.values()):
        st.session_state[key] = labels[in_link]
    drawn = dict(zip(labels, st.tabs([*labels.values()], key=key, on_change="rerun"), strict=True))
    chosen = next(name for name, tab in drawn.items() if tab.open)
    st.session_state[led] = chosen
    to_address(**{key: None if chosen == next(iter(labels)) else chosen})
    return drawn


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
    if run is None and any(one.saw_forgotten for one in context.current().all_runs):
        nav.stop_with_hint(tr(ONLY_RECORDS), "models", tr("Go to Models"))
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
        stop()


def item_table(
    items: list[RecommendedItem], notes: Mapping[str, Mapping[str, str]], key: str, instead: str = ""
) -> str | None:
    """Recommendations as a dense table with a column for each of `notes`; gives the item whose Why? was pressed."""
    frame = pd.DataFrame({"#": [item.rank for item in items]})
    for name, by_item in notes.items():
        frame[name] = [localized(by_item.get(item.item_id, "")) for item in items]
    frame["title"] = [item.title for item in items]
    frame["why" if instead else "reason"] = localized(instead) or tr("Why?")
    frame["share" if instead else "score"] = [item.score for item in items]
    frame["category"] = [item.category for item in items]
    if not frame["category"].any():
        frame = frame.drop(columns="category")
    config = st.column_config
    st.dataframe(
        frame, hide_index=True, height=35 * (len(frame) + 1) + 3, key=f"{key}_table", alt=tr("Recommendations, best first"),
        column_config={
            "#": config.NumberColumn(width=34), "title": config.TextColumn(tr("title"), width=140),
            **{name: config.TextColumn(tr(NOTES[name]), width=52) for name in notes},
            "reason": config.ButtonColumn(tr("reason"), width=62, key=f"{key}_why"),
            "score": config.NumberColumn(tr("score"), format="%.2f", width=52),
            "share": config.NumberColumn(tr("share"), format="percent", width=62),
            "why": config.TextColumn(tr("why"), width=110),
            "category": config.TextColumn(tr("category"), width=80),
        },
    )  # fmt: skip
    clicked = st.session_state.get(f"{key}_why") if not instead else None
    return items[clicked["row"]].item_id if clicked else None
