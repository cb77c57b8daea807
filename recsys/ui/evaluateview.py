"""The Evaluate page's parts: headline, comparison with the simple models, ranks."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.models import MODELS
from recsys.services.opening import OpenRun
from recsys.ui import answers, charts
from recsys.ui.state import workspace
from recsys.ui.text import count, plain
from recsys.ui.widgets import fail

NAMES = {"hr": "Hit rate", "ndcg": "NDCG", "mrr": "MRR", "precision": "Precision", "recall": "Recall"}
BINS = (1, 2, 6, 11, 21, 51, 101, 501)


def show(run: OpenRun) -> None:
    split = st.segmented_control("Held-out events", ["test", "validation"], default="test", key="split") or "test"
    try:
        found = answers.evaluated(workspace(), run, split)
    except RecsysError as error:
        fail(error)
        if run.record.accuracy is not None:
            st.metric("Accuracy while training", f"{run.record.accuracy:.1%}", border=True,
                      help="Touched and sampled untouched pairs that fell on the right side of one half.")  # fmt: skip
        return
    st.markdown(plain(found.verdict))
    with st.container(horizontal=True):
        for name in ("ndcg@10", "hr@10", "mrr@10", "precision@10"):
            low, high = found.intervals[name]
            kind, k = name.split("@")
            st.metric(
                f"{NAMES[kind]} @{k}",
                f"{found.metrics[name]:.4f}",
                help=f"95 % interval {low:.4f} to {high:.4f}",
                border=True,
            )
    st.caption(f"{plain(run.dataset.name)}, {count(found.num_users, 'user')}. Protocol: {plain(found.protocol)}.")
    title = run.model.title
    names = [title, *(MODELS[name].title for name in found.baselines if name != run.config.model)]
    others = [name for name in found.baselines if name != run.config.model]
    metric = st.selectbox("Metric", list(found.metrics), index=list(found.metrics).index("ndcg@10"), key="metric", width=240,
                          format_func=lambda m: f"{NAMES[m.split('@')[0]]} @{m.split('@')[1]}")  # fmt: skip
    values = [found.metrics[metric], *(found.baselines[name][metric] for name in others)]
    spans = [found.intervals[metric], *(found.baseline_intervals[name][metric] for name in others)]
    rows = {title: found.metrics, **{MODELS[name].title: found.baselines[name] for name in others}}
    table = pd.DataFrame(rows).T.rename_axis("model").reset_index()
    charts.show(charts.compared(names, values, spans, metric.replace("@", " @")), "compared",
                "Beside the simple models on the same users; lines are 95 % intervals over users.", table)  # fmt: skip
    st.subheader("Where the held-out item was found")
    counts, _ = np.histogram(found.ranks, [*BINS, np.inf])
    labels = [f"{low}" if high - low == 1 else f"{low}-{high - 1}" for low, high in itertools.pairwise(BINS)]
    labels.append(f"{BINS[-1]}+ or never")
    charts.show(charts.bars(labels, counts, "rank of the held-out item", "users"), "ranks",
                "Rank of each user's held-out item in the whole catalogue.", pd.DataFrame({"rank": labels, "users": counts}))  # fmt: skip
