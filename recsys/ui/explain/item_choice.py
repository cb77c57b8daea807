"""Which recommendation is explained: one of the list, or the item of the link."""

from __future__ import annotations

import streamlit as st

from recsys.services.recommend import recommendation
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import stale
from recsys.ui.shell import nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import follow_address, from_address, lead_address

LISTED = 10
LABEL = "item_label"  # of the chosen item, as it was drawn last


def recommended(run: OpenRun, query: Query) -> dict[str, str]:
    """Item id -> rank and title of the recommendations to choose from."""
    items = recommendation.recommend_items(run, query, LISTED)
    return {item.item_id: f"{item.rank}. {item.title}" for item in items}


def choose_item(run: OpenRun, query: Query) -> str:
    """Draw the list of items; the link keeps the one that is chosen."""
    titles = recommended(run, query)
    item_in_link = from_address("item")
    stale("item", run.dataset.interactions.item_index)
    if item_in_link and item_in_link not in titles and item_in_link in run.dataset.interactions.item_index:
        titles[item_in_link] = run.dataset.title(run.item(item_in_link))
    key = f"item_{query.user_id}"
    ids = list(titles)
    chosen = follow_address("item", key, ids, None)
    if st.session_state.get(LABEL) != titles[chosen]:
        st.session_state[key] = chosen  # the browser keeps the label of an option until its value is set
    st.session_state[LABEL] = titles[chosen]
    now = ids.index(chosen)
    item_id = st.selectbox(tr("Recommended item"), ids, now, format_func=lambda i: titles[i], key=key)
    lead_address("item", key, item_id)
    return str(item_id)


def stop_without_items(run: OpenRun, query: Query) -> None:
    """Say what to do, and stop, where nothing is recommended."""
    if not recommended(run, query):
        st.title(tr("Explain"))
        nav.stop_with_hint(
            tr("There are no recommendations here, so there is nothing to explain."), "recommend", tr("Go to Recommend")
        )
