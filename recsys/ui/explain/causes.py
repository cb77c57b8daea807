"""What supports it: the three strongest causes as pictures, each with its effect."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.messages import message
from recsys.services.explain.causes import DOUBLES, STRONGEST, Cause, strongest_causes
from recsys.services.explain.numbers import effect
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import item_pictures
from recsys.ui.explain.answer_card import Answer
from recsys.ui.parts import tiles
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import capitalized, plain

NAME = 48  # characters of a name below its picture
ICONS = {
    "events": "history", "user": "person", "popularity": "trending_up", "text": "notes", "picture": "image",
    "category": "category", "price": "sell", "id": "group",
}  # fmt: skip
OTHER = "label"
PARTS_LOG_ODDS = message("Change of the log-odds when this alone is removed (leave-one-out, exact).")
PARTS_SCORE = message("Change of the score when this alone is removed (leave-one-out, exact).")
SOURCES_LOG_ODDS = message(
    "Contribution of each source to the log-odds, averaged over all orders of the sources (Shapley)."
)
SOURCES_SCORE = message("Contribution of each source to the score, averaged over all orders of the sources (Shapley).")


def show(run: OpenRun, answer: Answer) -> DeltaGenerator:
    """Draw the causes that the headline stands for; gives the place to draw others."""
    place = st.container(key="causes").empty()
    fill(run, answer, place, of_parts=answer.exact is not None and answer.exact.names_parts)
    return place


def fill(run: OpenRun, answer: Answer, place: DeltaGenerator, *, of_parts: bool) -> None:
    """Draw past events or inputs, or with `of_parts` false the sources of the score breakdown."""
    causes = strongest_causes(answer.exact, answer.breakdown, of_parts=of_parts)
    tip = meaning(answer, of_parts=of_parts)
    with place.container():
        st.subheader(tr("What supports it"), anchor=False, help=tip)
        if not causes:
            st.caption(tr("No measured cause raises its score."))
            return
        with st.container(horizontal=True, wrap=False, gap="small"):
            for index, cause in enumerate(causes):
                name = f"{'part' if of_parts else 'source'}_{index}"
                with st.container(key=f"cause_{name}", width="stretch"):
                    one(run, cause, cause.value / causes[0].value, name)
            for _ in range(len(causes), STRONGEST):
                st.empty()  # otherwise the browser keeps pictures that were drawn here earlier in the same run


def one(run: OpenRun, cause: Cause, share: float, key: str) -> None:
    if cause.item is not None:
        item_pictures.show(run, cause.item, f"picture_{key}")
    else:
        icon = ICONS.get(cause.kind, OTHER)
        st.container(key=f"icon_{key}").markdown(f":material/{icon}:")
    st.image(tiles.bar(share), alt=tr("{share:.0%} of the strongest cause", share=share), width="stretch")
    name = capitalized(cause.name) if cause.item is None else cause.name
    st.markdown(f":small[{plain(name, NAME)}]  \n:small[**{effect(cause.value)}**]")


def meaning(answer: Answer, *, of_parts: bool) -> str:
    """The unit of the effects, and how they are computed."""
    if answer.breakdown.quantity.is_log_odds:
        return tr((PARTS_LOG_ODDS if of_parts else SOURCES_LOG_ODDS) + " " + DOUBLES)
    return tr(PARTS_SCORE if of_parts else SOURCES_SCORE)
