"""The Explain page's parts on where the score comes from, and on why one item comes before another."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.services.explain import contrastive, explain_item, score_breakdown
from recsys.services.explain.contrastive import Contrast
from recsys.services.explain.score_breakdown import BreakdownReport
from recsys.services.recommend import recommendation
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import explanation_cache, run_cache
from recsys.ui.shell.state import follow_address, lead_address, workspace
from recsys.ui.shell.text import plain

SHOWN = 8  # bars of a comparison
ROW, FRAME = 30, 110  # pixels of a bar, and of what stands around the bars
MANY = 5000  # items to choose from
NOTHING = ""


def break_down_score(run: OpenRun, query: Query, item_id: str) -> None:
    """The budget of the recommendation; what the card above could not explain is not asked about again."""
    try:
        breakdown = explanation_cache.sourced(workspace(), run, query, item_id)
    except RecsysError:
        return
    st.subheader("Where the score comes from")
    st.markdown(plain(breakdown.sentence))
    names, values = [name for name, _ in breakdown.sources], [value for _, value in breakdown.sources]
    start = (score_breakdown.BLIND if breakdown.start else "nothing", breakdown.start)
    steps = [start, *breakdown.sources, ("rounding", breakdown.residual), ("this item", breakdown.value)]
    table = pd.DataFrame(steps, columns=["source", breakdown.quantity.unit])
    figure = charts.waterfall(names, values, start, "this item", breakdown.quantity.unit)
    charts.show(figure, "sources", adds_up(breakdown), table, FRAME + ROW * len(steps))


def adds_up(breakdown: BreakdownReport) -> str:
    span = f"together from {breakdown.start:.2f} to {breakdown.value:.2f} ({breakdown.quantity.unit})"
    return (
        f"Blue lifts the item, orange lowers it: {span}. A bar is what a source adds on average over all orders of the "
        "sources (Shapley): to all the others it may add less, or more."
    )


def why_not(run: OpenRun, query: Query, item_id: str) -> None:
    """A second item to compare with: of the list, or one that was expected."""
    if not explain_item.methods(run):
        return
    st.subheader("Why not another item?")
    labels = run_cache.labels(workspace(), run.dataset.dataset_id)
    ids = run.dataset.interactions.item_ids
    first = {item.item_id: f"{item.rank}. {item.title}" for item in recommendation.recommend_items(run, query, 10)}
    names = first | {str(ids[i]): name for i, name in list(labels.items())[:MANY] if str(ids[i]) not in first}
    names.pop(item_id, None)
    options = [NOTHING, *names]
    follow_address("against", "against", options, None)
    other = st.selectbox(
        "Compare with", options, key="against", format_func=lambda i: names[i] if i else "no other item",
        help="One of the list, or any title that you expected to see.",
    )  # fmt: skip
    lead_address("against", "against", other)
    if not other:
        return
    try:
        contrast = explanation_cache.contrasted(workspace(), run, query, item_id, other)
    except RecsysError as error:
        fail(error)
        return
    compared(contrast)


def compared(contrast: Contrast) -> None:
    with st.container(border=True, key="versus"):
        st.markdown(plain(contrast.sentence, 900))
    bars_of_pair = contrastive.bars(contrast)
    table = pd.DataFrame(bars_of_pair, columns=["what", "contribution"])
    first, other = plain(contrast.first.title, 60), plain(contrast.second.title, 60)
    caption = f"Change when this alone is removed: blue raises {first}, orange for {other}."
    left, right = st.columns(2, gap="large")
    with left:
        names, values = [name for name, _ in bars_of_pair[:SHOWN]], [value for _, value in bars_of_pair[:SHOWN]]
        charts.show(charts.signed_bars(names, values, contrast.quantity.unit), "versus_bars", caption, table, 320)
    with right:
        names, values = [name for name, _ in contrast.sources.sources], [value for _, value in contrast.sources.sources]
        figure = charts.waterfall(names, values, ("no difference", 0.0), "between the two", contrast.quantity.unit)
        says = f"Where the difference comes from: together {contrast.sources.value:+.2f} for {first}."
        charts.show(
            figure, "versus_sources", says, pd.DataFrame(contrast.sources.sources, columns=["source", "adds"]), 320
        )
