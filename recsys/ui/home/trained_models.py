"""Trained models to continue with, as cards: the one opened last, and the best of each kind of model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from recsys.services.data import datasets
from recsys.services.models import leaderboard, standings
from recsys.services.models.leaderboard import RunSummary
from recsys.services.workspace import Workspace
from recsys.ui.models.leaderboard import OLDER
from recsys.ui.shell import cache, context, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import day, plain

MOST, PICTURES = 3, 5  # cards, pictures of a card
WIDEST = 112  # pixels of a picture of a strip, which shrinks until all of them fit: the strip fills its card


def to_continue() -> list[RunSummary]:
    """The model of the sidebar, then the best of each kind on validation; those of the sidebar's dataset come first."""
    now, all_runs = context.current(), leaderboard.list_runs(workspace())
    shown = {now.run.run_id: now.run} if now.run else {}
    here = now.dataset.dataset_id if now.dataset else ""
    for dataset_id in sorted({run.dataset_id: None for run in all_runs}, key=here.__ne__):  # stable: else newest first
        if len(shown) < MOST:
            board = cache.ranked(workspace(), [run for run in all_runs if run.dataset_id == dataset_id])
            shown |= {run.run_id: run for run in standings.best_of_models(board) if run.is_whole}
    return list(shown.values())[:MOST]


def cards(runs: Sequence[RunSummary]) -> None:
    """A card a model, with pictures of its dataset; each card has others."""
    st.subheader(tr("Continue with a trained model"))
    for index, (column, run) in enumerate(zip(st.columns(MOST, gap="medium"), runs, strict=False)):
        kind: Literal["primary", "secondary"] = "secondary" if index else "primary"
        with column, st.container(border=True, height="stretch"):
            # The dataset too: two cards may be of one kind of model.
            name = f"**{plain(run.label, 60)}** · {plain(run.dataset_name, 40)}"
            st.markdown(name, help=plain(run.note) or None)
            pictures = dataset_pictures(workspace(), run.dataset_id)
            if strip := pictures[index::MOST] or pictures:
                alt = [""] * len(strip)  # they only say which data this is
                st.container(key=f"sample_strip_{run.run_id}").image(strip, width=WIDEST, alt=alt)
            faithful, is_shipped = standings.faithful_share(workspace(), run.run_id)
            facts = [
                f"NDCG@10 {run.metrics['ndcg@10']:.3f}" if run.metrics and not run.hides_test else "",
                "" if faithful is None or is_shipped else tr("{share:.0%} faithful", share=faithful),
            ]
            when = [day(run.created), tr("last opened") if run.run_id == session().run_id else ""]
            older = tr(OLDER) if run.newer else None
            when += [tr("older data")] if older else []
            st.caption(f"{' · '.join(filter(None, facts))}  \n{' · '.join(filter(None, when))}", help=older)
            with st.container(horizontal=True, key=f"continue_{run.run_id}"):
                if st.button(tr("Recommend"), key=f"open_{run.run_id}", type=kind, icon=":material/recommend:"):
                    nav.go("recommend", run=run.run_id)
                if st.button(tr("Explain"), key=f"explain_{run.run_id}", icon=":material/search_insights:"):
                    nav.go("explain", run=run.run_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def dataset_pictures(workspace: Workspace, dataset_id: str) -> list[str]:
    """Paths of pictures for all cards of a dataset, spread over its catalogue."""
    return [str(path) for path in datasets.some_pictures(workspace, dataset_id, MOST * PICTURES)]
