"""The answer: the item with its picture, its rank, whether the reason is faithful, the sentence, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.errors import RecsysError
from recsys.explain.questions.counterfactual import TOP
from recsys.messages import message, plural
from recsys.services.explain import explain_item
from recsys.services.explain.explain_item import SAME_FOR_ALL, ItemExplanation
from recsys.services.explain.score_breakdown import BreakdownReport
from recsys.services.recommend import cold_start
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import contrastive, edits, item_pictures
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import stop, workspace
from recsys.ui.shell.text import plain

LONGEST = 600  # characters of a sentence
NO_EVENTS = message(
    "The history is empty: Recommend lists what similar users chose lately. This page explains what the model itself would "
    "recommend."
)
CANDIDATES = message(
    "Candidates are the items that the model can score, without those hidden as seen. The catalogue has {n:,} items."
)
RANK = {  # (the item is in the history, there is a user)
    (False, True): message("Rank **{rank}** of {items} for user **{user}**"),
    (False, False): message("Rank **{rank}** of {items} for a custom history"),
    (True, True): message("Already in the history of user **{user}** · would be rank **{rank}** of {items}"),
    (True, False): message("Already in the custom history · would be rank **{rank}** of {items}"),
}


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer as it was drawn. `exact`: by exact removals, None for a model that recommends the same to everyone.

    The placeholders are filled once everything else is drawn: `badge` and `headline` when the faithfulness is known,
    `remove`, `removes` (what Remove does, in a line) and `export` when it is known what they do. `causes` is drawn again where the headline is replaced.
    """

    exact: ItemExplanation | None
    breakdown: BreakdownReport
    badge: DeltaGenerator
    headline: DeltaGenerator
    remove: DeltaGenerator
    removes: DeltaGenerator
    export: DeltaGenerator


def show(run: OpenRun, query: Query, item_id: str) -> Answer:
    """Draw the answer; where the item cannot be explained, say why and stop."""
    has_methods = bool(explain_item.methods(run))
    with st.container(horizontal=True, wrap=False, key="subject"):
        with st.container(key="portrait", width=128):
            item_pictures.show(run, run.item(item_id), "picture")
        with st.container(key="sentence"):
            st.title(plain(run.dataset.title(run.item(item_id))), anchor=False)
            try:
                exact = explanation_cache.explained(workspace(), run, query, item_id, None) if has_methods else None
                breakdown = explanation_cache.sourced(workspace(), run, query, item_id)
                situation = explain_item.situation_of(run, query, item_id) if exact is None else exact.explanation
            except RecsysError as error:
                fail(error)
                stop()
            line = rank_line(run, query, item_id, situation.rank, is_seen=situation.is_seen)
            tip = tr(CANDIDATES, n=run.dataset.interactions.num_items)
            st.container(key="rank").markdown(line, help=tip)
            badge, headline = st.empty(), st.container(key="headline").empty()
            if exact is not None:
                testing = tr("Testing faithfulness …")
                badge.markdown(f":gray-badge[:material/hourglass_empty: {testing}]")
            headline.markdown(plain(exact.sentence if exact else SAME_FOR_ALL, LONGEST))
            notes(run, query, item_id)
    is_listed = not situation.is_seen and situation.rank <= TOP
    remove, export = actions(run, query, item_id, can_drop=is_listed) if exact else (st.empty(), st.empty())
    removes = st.empty()
    if exact is not None and run.model.window and is_listed:
        removes.caption(tr("Searching for counterfactuals …"))
    return Answer(exact, breakdown, badge, headline, remove, removes, export)


def rank_line(run: OpenRun, query: Query, item_id: str, rank: int, *, is_seen: bool) -> str:
    items = plural("{n:,} candidate", "{n:,} candidates", explain_item.num_candidates(run, query, item_id))
    line = RANK[is_seen, query.user_id is not None]
    return tr(line.format(rank=rank, items=items, user=plain(query.user_id, 60)))


def notes(run: OpenRun, query: Query, item_id: str) -> None:
    """Notes on the rank, where there are any."""
    if cold_start.needs_cold_start(run, query):
        st.caption(tr(NO_EVENTS))
    if note := edits.seen_note(run, query, item_id):
        st.caption(note)
    if query.persona:
        st.caption(tr("The user's features were changed ({traits}).", traits=plain(query.traits)))


def actions(run: OpenRun, query: Query, item_id: str, *, can_drop: bool) -> tuple[DeltaGenerator, DeltaGenerator]:
    """One row of buttons; gives the places of Remove and of Export HTML. `can_drop`: the item is in the list."""
    with st.container(horizontal=True, key="actions"):
        remove = st.empty()
        if run.model.window and can_drop:
            remove.button(tr("Remove"), icon=":material/playlist_remove:", key="remove_wait", disabled=True)
        contrastive.choose(run, query, item_id)
        export = st.empty()
        export.button(tr("Export HTML"), icon=":material/description:", key="export_wait", disabled=True)
    return remove, export
