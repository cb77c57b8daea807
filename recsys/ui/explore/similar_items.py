"""Items near an item: by the model, and beside it by content."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.services.explore.content_neighbours import content_neighbours
from recsys.services.explore.neighbours import neighbours
from recsys.services.recommend.recommendation import RecommendedItem
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.item_select import item_select
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, to_address, workspace


def show(run: OpenRun, first: str | None = None) -> None:
    """Choose an item and see the ten most similar ones by the model's item vectors, and by content.

    `first` is the id of the item to begin with. Without it the link leads, and follows the choice.
    """
    index = run.dataset.interactions.item_index
    linked = first or from_address("item")
    is_new = "similar_to" not in st.session_state or st.session_state.get("_similar_led") != linked
    if linked in index and is_new:
        st.session_state["similar_to"] = int(index[str(linked)])
    item = item_select(run.dataset.dataset_id, tr("Similar to"), "similar_to")
    if item is None:
        st.caption(tr("No item matches."))
        return
    item_id = str(run.dataset.interactions.item_ids[item])
    st.session_state["_similar_led"] = first or item_id
    if first is None:
        to_address(item=item_id)
    by_model, by_content = st.columns(2, gap="medium")
    with by_model:
        st.markdown(tr("**By the model**"))
        _table(neighbours(run, item_id), "similar_table", tr("Similar items, most similar first"),
               tr("Not available for this model: it has no item vectors."))  # fmt: skip
    with by_content:
        st.markdown(tr("**By content**, without a model"), help=tr("Cosine of the words of title and text and of the categories (TF-IDF)."))  # fmt: skip
        content = run_cache.content(workspace(), run.dataset.dataset_id)
        _table(content_neighbours(run.dataset, content, item), "content_table", tr("Items of similar content, most similar first"),
               tr("No other item shares a word or a category with it."))  # fmt: skip


def _table(items: list[RecommendedItem], key: str, alt: str, empty: str) -> None:
    if not items:
        st.caption(empty)
        return
    frame = pd.DataFrame(
        {
            "#": [item.rank for item in items],
            "title": [item.title for item in items],
            "category": [item.category for item in items],
            "cosine": [item.score for item in items],
        }
    )
    column = st.column_config
    st.dataframe(
        frame, hide_index=True, key=key, alt=alt,
        column_config={
            "#": column.NumberColumn(width=34), "title": column.TextColumn(tr("title")),
            "category": column.TextColumn(tr("category")),
            "cosine": column.NumberColumn(tr("cosine"), format="%.2f", width=70),
        },
    )  # fmt: skip
