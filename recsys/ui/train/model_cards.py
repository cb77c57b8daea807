"""The models as cards, grouped by family, to choose one or several of."""

from __future__ import annotations

import streamlit as st

from recsys.messages import Message, message
from recsys.models.base import FAMILY_NAMES
from recsys.services.train.model_cards import ModelCard, list_models
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import plain

FAMILIES = {  # the most useful first
    "self-attention": ":material/hub:",
    "RNN": ":material/cached:",
    "CNN": ":material/view_week:",
    "dense": ":material/scatter_plot:",
    "neighbourhood": ":material/group_work:",
    "baseline": ":material/bar_chart:",
}
OTHER = ":material/category:"
FAMILY_WORDS: dict[str, Message] = {str(family): name for family, name in FAMILY_NAMES.items()}
ONE, SEVERAL, SEARCH = "one", "several", "search"
MODES = {ONE: message("Train one"), SEVERAL: message("Train several"), SEARCH: message("Search settings")}


def cards() -> dict[str, ModelCard]:
    """All models by name, family by family, simple ones last."""
    simple_last = list_models()[::-1]
    families = dict.fromkeys([*FAMILIES, *(card.family for card in simple_last)])
    return {card.name: card for family in families for card in simple_last if card.family == family}


def suffix() -> str:
    """The end of the keys of the form: each filling of it has widgets of its own."""
    return f"_{session().fillings}" if session().fillings else ""


def choose_mode() -> str:
    """What one press trains: one model, several, or one with settings searched."""
    mode = st.segmented_control(
        tr("Number of models to train"), [*MODES], default=ONE, format_func=lambda name: tr(MODES[name]), required=True,
        label_visibility="collapsed", key=f"train_mode{suffix()}", persist_state="session",
    )  # fmt: skip
    return mode or ONE


def choose(by_name: dict[str, ModelCard], *, several: bool) -> list[str]:
    """The chosen models by name; exactly one unless `several`."""
    names = list(by_name)
    filled = session().recipe
    first = filled.model if filled else names[0]

    def label(name: str) -> str:
        card = by_name[name]
        icon = FAMILIES.get(card.family, OTHER)
        return f"{icon} {plain(FAMILY_WORDS[card.family])} **{plain(card.title)}** *{plain(card.tagline)}*"

    if several:
        chosen = st.pills(tr("Models"), names, selection_mode="multi", default=[first], format_func=label, width="stretch",
                          label_visibility="collapsed", key=f"models{suffix()}", persist_state="session")  # fmt: skip
        return [name for name in names if name in chosen]
    one = st.pills(tr("Model"), names, default=first, format_func=label, required=True, width="stretch",
                   label_visibility="collapsed", key=f"model{suffix()}", persist_state="session")  # fmt: skip
    return [one or first]
