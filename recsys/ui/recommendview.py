"""The Recommend page's parts: who asks, the history, the suggestions, items alike."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.services import recommendation
from recsys.services.recommendation import Asker
from recsys.services.workspace import OpenRun
from recsys.ui import cache, nav
from recsys.ui.state import from_address, session, to_address, workspace
from recsys.ui.text import count, plain
from recsys.ui.widgets import choose_user, fail, history_table, item_rows

USER, OWN = "A user of the log", "A history made by hand"


def choose_asker(run: OpenRun) -> Asker:
    """A user, or a history put together by title search; either is kept in the address."""
    linked = from_address("history")
    kind = st.segmented_control("For", [USER, OWN], default=OWN if linked else USER, key="asker_kind") or USER
    try:
        if kind == USER:
            to_address(history=None)
            return recommendation.asker_of(run, choose_user(run, recommendation.starting_user(run)), None)
        to_address(user=None)
        return recommendation.asker_of(run, None, made_history(run, linked))
    except RecsysError as error:
        fail(error)
        st.stop()


def made_history(run: OpenRun, linked: str | None) -> list[str]:
    table = cache.items(workspace(), run.dataset.dataset_id)
    titles = dict(zip(table["item_id"], table["title"], strict=True))
    start = [i for i in (linked.split(",") if linked else session().history) if i in titles]
    chosen = st.multiselect(
        "Items, oldest first", list(titles), default=start, format_func=lambda i: titles[i], key="history_items",
        placeholder="Type a title …", help="The order in which you choose is the order of the history.",
    )  # fmt: skip
    session().history = chosen
    to_address(history=",".join(chosen) or None)
    return chosen


def history(run: OpenRun, asker: Asker) -> None:
    past = recommendation.past_of(run, asker)
    st.subheader(f"History · {count(len(past), 'event')}")
    if asker.traits:
        st.caption(plain(asker.traits))
    history_table(past)


def suggestions(run: OpenRun, asker: Asker) -> None:
    st.subheader("Suggestions")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        hide = st.toggle("Hide seen items", value=run.candidates.hide_seen, key="hide_seen")
        names = recommendation.categories(run.dataset)
        category = None
        if 1 < len(names) <= 500:
            picked = st.selectbox("Category", ["All", *names], key="category", width=220)
            category = None if picked == "All" else picked
    if asker.note:
        st.info(plain(asker.note))
    try:
        found = recommendation.suggest(run, asker, 10, hide_seen=hide, category=category)
    except RecsysError as error:
        fail(error)
        return
    if not found:
        st.info("No item is left to suggest here: take away the filter, or show seen items.")
        return
    asked = item_rows(found, "suggestion")
    if asked:
        nav.go(
            "explain",
            run=run.config.run_id,
            user=asker.user_id or "",
            item=asked,
            history=",".join(session().history) if asker.user_id is None else "",
        )
    who = asker.user_id or "made-by-hand"
    st.download_button("Download as CSV", recommendation.suggestions_csv(found), mime="text/csv", key="download",
                       file_name=f"suggestions-{run.config.run_id}-{abs(hash((who, hide, category))) % 10**8}.csv")  # fmt: skip
    alike(run, [(one.item_id, one.title) for one in found])


def alike(run: OpenRun, shown: list[tuple[str, str]]) -> None:
    """Items that the model sees as alike to one of the list."""
    with st.expander("Items alike", icon=":material/hub:"):
        titles = dict(shown)
        picked = st.selectbox("Alike to", list(titles), format_func=lambda i: titles[i], key="alike_to")
        found = recommendation.similar(run, picked, 5)
        if not found:
            st.caption("This model has not learnt which items are alike.")
        for one in found:
            st.markdown(
                f"{one.rank}. {plain(one.title, 80)}  :small[:gray[{plain(one.category, 60)} · {one.score:.2f}]]"
            )
