"""The guided tour: nine steps over the sample, told at the foot of the page that each is about.

Edits of the history made in one step are taken back before the next, so that every step shows what its text says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from recsys.messages import Message, message
from recsys.ui.shell import cache, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import rerun, session, workspace


@dataclass(frozen=True)
class Step:
    """A page with what to look at and what to do there.

    `query`: what its link says beside model and user. `evidence`: whether the drawer of Explain is open; its widget is
    bound to the link, which may then not be set.
    """

    page: str
    title: Message
    text: Message
    query: Mapping[str, str] = field(default_factory=dict)
    evidence: bool = False


STEPS = (
    Step(
        "data",
        message("The sample shop"),
        message(
            "2,000 people and 600 products. The charts show when they bought, how long histories are, and how few items "
            "carry most events. Open **Items** to search them."
        ),
    ),
    Step(
        "train",
        message("A network learns"),
        message(
            "A GRU4Rec reads each history in order and learns what comes next. The loss falls, NDCG@10 on held-out items "
            "rises; the best epoch is kept."
        ),
    ),
    Step(
        "recommend",
        message("What next for this person?"),
        message(
            "Above: the history, newest first. Below: the recommendations, each with a short reason. Press a card for more."
        ),
    ),
    Step(
        "recommend",
        message("Change the history"),
        message(
            "Switch on **Edit history** and remove the newest event. ▲ and ▼ show how the ranks move. The next step "
            "takes the edit back."
        ),
    ),
    Step(
        "explain",
        message("Why this item?"),
        message(
            "One sentence names the largest source of the score. The badge says whether it is faithful: removing these "
            "events drops the item faster than random removal."
        ),
    ),
    Step(
        "explain",
        message("What would change it?"),
        message(
            "**Remove** takes out the smallest set of events without which the item is no longer recommended. The rank "
            "changes at once; **Undo** brings the events back."
        ),
    ),
    Step(
        "explain",
        message("Is that true?"),
        message(
            "Scroll down to the evidence: events are removed in the order of the explanation, and in random orders. A faithful "
            "explanation lies below the random ones."
        ),
        {"proof": "Faithfulness"},
        evidence=True,
    ),
    Step(
        "models",
        message("Is the model any good?"),
        message(
            "The model beside simple baselines, with 95 % intervals. Differences within chance are called that."
        ),
        {"part": "Quality"},
    ),
    Step(
        "train",
        message("Your turn"),
        message(
            "Choose another model and train it beside the first; **Models** compares the two. Or import your own data on "
            "**Data**."
        ),
    ),
)  # fmt: skip


def start(run_id: str) -> None:
    """Begin the tour with the run that the sample is explained by."""
    session().tour, session().tour_run = 0, run_id
    _go(0)


def show() -> None:
    """Draw the current step at the foot of the page, where there is a tour."""
    number = session().tour
    if number is None:
        return
    step = STEPS[number]
    with st.bottom, st.container(key="tour", border=True, horizontal=True, vertical_alignment="center", wrap=True):
        place = tr("Step {number} of {steps}", number=number + 1, steps=len(STEPS))
        title, text = tr(step.title), tr(step.text)
        st.markdown(f":small[:gray[{place}]] **{title}** · {text}", width="stretch")
        is_last = number == len(STEPS) - 1
        if number and st.button(tr("Back"), key="tour_back"):
            _go(number - 1)
        if not is_last and st.button(
            tr("Next"), key="tour_next", type="primary", disabled=_is_waiting(STEPS[number + 1]),
            help=tr("The training of the sample has to end first.") if _is_waiting(STEPS[number + 1]) else None,
        ):  # fmt: skip
            _go(number + 1)
        if st.button(tr("Finish") if is_last else tr("Quit"), key="tour_quit"):
            session().tour = None
            rerun()


def _go(number: int) -> None:
    session().tour, step = number, STEPS[number]
    session().edits.clear()
    session().editing = None
    session().run_id = run_id = session().tour_run
    session().compare_id = None  # the tour is about one model
    st.session_state["evidence"] = step.evidence
    query = dict(step.query)
    if step.page in ("recommend", "explain"):
        query["user"] = _user(run_id)
    nav.go(step.page, run=run_id, **query)


def _is_waiting(step: Step) -> bool:
    """Whether the step needs the trained model and training has not ended."""
    return step.page not in ("data", "train") and cache.progress(workspace(), session().tour_run).is_under_way


def _user(run_id: str) -> str:
    from recsys.services.recommend.recommendation import starting_user  # imports torch: the first steps do without

    return starting_user(cache.opened(workspace(), run_id))
