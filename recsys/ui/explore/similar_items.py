"""Items near an item: by the model, and beside it by content; as pictures, and on demand as tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recsys.services.explore.content_neighbours import content_neighbours
from recsys.services.explore.neighbours import neighbours
from recsys.services.recommend.recommendation import RecommendedItem
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import tiles
from recsys.ui.parts.item_select import item_select
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, to_address, workspace
from recsys.ui.shell.text import plain

COLUMNS, NARROWEST = 5, 70  # cards a row, pixels of one


def show(run: OpenRun, first: str | None = None) -> None:
    """Choose an item and see the ten most similar ones by the model's item vectors, and by content.

    `first` is the id of the item to begin with. Without it the link leads, and follows the choice.
    """
    log, dataset_id = run.dataset.interactions, run.dataset.dataset_id
    linked = first or from_address("item")
    is_new = "similar_to" not in st.session_state or st.session_state.get("_similar_led") != linked
    if linked in log.item_index and is_new:
        st.session_state["similar_to"] = int(log.item_index[str(linked)])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        item = item_select(dataset_id, tr("Similar to"), "similar_to")
        menu = st.popover(
            tr("Data"), icon=":material/table_rows:", type="tertiary", key="similar_data", on_change="rerun"
        )
    if item is None:
        st.caption(tr("No item matches."))
        return
    item_id = str(log.item_ids[item])
    st.session_state["_similar_led"] = first or item_id
    if first is None:
        to_address(item=item_id)
    by_model = neighbours(run, item_id)
    by_content = content_neighbours(run.dataset, run_cache.content(workspace(), dataset_id), item)
    portrait = run_cache.are_portraits(workspace(), dataset_id)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(tr("**By the model**"), help=tr("Cosine of the model's item vectors: high for items that occur in similar histories."))  # fmt: skip
        _cards(run, by_model, "similar", tr("Not available for this model: it has no item vectors."), is_portrait=portrait)  # fmt: skip
    with right:
        st.markdown(tr("**By content**, without a model"), help=tr("Cosine of the words of title and text and of the categories (TF-IDF)."))  # fmt: skip
        _cards(run, by_content, "content", tr("No other item shares a word or a category with it."), is_portrait=portrait)  # fmt: skip
    if menu.open:
        with menu:
            _table(by_model, "similar_table", tr("Similar items, most similar first"))
            _table(by_content, "content_table", tr("Items of similar content, most similar first"))


def _cards(run: OpenRun, items: Sequence[RecommendedItem], key: str, empty: str, *, is_portrait: bool) -> None:
    """The items as pictures with their similarity; a press on a title goes on from this item."""
    if not items:
        st.caption(empty)
        return
    with st.grid(
        COLUMNS, min_column_width=NARROWEST, gap="xsmall", key=f"list_{key}_{'portrait' if is_portrait else 'square'}"
    ) as grid:
        for item in items:
            with grid.cell():
                st.image(tiles.picture(item.image, item.title, item.category, is_portrait=is_portrait), width="stretch",
                         alt=tr("Picture of {title}", title=item.title))  # fmt: skip
                st.button(plain(item.title, 40), key=f"{key}_card_{item.rank:d}", type="tertiary", wrap=True,
                          help=plain(" · ".join(filter(None, [item.title, item.category]))),
                          on_click=_go_on, args=(run.item(item.item_id),))  # fmt: skip
                st.caption(tr("similarity {similarity:.2f}", similarity=item.score))


def _go_on(item: int) -> None:
    st.session_state["similar_to"] = item


def _table(items: Sequence[RecommendedItem], key: str, alt: str) -> None:
    if not items:
        return
    frame = pd.DataFrame(
        {
            "#": [item.rank for item in items],
            "title": [item.title for item in items],
            "category": [item.category for item in items],
            "similarity": [item.score for item in items],
        }
    )
    column = st.column_config
    st.markdown(f"**{alt}**")
    st.dataframe(
        frame, hide_index=True, key=key, alt=alt,
        column_config={
            "#": column.NumberColumn(width=34), "title": column.TextColumn(tr("title")),
            "category": column.TextColumn(tr("category")),
            "similarity": column.NumberColumn(tr("similarity"), format="%.2f", width=80),
        },
    )  # fmt: skip
