"""Where the score comes from: a compact waterfall over the sources of the score."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.messages import message
from recsys.services.explain import behind_point, score_breakdown, source_notes
from recsys.services.explain.numbers import number
from recsys.services.explain.score_breakdown import BreakdownReport
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import clicked
from recsys.ui.explain.answer_card import Answer
from recsys.ui.explain.event_chart import heading
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.text import plain

ROW, FRAME = 30, 70  # pixels of a bar, and of what stands around the bars
LOWEST = 236
CHANCE = message(
    "The chance is the model’s: the softmax of the scores of all candidates. Log-odds are ln(chance / (1 − chance)), so "
    "that 0 is 50%."
)


def show(run: OpenRun, query: Query, item_id: str, answer: Answer) -> None:
    breakdown = answer.breakdown
    sources = [(localized(name), value) for name, value in breakdown.sources]
    start = (localized(score_breakdown.BLIND) if breakdown.start else tr("nothing"), breakdown.start)
    unit, end = localized(breakdown.quantity.unit), tr("this item")
    steps = [start, *sources, (tr("rounding"), breakdown.residual), (end, breakdown.value)]
    table = pd.DataFrame(steps, columns=[tr("source"), unit])
    notes = [localized(note) for note in source_notes.notes(breakdown)]
    heading(tr("Where the score comes from"), "", table, adds_up(breakdown))
    names, values = [name for name, _ in sources], [value for _, value in sources]
    figure = charts.waterfall(names, values, start, end, unit, notes)
    height = max(LOWEST, FRAME + ROW * (len(names) + 2))
    effects = clicked.effects_of(answer.exact.exact) if answer.exact is not None else {}
    ids = [behind_point.id_of_source(key, sorted(effects)) for key in breakdown.keys]
    figure = compact_charts.with_ids(figure, ["", *ids, ""])
    alt = f"{localized(breakdown.sentence)} {adds_up(breakdown)}"
    compact_charts.compact(figure, "sources", alt, height, "rerun")
    st.caption(plain(breakdown.sentence))
    clicked.listed(run, query, item_id, "sources", effects)


def adds_up(breakdown: BreakdownReport) -> str:
    """What the bars add up to, and how each is computed."""
    text = message(
        "Blue raises the item, orange lowers it: together from {start} to {end} ({unit}). Each bar is the effect of a source, "
        "averaged over all orders of the sources (Shapley).",
        start=number(breakdown.start), end=number(breakdown.value), unit=breakdown.quantity.unit,
    )  # fmt: skip
    return tr(message(" ").join([text, CHANCE]) if breakdown.start else text)
