"""Does order matter? Metrics with shuffled histories, and with tied timestamps shuffled, computed when a button is pressed."""

from __future__ import annotations

import streamlit as st

from recsys.services.models.history_order import QUICK_SHUFFLES, QUICK_USERS, OrderTest, TieTest, keep
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.shell import presenter, run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain


def show(run: OpenRun, split: str) -> None:
    if not len(run.split.test if split == "test" else run.split.validation):
        return
    with st.expander(tr("Does order matter?"), icon=":material/shuffle:"):
        st.caption(tr(
            "The model is evaluated again with the events of each history in {shuffles} random orders, and with only the events "
            "at the same time reordered. Nothing is retrained. At most {users:,} users.", shuffles=QUICK_SHUFFLES, users=QUICK_USERS))  # fmt: skip
        key = f"shuffled_{run.config.run_id}_{split}"
        if st.button(tr("Shuffle histories"), key="shuffle_histories", icon=":material/play_arrow:"):
            st.session_state[key] = True
        if st.session_state.get(key):
            order, ties = run_cache.shuffled(workspace(), run, split)
            if split == "test" and not presenter.is_presenting():
                keep(run, order)
            _result(order)
            if ties is not None:
                _result(ties)


def _result(test: OrderTest | TieTest) -> None:
    paired = test.shuffled.paired
    st.markdown(plain(test.sentence, 600), help=tr(
        "True order less shuffled: {mean:+.3f}, 95% interval {low:+.3f} to {high:+.3f}, paired over users. Single shuffles: "
        "{least:.3f} to {most:.3f}.", mean=paired.mean, low=paired.low, high=paired.high, least=test.shuffled.low,
        most=test.shuffled.high))  # fmt: skip
