"""The Quality tab: metrics, hit rate by K, and the baselines. A click on a point or a bar lists the users in it."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, metric_help, metric_keys, metric_label
from recsys.messages import message, plural
from recsys.models import MODELS
from recsys.sequences.split import SplitName
from recsys.services.models import user_lists
from recsys.services.models.baseline_verdict import p_text
from recsys.services.models.quality import Evaluation, hit_rate_curve
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import USER_IDS
from recsys.ui.models import history_order, protocol_twin, run_lists
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

BINS = (1, 2, 6, 11, 21, 51, 101, 501)
MOST = 50  # K of the hit-rate curve
HEIGHT = 270
SPLITS = {"test": message("Test"), "validation": message("Validation")}
IN_TOP = message("{model}: users whose held-out item is in the top {k}")
VIEWS = {"hits": metric_label("hr@K"), "ranks": message("Ranks")}
OWN = ""  # id of the model itself among the baselines


def show(run: OpenRun) -> None:
    """Metrics, charts and the users of what is selected in them."""
    with st.container(horizontal=True, vertical_alignment="center", key="quality_head"):
        split: SplitName = "validation" if _split() == "validation" else "test"
        try:
            evaluation = run_cache.evaluated(workspace(), run, split)
        except RecsysError as error:
            fail(error)
            _accuracy(run)
            return
        st.markdown(plain(evaluation.verdict, 900))
    _metrics(evaluation)
    left, right = st.columns(2, gap="large")
    with left:
        picked_left = _ranks(run, evaluation)
    with right:
        picked_right = _baselines(run, evaluation)
    for side, picked in (("ranks", picked_left), ("baselines", picked_right)):
        _listed(run, evaluation, picked, f"users_{side}")
    run_lists.show(run)
    text = plural("{dataset}, {n:,} user. Protocol: {protocol}.", "{dataset}, {n:,} users. Protocol: {protocol}.",
                  evaluation.num_users, dataset=plain(run.dataset.name), protocol=plain(evaluation.protocol))  # fmt: skip
    st.caption(tr(text))
    protocol_twin.show(run, evaluation)
    history_order.show(run, split)


def _split() -> str:
    return st.segmented_control(tr("Held-out events"), list(SPLITS), default="test", key="split", required=True,
                                label_visibility="collapsed", format_func=lambda name: tr(SPLITS[name])) or "test"  # fmt: skip


def _accuracy(run: OpenRun) -> None:
    if run.record.accuracy is not None:
        st.metric(tr("Training accuracy"), f"{run.record.accuracy:.1%}", border=True,
                  help=tr("Share of events and sampled negatives classified correctly."))  # fmt: skip


def _metrics(evaluation: Evaluation) -> None:
    with st.container(horizontal=True, gap="small", key="quality_metrics"):
        for key in metric_keys(CUT_OFF, "key", "card"):
            low, high = evaluation.intervals[key]
            text = tr("{help} 95% interval {low:.3f} to {high:.3f}", help=metric_help(key), low=low, high=high)
            st.metric(tr(metric_label(key)), f"{evaluation.metrics[key]:.3f}", help=text, border=True)


class Picked(NamedTuple):
    """What is selected in a chart: its heading, its rows of the targets, and the baseline that it is about."""

    title: str
    rows: np.ndarray
    baseline: str = OWN


def _ranks(run: OpenRun, evaluation: Evaluation) -> Picked | None:
    """Hit rate by K beside the baselines, or how many users' items are at which rank."""
    view = st.segmented_control(tr("View"), list(VIEWS), default="hits", key="rank_view", required=True,
                                format_func=lambda name: tr(VIEWS[name]))  # fmt: skip
    return _histogram(evaluation) if view == "ranks" else _hit_rates(run, evaluation)


def _hit_rates(run: OpenRun, evaluation: Evaluation) -> Picked | None:
    most = min(MOST, run.dataset.interactions.num_items)
    ranks = {OWN: evaluation.ranks} | {name: evaluation.baseline_ranks[name] for name in evaluation.against}
    titles = {OWN: localized(run.model.title)} | {name: localized(MODELS[name].title) for name in evaluation.against}
    lines = {name: (titles[name], hit_rate_curve(column, most)) for name, column in ranks.items()}
    key = f"hit_rates_{evaluation.split}"
    alt = tr("Hit rate at K by K, of the model and of the baselines. A click on a point lists the users.")
    compact_charts.compact(compact_charts.hit_rates(lines), key, alt, HEIGHT, "rerun", legend=True)
    name, k = compact_charts.selected(key, 0), compact_charts.selected(key, 1)
    if name is None or k is None or name not in ranks:
        return None
    title = tr(IN_TOP.format(model=plain(titles[name]), k=k))
    return Picked(title, user_lists.in_top(ranks[name], int(k)), name)


