"""Evidence: one drawer below the answer. Folded it costs nothing, open it draws one tab."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recsys.messages import Message, message
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import content_reasons, edits, methods, smallest_change, verdict
from recsys.ui.explain.answer_card import Answer
from recsys.ui.parts import widgets
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address
from recsys.ui.shell.text import comma_list

OPEN, TAB = "evidence", "proof"  # also in the link


def drawer(run: OpenRun, query: Query, item_id: str, answer: Answer) -> Callable[[], None]:
    """Draw the drawer and the names of its tabs; the function that is returned draws the open tab."""
    if from_address("method") and OPEN not in st.session_state:
        st.session_state[OPEN] = True  # a link to a method shows it
    tabs = _tabs(run, query, item_id, answer)
    names = comma_list(lowered(tr(name)) for name in tabs)
    label = tr("Evidence · {tabs}", tabs=names)
    fold = st.expander(label, key=OPEN, icon=":material/fact_check:", bind="query-params")
    if not fold.open:
        return lambda: None
    with fold:
        places = widgets.tabs([*tabs], TAB)

    def draw() -> None:
        for place, tab in zip(places.values(), tabs.values(), strict=True):
            if place.open:
                with place:
                    tab()

    return draw


def _tabs(run: OpenRun, query: Query, item_id: str, answer: Answer) -> dict[Message, Callable[[], None]]:
    """Name -> what draws it, for what there is of this model and item."""
    exact, tabs = answer.exact, {}
    if exact is not None:
        tabs[message("Methods")] = lambda: methods.tab(run, query, item_id, exact)
        tabs[message("Faithfulness")] = lambda: verdict.tab(run, query, item_id, exact)
        if exact.explanation.attention is not None and exact.explanation.contributions:
            tabs[message("Attention")] = lambda: methods.attention_chart(run, query, exact)
    if run.model.window:
        tabs[message("Counterfactual")] = lambda: smallest_change.tab(run, query, item_id)
    if content_reasons.is_shown(run):
        tabs[message("Words & picture")] = lambda: content_reasons.tab(run, query, item_id)
    tabs[message("Edit history")] = lambda: edits.tab(run, query, item_id, exact)
    return tabs


def lowered(name: str) -> str:
    return name[:1].lower() + name[1:]
