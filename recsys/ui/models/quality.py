"""The Evaluate page's parts: headline, comparison with the baselines, ranks."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, metric_help, metric_keys, metric_label
from recsys.models import MODELS
from recsys.services.models.quality import Evaluation
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import count, plain

BINS = (1, 2, 6, 11, 21, 51, 101, 501)


def show(run: OpenRun) -> None:
    split = st.segmented_control("Held-out events", ["test", "validation"], default="test", key="split") or "test"
    try:
        evaluation = run_cache.evaluated(workspace(), run, split)
    except RecsysError as error:
        fail(error)
        if run.record.accuracy is not None:
            st.metric("Accuracy while training", f"{run.record.accuracy:.1%}", border=True,
                      help="Share of events and sampled negatives classified correctly.")  # fmt: skip
        return
    st.markdown(plain(evaluation.verdict, 900))
    with st.container(horizontal=True):
        for key in metric_keys(CUT_OFF, "key", "card"):
            low, high = evaluation.intervals[key]
            text = f"{metric_help(key)} 95 % interval {low:.4f} to {high:.4f}"
            st.metric(metric_label(key), f"{evaluation.metrics[key]:.4f}", help=text, border=True)
    st.caption(
        f"{plain(run.dataset.name)}, {count(evaluation.num_users, 'user')}. Protocol: {plain(evaluation.protocol)}."
    )
    beside_baselines(run, evaluation)
    st.subheader("Where the held-out item was found")
    counts, _ = np.histogram(evaluation.ranks, [*BINS, np.inf])
    labels = [f"{low}" if high - low == 1 else f"{low}-{high - 1}" for low, high in itertools.pairwise(BINS)]
    labels.append(f"{BINS[-1]}+ or never")
    charts.show(charts.bars(labels, counts, "rank of the held-out item", "users"), "ranks",
                "Rank of each user's held-out item in the whole catalogue.", pd.DataFrame({"rank": labels, "users": counts}))  # fmt: skip


def beside_baselines(run: OpenRun, evaluation: Evaluation) -> None:
    """One metric of the run and of each baseline as bars, all of them and the test of the difference as a table."""
    titles = {name: MODELS[name].title for name in evaluation.against}
    keys = list(evaluation.metrics)
    metric = st.selectbox("Metric", keys, index=keys.index(HEADLINE), key="metric", width=240, format_func=metric_label)
    names, values, spans = [run.model.title], [evaluation.metrics[metric]], [evaluation.intervals[metric]]
    for name, title in titles.items():
        names.append(title)
        values.append(evaluation.baselines[name][metric])
        spans.append(evaluation.baseline_intervals[name][metric])
    rows = {run.model.title: evaluation.metrics} | {title: evaluation.baselines[name] for name, title in titles.items()}
    table = pd.DataFrame(rows).T.rename_axis("model").rename(columns=metric_label).reset_index()
    table[f"p ({metric_label(HEADLINE)}, Holm)"] = [np.nan, *(one.p_holm for one in evaluation.against.values())]
    charts.show(charts.compared(names, values, spans, metric_label(metric)), "compared",
                f"{metric_label(metric)} beside the baselines, for the same users; lines are 95 % intervals over users.",
                table)  # fmt: skip
    st.caption(metric_help(metric))
