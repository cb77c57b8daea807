"""Compare with another item: the button, and the difference of two items split by events and by sources."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.services.explain import behind_point, contrastive, explain_item
from recsys.services.explain.contrastive import Contrast
from recsys.services.explain.numbers import effect
from recsys.services.recommend import recommendation
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import clicked
from recsys.ui.explain.methods import FRAME, ROW
from recsys.ui.parts import charts, compact_charts
from recsys.ui.parts.item_select import LISTED
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import explanation_cache, run_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import follow_address, from_address, lead_address, to_address, workspace
from recsys.ui.shell.text import plain

SHOWN = 8  # bars of a comparison
NOTHING = ""
OPEN, AGAINST = "compare_open", "against"


def choose(run: OpenRun, query: Query, item_id: str) -> None:
    """The button that opens the list of items: of the recommendations, or one that was expected."""
    with st.popover(tr("Compare"), icon=":material/compare_arrows:", key=OPEN, on_change="rerun") as popover:
        if not popover.open:
            return
        labels = run_cache.labels(workspace(), run.dataset.dataset_id)
        ids = run.dataset.interactions.item_ids
        first = {item.item_id: f"{item.rank}. {item.title}" for item in recommendation.recommend_items(run, query, 10)}
        names = first | {str(ids[i]): name for i, name in list(labels.items())[:LISTED] if str(ids[i]) not in first}
        linked = from_address("against")
        if linked in run.dataset.interactions.item_index:
            names.setdefault(str(linked), labels[run.item(str(linked))])
        names.pop(item_id, None)
        options = [NOTHING, *names]
        now = options.index(follow_address("against", AGAINST, options, None))
        other = st.selectbox(
            tr("Compare with"), options, now, key=AGAINST, format_func=lambda i: names[i] if i else tr("no other item"),
            help=tr("A recommended item, or any item that you expected to see."), on_change=_close,
        )  # fmt: skip
        lead_address("against", AGAINST, other)


def _close() -> None:
    st.session_state[OPEN] = False
    to_address(against=st.session_state[AGAINST])


def _clear() -> None:
    to_address(against=None)


def result(run: OpenRun, query: Query, item_id: str) -> None:
    """The comparison with the item that the link names; nothing without one."""
    other = from_address("against")
    if (
        not other
        or other == item_id
        or other not in run.dataset.interactions.item_index
        or not explain_item.methods(run)
    ):
        return
    try:
        contrast = explanation_cache.contrasted(workspace(), run, query, item_id, other)
    except RecsysError as error:
        fail(error)
        return
    compared(run, query, contrast)


def compared(run: OpenRun, query: Query, contrast: Contrast) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, wrap=False, vertical_alignment="top"):
            st.container(key="versus", width="stretch").markdown(plain(contrast.sentence, 900))
            st.button(tr("Close"), icon=":material/close:", key="close_comparison", type="tertiary", on_click=_clear)
        left, right = st.columns(2, gap="large")
        with left:
            by_event(contrast)
        with right:
            by_source(contrast)
        for chart in ("versus_bars", "versus_sources"):
            clicked.listed(run, query, contrast.first.item_id, chart, clicked.effects_of(contrast.explanation))


def by_event(contrast: Contrast) -> None:
    parts = [(localized(name), value) for name, value in contrastive.bars(contrast)]
    table = pd.DataFrame(parts, columns=[tr("event or input"), tr("effect")])
    names, values = [name for name, _ in parts[:SHOWN]], [value for _, value in parts[:SHOWN]]
    caption = tr(
        "Change when this alone is removed: blue raises {first}, orange raises {second}.",
        first=plain(contrast.first.title, 60), second=plain(contrast.second.title, 60),
    )  # fmt: skip
    figure = charts.signed_bars(names, values, localized(contrast.quantity.unit))
    ids = [behind_point.id_of_part(part, contrast.explanation) for part in contrastive.parts(contrast)[:SHOWN]]
    height = FRAME + ROW * max(6, len(names))  # at least as high as the sources beside it
    charts.show(compact_charts.with_ids(figure, ids), "versus_bars", caption, table, height, selects=True)


def by_source(contrast: Contrast) -> None:
    sources = [(localized(name), value) for name, value in contrast.sources.sources]
    names, values = [name for name, _ in sources], [value for _, value in sources]
    unit = localized(contrast.quantity.unit)
    figure = charts.waterfall(names, values, (tr("no difference"), 0.0), tr("difference"), unit)
    caption = tr("Difference by source: {value} in total for {first}.",
                 value=effect(contrast.sources.value), first=plain(contrast.first.title, 60))  # fmt: skip
    table = pd.DataFrame(sources, columns=[tr("source"), tr("effect")])
    positions = sorted(clicked.effects_of(contrast.explanation))
    ids = [behind_point.id_of_source(key, positions) for key in contrast.sources.keys]
    charts.show(compact_charts.with_ids(figure, ["", *ids, ""]), "versus_sources", caption, table, 320, selects=True)
