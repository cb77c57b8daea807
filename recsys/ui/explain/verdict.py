"""Whether the reason is faithful: the badge, filled in once everything else is drawn, and the evidence for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.explain.explanation import FeatureContribution
from recsys.explain.questions.faithfulness import BEATEN, MAX_GAP, Faithfulness, Verdict
from recsys.explain.words.judgement import badge as word_of
from recsys.messages import message
from recsys.services.explain import behind_point, explain_item
from recsys.services.explain import verdict as faithfulness
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.explain.html_report import render_html
from recsys.services.explain.numbers import number
from recsys.services.explain.verdict import JudgedExplanation
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import causes, clicked, methods
from recsys.ui.explain.answer_card import LONGEST, Answer
from recsys.ui.explain.evidence_charts import Removals, against_random
from recsys.ui.parts import charts
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import language, localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import capitalized, plain

LOOKS: dict[Verdict, tuple[str, str]] = {
    "holds": ("green", "check_circle"),
    "weak": ("orange", "help"),
    "does not hold": ("red", "cancel"),
    "cannot be judged": ("gray", "do_not_disturb_on"),
}
TESTED = {  # (inputs were removed instead of events, by the deletion test)
    (False, True): message(
        "Tested: removing the strongest events first drops it faster than {count} of {orders} random orders."
    ),
    (False, False): message(
        "Tested: adding the strongest events first raises it faster than {count} of {orders} random orders."
    ),
    (True, True): message(
        "Tested: removing the strongest inputs first drops it faster than {count} of {orders} random orders."
    ),
    (True, False): message(
        "Tested: adding the strongest inputs first raises it faster than {count} of {orders} random orders."
    ),
}
OF_EVENTS = message(
    "Score of the item as past events are removed, or added to an empty history: the largest contributions first. Area: mean "
    "height of a line above the score with an empty history, divided by the range of the scores in random orders."
)
OF_INPUTS = message(
    "Score of the item as inputs are removed, or added back: the largest contributions first. Area: mean height of a line "
    "above the score without any input, divided by the range of the scores in random orders."
)


def fill(run: OpenRun, query: Query, item_id: str, answer: Answer, causes_place: DeltaGenerator) -> None:
    """The verdict on the headline; where its reason is unfaithful, another headline with its own causes."""
    if answer.exact is None:
        return
    judged = explanation_cache.judge(workspace(), run, query, item_id, None)
    assert judged is not None, "what can be explained can be judged"
    shown = faithfulness.replaced(answer.exact, judged)
    text = headline_badge(judged)
    answer.badge.markdown(text, help=plain(capitalized(judged.grounds), 600))
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
                       help=tr("One file that opens in any browser, without the app or a network."))  # fmt: skip


def tab(run: OpenRun, query: Query, item_id: str, exact: ItemExplanation) -> None:
    """The verdict on the method shown: its grounds, figures and curves."""
    choices = {choice.name: choice for choice in explain_item.methods(run)}
    method = methods.chosen(run, choices)
    explained = methods.by_method(run, query, item_id, exact, method)
    judged = explanation_cache.judge(workspace(), run, query, item_id, explained.explanation.method)
    assert judged is not None, "what can be explained can be judged"
    line = message("{method}: {verdict}", method=choices[method].label, verdict=judged.grounds)
    st.markdown(f"{badge(judged.faithfulness.verdict)} {plain(line, 700)}")
    figures(run, query, explained, judged)


def headline_badge(judged: JudgedExplanation) -> str:
    """The verdict where the headline names what was judged; else where the headline comes from."""
    if judged.judges_headline:
        tested = better_than(judged.faithfulness, of_fields=judged.of_fields)
        return f"{badge(judged.faithfulness.verdict)} {tested and f':small[{tested}]'}"
    source = tr("From the score breakdown")
    return f":gray-badge[:material/stacked_bar_chart: {source}]"


def better_than(result: Faithfulness, *, of_fields: bool) -> str:
    """How many random orders the weaker of both tests beats; "" where that says nothing."""
    if result.verdict == "cannot be judged" or not result.matters:
        return ""
    orders = len(result.reference.curves_RS)
    is_deletion = result.deletion_beaten <= result.insertion_beaten
    count = round(min(result.deletion_beaten, result.insertion_beaten) * orders)
    return tr(TESTED[of_fields, is_deletion], count=count, orders=orders)


def badge(verdict: Verdict) -> str:
    """The verdict in its colour."""
    colour, icon = LOOKS[verdict]
    return f":{colour}-badge[:material/{icon}: {localized(word_of(verdict))}]"


def figures(run: OpenRun, query: Query, explained: ItemExplanation, judged: JudgedExplanation) -> None:
    """The figures of the verdict, and what is required of each."""
    result, reference_curves = judged.faithfulness, judged.faithfulness.reference
    beaten = tr("at least {share:.0%} of {orders} random orders", share=BEATEN, orders=len(reference_curves.curves_RS))
    rows = [
        (tr("deletion area"), f"{result.deletion:.3f}", tr("lower is better; random orders {area:.3f}", area=result.random)),
        (tr("deletion: better than random"), f"{result.deletion_beaten:.0%}", beaten),
        (tr("insertion area"), f"{result.insertion:.3f}", tr("higher is better; random orders {area:.3f}", area=result.random)),
        (tr("insertion: better than random"), f"{result.insertion_beaten:.0%}", beaten),
        (tr("completeness gap"), _number(result.gap, ".2%"), tr("below {gap:.0%}, for methods whose contributions add up", gap=MAX_GAP)),
        (tr("rank correlation with exact removals"), _number(result.spearman, "+.2f"), tr("not part of the verdict")),
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=[tr("metric"), tr("value"), tr("required")]), hide_index=True,
                 key="figures_table", alt=tr("The figures of the verdict, and what is required of each"))  # fmt: skip
    if reference_curves.num_parts:
        curves(run, query, explained, result)


def curves(run: OpenRun, query: Query, explained: ItemExplanation, result: Faithfulness) -> None:
    random, there = result.reference.curves_RS.mean(0), result.reference.kept_S / result.reference.num_parts
    of_inputs = isinstance(explained.explanation.contributions[0], FeatureContribution)
    away = 1 - there[::-1]
    table = pd.DataFrame(
        {
            tr("removed"): [f"{share:.0%}" for share in away], tr("in this order"): result.deletion_S,
            tr("in random orders"): random[::-1], tr("added back"): [f"{share:.0%}" for share in there],
            tr("in this order, added back"): result.insertion_S, tr("in random orders, added back"): random,
        }
    )  # fmt: skip
    removed = tr("inputs removed") if of_inputs else tr("events removed")
    added = tr("inputs added back") if of_inputs else tr("events added back")
    kept = result.reference.kept_S
    lines = {
        removed: Removals(away, result.deletion_S, random[::-1], _strongest(explained, result, kept[-1] - kept[::-1])),
        added: Removals(there, result.insertion_S, random, _strongest(explained, result, kept)),
    }
    figure = against_random(lines, localized(explained.quantity.unit))
    charts.show(figure, "curves", tr(OF_INPUTS if of_inputs else OF_EVENTS), table, selects=True)
    clicked.listed(run, query, explained.item_id, "curves", clicked.effects_of(explained.explanation))


def _strongest(explained: ItemExplanation, result: Faithfulness, counts: np.ndarray) -> list[str]:
    """Ids of the so many strongest events, for each of the counts; "" where the parts are no events."""
    positions = sorted(clicked.effects_of(explained.explanation))
    if not positions:
        return [""] * len(counts)
    return [behind_point.id_of_events(positions[part] for part in result.order_P[:count]) for count in counts]


def _number(value: float | None, form: str) -> str:
    return tr("n/a") if value is None else number(value, form)
