"""Whether the reason is faithful: the badge, filled in once everything else is drawn, and the evidence for it."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.explain.explanation import FeatureContribution
from recsys.explain.questions.faithfulness import BEATEN, MAX_GAP, Faithfulness, Verdict
from recsys.explain.words.judgement import badge as word_of
from recsys.services.explain import explain_item
from recsys.services.explain import verdict as faithfulness
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.explain.html_report import render_html
from recsys.services.explain.verdict import JudgedExplanation
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import causes, methods
from recsys.ui.explain.answer_card import LONGEST, Answer
from recsys.ui.parts import charts
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import language, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

LOOKS: dict[Verdict, tuple[str, str]] = {
    "holds": ("green", "check_circle"),
    "weak": ("orange", "help"),
    "does not hold": ("red", "cancel"),
    "cannot be judged": ("gray", "do_not_disturb_on"),
}


def fill(run: OpenRun, query: Query, item_id: str, answer: Answer, causes_place: DeltaGenerator) -> None:
    """The verdict on the headline; where its reason is unfaithful, another headline with its own causes."""
    if answer.exact is None:
        return
    judged = explanation_cache.judge(workspace(), run, query, item_id, None)
    assert judged is not None, "what can be explained can be judged"
    shown = faithfulness.replaced(answer.exact, judged)
    text = headline_badge(judged)
    answer.badge.markdown(text, help=plain(judged.grounds[:1].upper() + judged.grounds[1:], 600))
    if judged.instead:
        answer.headline.markdown(plain(shown.sentence, LONGEST))
        causes.fill(run, answer, causes_place, of_parts=False)
    method = methods.chosen(run, {choice.name: choice for choice in explain_item.methods(run)})
    explained = methods.by_method(run, query, item_id, answer.exact, method)
    of_method = explanation_cache.judge(workspace(), run, query, item_id, explained.explanation.method)
    with answer.export.container():
        save(run, query, faithfulness.replaced(explained, judged), of_method.sentence if of_method else "")


def save(run: OpenRun, query: Query, explained: ItemExplanation, verdict: str) -> None:
    """Export the explanation as one HTML file, made on request."""
    tongue = language()
    st.download_button(tr("Export HTML"), lambda: render_html(run, query, explained, verdict=verdict, language=tongue),
                       mime="text/html",
                       key="handout", icon=":material/description:",
                       file_name=f"why-{run.config.run_id}-{run.item(explained.item_id)}.html",
                       help=tr("One file that anyone can open without the app; it loads nothing from elsewhere."))  # fmt: skip


def tab(run: OpenRun, query: Query, item_id: str, exact: ItemExplanation) -> None:
    """The verdict on the method shown: its grounds, figures and curves."""
    choices = {choice.name: choice for choice in explain_item.methods(run)}
    method = methods.chosen(run, choices)
    explained = methods.by_method(run, query, item_id, exact, method)
    judged = explanation_cache.judge(workspace(), run, query, item_id, explained.explanation.method)
    assert judged is not None, "what can be explained can be judged"
    grounds = plain(judged.grounds[:1].upper() + judged.grounds[1:], 600)
    st.markdown(f"{badge(judged.faithfulness.verdict)} {plain(choices[method].label)}: {grounds}")
    figures(explained, judged)


def headline_badge(judged: JudgedExplanation) -> str:
    """The verdict where the headline names what was judged; else where the headline comes from."""
    if judged.judges_headline:
        return badge(judged.faithfulness.verdict, better_than(judged.faithfulness))
    return ":gray-badge[:material/stacked_bar_chart: From the score breakdown]"


def better_than(result: Faithfulness) -> str:
    """Against how many random orders the removals do better, in both tests; "" where that says nothing."""
    if result.verdict == "cannot be judged" or not result.matters:
        return ""
    share, orders = min(result.deletion_beaten, result.insertion_beaten), len(result.reference.curves_RS)
    return (
        f" · better than all {orders} random orders" if share == 1 else f" · better than {share:.0%} of random orders"
    )


def badge(verdict: Verdict, figure: str = "") -> str:
    colour, icon = LOOKS[verdict]
    return f":{colour}-badge[:material/{icon}: {word_of(verdict)}{figure}]"


def figures(explained: ItemExplanation, judged: JudgedExplanation) -> None:
    """What the verdict rests on."""
    result, reference_curves = judged.faithfulness, judged.faithfulness.reference
    orders = len(reference_curves.curves_RS)
    rows = [
        ("deletion area", f"{result.deletion:.3f}", f"lower is better; random orders {result.random:.3f}"),
        ("random orders beaten, deletion", f"{result.deletion_beaten:.0%}", f"{BEATEN:.0%} of {orders} at least"),
        ("insertion area", f"{result.insertion:.3f}", f"higher is better; random orders {result.random:.3f}"),
        ("random orders beaten, insertion", f"{result.insertion_beaten:.0%}", f"{BEATEN:.0%} of {orders} at least"),
        ("completeness gap", _number(result.gap, ".2%"), f"under {MAX_GAP:.0%}, where parts should add up"),
        ("rank correlation with exact removals", _number(result.spearman, "+.2f"), "no part of the verdict"),
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=["figure", "value", "to hold"]), hide_index=True, key="figures_table",
                 alt=tr("What the verdict rests on, and what it takes to hold"))  # fmt: skip
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
    charts.show(figure, "curves", tr('What becomes of the recommendation while {what} are removed, or put back, the strongest first. Areas are means of these lines, counted from where nothing is known, in units of the largest change that random orders make.', what=what), table)  # fmt: skip


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