def _histogram(evaluation: Evaluation) -> Picked | None:
    counts, _ = np.histogram(evaluation.ranks, [*BINS, np.inf])
    ends = [*BINS[1:], np.inf]
    labels = [f"{low}" if high - low == 1 else f"{low}–{high - 1}" for low, high in itertools.pairwise(BINS)]
    labels.append(tr("{rank}+ or never", rank=BINS[-1]))
    figure = charts.bars(labels, counts, tr("rank of the held-out item"), tr("users"))
    key = f"ranks_{evaluation.split}"
    alt = tr("Users by the rank of their held-out item in the whole catalogue.")
    compact_charts.compact(compact_charts.with_ids(figure, [str(low) for low in BINS]), key, alt, HEIGHT, "rerun")
    low = compact_charts.selected(key)
    if low is None:
        return None
    index = BINS.index(int(low))
    rows = user_lists.between(evaluation.ranks, BINS[index], ends[index])
    return Picked(tr("Users whose held-out item is at rank {ranks}", ranks=labels[index]), rows)


def _baselines(run: OpenRun, evaluation: Evaluation) -> Picked | None:
    """One metric of the run and of the baselines, best first; a click lists whom only one of them serves."""
    keys = list(evaluation.metrics)
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        metric = st.selectbox(tr("Metric"), keys, index=keys.index(HEADLINE), key="metric", format_func=_metric)
        with st.popover(tr("Data"), icon=":material/table_rows:", type="tertiary", help=tr("Chart data as a table")):
            alt = tr("Metrics of the model and of the baselines")
            config = {_metric(name): st.column_config.NumberColumn(format="%.3f") for name in keys}
            st.dataframe(_table(run, evaluation), hide_index=True, key="compared_table", alt=alt, column_config=config)
    names = sorted(evaluation.against, key=lambda name: -evaluation.baselines[name][metric])
    figure = charts.compared(
        [localized(run.model.title), *(localized(MODELS[name].title) for name in names)],
        [evaluation.metrics[metric], *(evaluation.baselines[name][metric] for name in names)],
        [evaluation.intervals[metric], *(evaluation.baseline_intervals[name][metric] for name in names)],
        _metric(metric),
    )
    key = f"compared_{evaluation.split}"
    alt = tr("{metric} beside the baselines for the same users, with 95% intervals over users. {help}",
             metric=metric_label(metric), help=metric_help(metric))  # fmt: skip
    compact_charts.compact(compact_charts.with_ids(figure, [OWN, *names]), key, alt, HEIGHT, "rerun")
    name = compact_charts.selected(key)
    if name is None:
        return None
    if name == OWN:
        rows = user_lists.in_top(evaluation.ranks, CUT_OFF)
        return Picked(tr(IN_TOP.format(model=plain(run.model.title), k=CUT_OFF)), rows)
    rows = user_lists.only_first(evaluation.baseline_ranks[name], evaluation.ranks, CUT_OFF)
    title = tr("Users whose held-out item is in the top {k} of {first} and not of {second}", k=CUT_OFF,
               first=plain(MODELS[name].title), second=plain(run.model.title))  # fmt: skip
    return Picked(title, rows, name)


def _metric(key: str) -> str:
    return tr(metric_label(key))


def _listed(run: OpenRun, evaluation: Evaluation, picked: Picked | None, key: str) -> None:
    if picked is None:
        return
    ranks = {tr("Rank by {model}", model=run.model.title): evaluation.ranks}
    if picked.baseline != OWN:
        ranks[tr("Rank by {model}", model=MODELS[picked.baseline].title)] = evaluation.baseline_ranks[picked.baseline]
    table = user_lists.targets_table(run.dataset, run.split.targets(evaluation.split), picked.rows, ranks)
    users = run.split.targets(evaluation.split).users[picked.rows]
    ids = (USER_IDS, [str(user_id) for user_id in run.dataset.interactions.user_ids[users]])
    listing.users(table, len(picked.rows), picked.title, key, run.config.run_id, as_slice=ids)


def _table(run: OpenRun, evaluation: Evaluation) -> pd.DataFrame:
    """All metrics of the run and of the baselines, and the test of the difference."""
    titles = {name: localized(MODELS[name].title) for name in evaluation.against}
    rows = {localized(run.model.title): evaluation.metrics} | {
        title: evaluation.baselines[name] for name, title in titles.items()
    }
    table = pd.DataFrame(rows).T.rename_axis(tr("Model")).rename(columns=_metric).reset_index()
    p_values = [
        p_text(difference.p_holm).removeprefix("p ").removeprefix("= ") for difference in evaluation.against.values()
    ]
    table[tr("p ({metric}, Holm)", metric=metric_label(HEADLINE))] = ["–", *p_values]
    return table
