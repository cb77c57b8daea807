"""The leaderboard: the models of a dataset, best first, as a table whose rows are selected."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.services.models.standings import Score, Standing, list_metrics
from recsys.ui.models import selection
from recsys.ui.shell import cache
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain, size

ROW, HEADER = 35, 37  # pixels
TALLEST = 11  # rows in view
NO_NUMBER = "n/a"
LABELS = {"coverage": "Coverage", "diversity": "Diversity", "novelty": "Novelty", "gini": "Gini"}
HELP = {
    "coverage": "Share of the catalogue that is recommended to someone.",
    "diversity": "How different the items of one list are, on average.",
    "novelty": "How unpopular the recommended items are, in bits.",
    "gini": "Inequality of exposure: 0 if every item is recommended equally often.",
}


def best(board: list[Standing]) -> None:
    """Which model to take, in a plain sentence."""
    advice = cache.advised(workspace(), board)
    if advice is None:
        st.caption("No model of this dataset is evaluated yet.")
        return
    name, score = plain(advice.best.run.label, 60), advice.best.score("validation")
    assert score is not None
    test = advice.best.score("test")
    tested = f", {test.mean:.3f} on the test" if test else ""
    text = f"**Best for you: {name}** has the highest validation {metric_label(HEADLINE)} ({score.mean:.3f}{tested})."
    if advice.smaller is not None:
        other, times = plain(advice.smaller.run.label, 60), f"{advice.times_smaller:,.0f}"
        text += f" **{other}** is {times} times smaller and not significantly worse ({p_of(advice.p)})."
    with st.container(key="best"):
        st.markdown(text, help="The best is chosen on validation, so that its test figure stays fair. The smaller model is "
                    "the smallest whose paired difference on validation is not significant.")  # fmt: skip


def p_of(p: float) -> str:
    return f"p = {p:.2f}".replace("0.", ".")


def table(board: list[Standing], chosen: Sequence[str]) -> None:
    """The rows. A press on a row selects its model, the boxes at the left select several to compare."""
    ids = [standing.run.run_id for standing in board]
    rows = sorted(ids.index(run_id) for run_id in chosen)
    frame, config = _frame(board)
    key = _key(ids, rows)
    st.dataframe(
        frame, hide_index=True, key=key, on_select=partial(_pressed, key, ids), placeholder=NO_NUMBER, column_config=config,
        selection_mode=["multi-row", "single-cell"], selection_default={"selection": {"rows": rows, "columns": [], "cells": []}},
        alt="Models of the dataset, best validation NDCG@10 first", height=HEADER + ROW * min(len(board), TALLEST),
    )  # fmt: skip


def _key(ids: Sequence[str], rows: list[int]) -> str:
    """The key of the table: a new one where it shows another selection than the link names, as after a choice in the sidebar."""
    digest = hashlib.sha256(" ".join(ids).encode()).hexdigest()[:8]  # row 2 of another list is another run
    shown = st.session_state.get(f"runs_{digest}_{selection.mount()}")
    if shown is not None and sorted(shown["selection"]["rows"]) != rows:
        st.session_state[selection.MOUNT] = selection.mount() + 1
    return f"runs_{digest}_{selection.mount()}"


def _pressed(key: str, ids: Sequence[str]) -> None:
    pressed = st.session_state[key]["selection"]
    if pressed["cells"]:
        selection.select([ids[pressed["cells"][0][0]]])
    elif pressed["rows"]:
        selection.select(selection.keep_main([ids[row] for row in pressed["rows"]]))


def _frame(board: Sequence[Standing]) -> tuple[pd.DataFrame, dict]:
    """The table and how its columns are drawn; a column without any value is left out."""
    column = st.column_config
    label = metric_label(HEADLINE)
    curves = [list(standing.measured.curve) if len(standing.measured.curve) > 1 else None for standing in board]
    columns = {
        "model": ([standing.run.label for standing in board], column.TextColumn("Model", width=138, pinned=True)),
        "validation": (
            [standing.value("validation") for standing in board],
            column.NumberColumn("Validation", format="%.3f", width=74, help=f"{label} on validation: models are ranked by it."),
        ),
        "test": (
            [with_interval(standing.score("test")) for standing in board],
            column.TextColumn("Test", width=88, help=f"{label} on the test, with half the width of its 95 % interval over users."),
        ),
        "curve": (curves, column.LineChartColumn("Curve", width=60, help=f"Validation {label} by epoch.")),
        "time": (
            [time_of(standing.run.seconds) for standing in board],
            column.TextColumn("Time", width=62, help="Time of training."),
        ),
        "size": ([size_of(standing.measured.num_bytes) for standing in board], column.TextColumn("Size", width=62, help="Size of the weights.")),
        "faithful": (
            [standing.faithful for standing in board],
            column.NumberColumn("Faithful", format="percent", width=62, help="Share of users whose explanation is faithful; n/a where "
                                "it was not measured: see Explanations."),
        ),
    }  # fmt: skip
    for name in list_metrics(board):
        values = [standing.value(name) for standing in board]
        columns[name] = values, column.NumberColumn(LABELS[name], format="%.3f", width=75, help=HELP[name])
    if len({standing.protocol for standing in board}) > 1:
        protocols = [standing.protocol for standing in board]
        columns["protocol"] = protocols, column.TextColumn("Evaluated on", width=150, help="Only rows with the same value are comparable.")  # fmt: skip
    if any(standing.run.state != "finished" for standing in board):
        columns["state"] = [state_of(standing) for standing in board], column.TextColumn("State", width=80)
    frame = pd.DataFrame({name: values for name, (values, _) in columns.items()})
    return frame, {name: config for name, (_, config) in columns.items()}


def state_of(standing: Standing) -> str:
    return "untrained" if standing.run.is_untrained else standing.run.state


def with_interval(score: Score | None) -> str | None:
    if score is None:
        return None
    if score.interval is None:
        return f"{score.mean:.3f}"
    return f"{score.mean:.3f} ±{(score.interval[1] - score.interval[0]) / 2:.3f}".replace("±0.", "±.")


def time_of(seconds: float | None) -> str | None:
    """A length of time, short enough for a narrow column."""
    if seconds is None:
        return None
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def size_of(num_bytes: int | None) -> str | None:
    if num_bytes is None:
        return None
    return (
        f"{num_bytes / 1e3:.0f} kB"
        if num_bytes < 1e6
        else f"{num_bytes / 1e6:.1f} MB"
        if num_bytes < 1e8
        else size(num_bytes)
    )
