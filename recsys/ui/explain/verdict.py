"""The Explain page's part on whether a reason holds: filled into the card once everything else is drawn."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.explain.explanation import FeatureContribution
from recsys.explain.questions.faithfulness import BEATEN, MAX_GAP, Faithfulness, Verdict
from recsys.explain.words.judgement import badge as word_of
from recsys.services.explain import verdict as faithfulness
from recsys.services.explain.explain_item import Why
from recsys.services.explain.verdict import Judged
from recsys.services.recommend.recommendation import Asker
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain.explain_item import Card, in_words, save
from recsys.ui.parts import charts
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

LOOKS: dict[Verdict, tuple[str, str]] = {
    "holds": ("green", "check_circle"),
    "weak": ("orange", "help"),
    "does not hold": ("red", "cancel"),
    "cannot be judged": ("gray", "do_not_disturb_on"),
}


def fill(run: OpenRun, asker: Asker, item_id: str, card: Card | None) -> None:
    """The verdicts, on what the sentence is made from and on the method shown; a sentence that does not hold is replaced."""
    if card is None:
        return
    card.verdict.caption("Does it hold? The model is being asked again …")
    own = explanation_cache.judged(workspace(), run, asker, item_id, None)
    shown = own
    if card.told is not card.exact:
        shown = explanation_cache.judged(workspace(), run, asker, item_id, card.told.explanation.method)
    assert own is not None and shown is not None, "what can be explained can be judged"
    card.headline.markdown(in_words(faithfulness.replaced(card.exact, own), headline_badge(own)))
    with card.verdict.container():
        st.markdown(f"{badge(shown.found.verdict)} {plain(shown.grounds[:1].upper() + shown.grounds[1:], 600)}")
        with st.expander("Does it hold? Figures and curves", icon=":material/fact_check:", key="figures"):
            figures(card.told, shown)
    with card.handout:
        save(run, asker, faithfulness.replaced(card.told, own), shown.sentence)


def headline_badge(own: Judged) -> str:
    """The verdict where the headline names what was judged; else where the headline comes from."""
    if own.judges_headline:
        return badge(own.found.verdict)
    return ":gray-badge[:material/stacked_bar_chart: From the score breakdown]"


def badge(verdict: Verdict) -> str:
    colour, icon = LOOKS[verdict]
    return f":{colour}-badge[:material/{icon}: {word_of(verdict)}]"


def figures(told: Why, judged: Judged) -> None:
    """What the verdict rests on."""
    found, known = judged.found, judged.found.reference
    orders = len(known.curves_RS)
    rows = [
        ("area while taken away", f"{found.deletion:.3f}", f"lower is better; random orders {found.random:.3f}"),
        ("random orders that do no better, taken away", f"{found.deletion_beaten:.0%}", f"{BEATEN:.0%} of {orders} at least"),
        ("area while put back", f"{found.insertion:.3f}", f"higher is better; random orders {found.random:.3f}"),
        ("random orders that do no better, put back", f"{found.insertion_beaten:.0%}", f"{BEATEN:.0%} of {orders} at least"),
        ("completeness gap", _number(found.gap, ".2%"), f"under {MAX_GAP:.0%}, where parts should add up"),
        ("rank correlation with exact removals", _number(found.spearman, "+.2f"), "no part of the verdict"),
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=["figure", "value", "to hold"]), hide_index=True, key="figures_table",
                 alt="What the verdict rests on, and what it takes to hold")  # fmt: skip
    if known.num_parts:
        curves(told, found)


def curves(told: Why, found: Faithfulness) -> None:
    random, there = found.reference.curves_RS.mean(0), found.reference.kept_S / found.reference.num_parts
    what = "inputs" if isinstance(told.explanation.contributions[0], FeatureContribution) else "past events"
    away = 1 - there[::-1]
    table = pd.DataFrame(
        {
            "taken away": [f"{share:.0%}" for share in away], "in its order": found.deletion_S,
            "in random orders": random[::-1], "put back": [f"{share:.0%}" for share in there],
            "in its order, put back": found.insertion_S, "in random orders, put back": random,
        }
    )  # fmt: skip
    lines = {
        f"share of {what} taken away": (away, found.deletion_S, random[::-1]),
        f"share of {what} put back": (there, found.insertion_S, random),
    }
    figure = charts.against_random(lines, told.quantity.unit)
    charts.show(figure, "curves", f"What becomes of the suggestion while {what} are taken away, or put back, the strongest "
                "first. Areas are means of these lines, counted from where nothing is known, in units of the largest change "
                "that random orders make.", table)  # fmt: skip


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
