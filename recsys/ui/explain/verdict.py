"""The Explain page's part on whether a reason holds: filled into the card once everything else is drawn."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.explain.explanation import FeatureContribution
from recsys.explain.questions.faithfulness import BEATEN, MAX_GAP, Faithfulness, Verdict
from recsys.explain.words.judgement import badge as word_of
from recsys.services.explain import verdict as faithfulness
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.explain.verdict import JudgedExplanation
from recsys.services.recommend.recommendation import Query
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


def fill(run: OpenRun, query: Query, item_id: str, card: Card | None) -> None:
    """The verdicts, on what the sentence is made from and on the method shown; a sentence that does not hold is replaced."""
    if card is None:
        return
    card.verdict.caption("Testing faithfulness …")
    verdict_of_exact = explanation_cache.judge(workspace(), run, query, item_id, None)
    shown = verdict_of_exact
    if card.told is not card.exact:
        shown = explanation_cache.judge(workspace(), run, query, item_id, card.told.explanation.method)
    assert verdict_of_exact is not None and shown is not None, "what can be explained can be judged"
    card.headline.markdown(
        in_words(faithfulness.replaced(card.exact, verdict_of_exact), headline_badge(verdict_of_exact))
    )
    with card.verdict.container():
        st.markdown(f"{badge(shown.faithfulness.verdict)} {plain(shown.grounds[:1].upper() + shown.grounds[1:], 600)}")
        with st.expander("Does it hold? Figures and curves", icon=":material/fact_check:", key="figures"):
            figures(card.told, shown)
    with card.handout:
        save(run, query, faithfulness.replaced(card.told, verdict_of_exact), shown.sentence)


def headline_badge(verdict_of_exact: JudgedExplanation) -> str:
    """The verdict where the headline names what was judged; else where the headline comes from."""
    if verdict_of_exact.judges_headline:
        return badge(verdict_of_exact.faithfulness.verdict)
    return ":gray-badge[:material/stacked_bar_chart: From the score breakdown]"


def badge(verdict: Verdict) -> str:
    colour, icon = LOOKS[verdict]
    return f":{colour}-badge[:material/{icon}: {word_of(verdict)}]"


def figures(explained: ItemExplanation, judged: JudgedExplanation) -> None:
    """What the verdict rests on."""
    result, reference_curves = judged.faithfulness, judged.faithfulness.reference
    orders = len(reference_curves.curves_RS)
    rows = [
        ("deletion area", f"{result.deletion:.3f}", f"lower is better; random orders {result.random:.3f}"),
        ("random orders that do no better, deletion", f"{result.deletion_beaten:.0%}", f"{BEATEN:.0%} of {orders} at least"),
        ("area while put back", f"{result.insertion:.3f}", f"higher is better; random orders {result.random:.3f}"),
        ("random orders that do no better, put back", f"{result.insertion_beaten:.0%}", f"{BEATEN:.0%} of {orders} at least"),
        ("completeness gap", _number(result.gap, ".2%"), f"under {MAX_GAP:.0%}, where parts should add up"),
        ("rank correlation with exact removals", _number(result.spearman, "+.2f"), "no part of the verdict"),
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=["figure", "value", "to hold"]), hide_index=True, key="figures_table",
                 alt="What the verdict rests on, and what it takes to hold")  # fmt: skip
    if reference_curves.num_parts:
        curves(explained, result)


def curves(explained: ItemExplanation, result: Faithfulness) -> None:
    random, there = result.reference.curves_RS.mean(0), result.reference.kept_S / result.reference.num_parts
    what = "inputs" if isinstance(explained.explanation.contributions[0], FeatureContribution) else "past events"
    away = 1 - there[::-1]
    table = pd.DataFrame(
        {
            "removed": [f"{share:.0%}" for share in away], "in its order": result.deletion_S,
            "in random orders": random[::-1], "put back": [f"{share:.0%}" for share in there],
            "in its order, put back": result.insertion_S, "in random orders, put back": random,
        }
    )  # fmt: skip
    lines = {
        f"share of {what} removed": (away, result.deletion_S, random[::-1]),
        f"share of {what} put back": (there, result.insertion_S, random),
    }
    figure = charts.against_random(lines, explained.quantity.unit)
    charts.show(figure, "curves", f"What becomes of the recommendation while {what} are removed, or put back, the strongest "
                "first. Areas are means of these lines, counted from where nothing is known, in units of the largest change "
                "that random orders make.", table)  # fmt: skip


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
