"""The leaderboard: the models of a dataset, best first, as a table whose rows are selected."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from recsys.evaluation.list_report import DEFINITIONS
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import message, plural
from recsys.runs.forgotten import ONLY_RECORDS
from recsys.services.models.baseline_verdict import p_text
from recsys.services.models.standings import LIST_METRICS, Score, Standing, list_metrics, without_test
from recsys.services.train.job_list import STATE_NAMES
from recsys.ui.models import selection
from recsys.ui.parts.chart_frame import ems
from recsys.ui.shell import cache, sliced
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.run_labels import run_names
from recsys.ui.shell.state import from_address, to_address, workspace
from recsys.ui.shell.text import plain, size

ROW, HEADER = 35, 37  # pixels
TALLEST = 11  # rows in view
NARROW, WIDE = 138, 250  # pixels of the model's name, without and with what tells runs of a model apart
LONG = 10.7  # font sizes of text that NARROW fits
ALL = "all"  # parameter of the link: whether the test figures of all runs are shown
OLDER = message("Older: trained before the newest events were added to the dataset.")
LABELS = {name: DEFINITIONS[name].label for name in LIST_METRICS}
HELP = {name: DEFINITIONS[name].help for name in LIST_METRICS}


def best(board: list[Standing]) -> None:
    """Which model to take, in a plain sentence."""
    advice = cache.advised(workspace(), board)
    if advice is None and all(standing.run.saw_forgotten for standing in board):
        st.caption(tr(ONLY_RECORDS))
        return
    if advice is None:
        st.caption(tr("No model of this dataset is evaluated yet."))
        return
    best_run = next(standing for standing in board if standing.run.run_id == advice.best.run.run_id)
    name, score = plain(best_run.run.label, 60), best_run.score("validation")
    assert score is not None
    test = best_run.score("test")
    text = message("**Best on validation: {model}**, {metric} {validation:.3f}.")
    if test:
        text = message("**Best on validation: {model}**, {metric} {validation:.3f} ({test:.3f} on the test).")
    text = text.format(
        model=name, metric=metric_label(HEADLINE), validation=score.mean, test=test.mean if test else 0.0
    )
    if advice.smaller is not None:
        smaller = message("**{model}** is {times:,.0f} times smaller and not significantly worse ({p}).").format(
            model=plain(advice.smaller.run.label, 60), times=advice.times_smaller, p=p_text(advice.p)
        )
        text = message(" ").join([text, smaller])
    why = message("The best model is chosen on validation, so that its test metrics stay fair.")
    if advice.smaller is not None:
        small = message("The smaller one is the smallest model with no significant paired difference on validation.")
        why = message(" ").join([why, small])
    with st.container(key="best"):
        st.markdown(tr(text), help=tr(why))


def note_protocols(board: Sequence[Standing]) -> None:
    """Why a better row can come later, where the models were evaluated on different events, and that they know no newer events."""
    if len({standing.protocol for standing in board if standing.score("validation")}) > 1:
        st.caption(tr("Ranked among models evaluated on the same events; see “Evaluated on” at the right."))
    if any(standing.run.newer for standing in board):
        st.caption(tr(OLDER))


def shown(board: list[Standing]) -> list[Standing]:
    """The board without the test figures of sweep runs that are not the winner, unless all were asked for."""
    return board if from_address(ALL) else without_test(board)


def note_hidden(board: Sequence[Standing]) -> None:
    """How many runs keep their test figures back, and the way to see them."""
    num_hidden = sum(standing.run.hides_test for standing in board)
    if not num_hidden:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="hidden_runs"):
        if from_address(ALL):
            st.caption(
                tr(
                    "All runs are shown with their test figures. Choose on validation: the test is then a fair estimate."
                )
            )
            st.button(
                tr("Hide test figures"), key="hide_test", type="tertiary", on_click=to_address, kwargs={ALL: None}
            )
            return
        st.caption(tr(plural("The test figures of {n:,} sweep run are hidden: validation alone chooses the winner.",
                             "The test figures of {n:,} sweep runs are hidden: validation alone chooses the winner.",
                             num_hidden)))  # fmt: skip
        st.button(tr("Show all runs"), key="show_all_runs", type="tertiary", on_click=to_address, kwargs={ALL: "1"})


def table(board: list[Standing], chosen: Sequence[str]) -> None:
    """The rows. A press on a row selects its model, the boxes at the left select several to compare."""
    ids = [standing.run.run_id for standing in board]
    rows = sorted(ids.index(run_id) for run_id in chosen)
    frame, config = _frame(board, chosen[0])
    key = _key(ids, rows)
    st.dataframe(
        frame, hide_index=True, key=key, on_select=partial(_pressed, key, ids), placeholder="–", column_config=config,
        selection_mode=["multi-row", "single-cell"], selection_default={"selection": {"rows": rows, "columns": [], "cells": []}},
        alt=tr("Models of the dataset, best validation NDCG@10 first"), height=HEADER + ROW * min(len(board), TALLEST),
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


def _frame(board: Sequence[Standing], ranked_by: str) -> tuple[pd.DataFrame, dict]:
    """The table and how its columns are drawn; a column without any value is left out.

    `ranked_by`: id of the run whose ranks a condition of the slice on ranks is about.
    """
    column = st.column_config
    label = metric_label(HEADLINE)
    curves = [list(standing.measured.curve) if len(standing.measured.curve) > 1 else None for standing in board]
    names = run_names(standing.run for standing in board)
    width = WIDE if max(map(ems, names.values())) > LONG else NARROW
    columns = {
        "model": ([names[standing.run.run_id] for standing in board], column.TextColumn(tr("Model"), width=width, pinned=True)),
        "validation": (
            [standing.value("validation") for standing in board],
            column.NumberColumn(tr("Validation"), format="%.3f", width=74, help=tr("{metric} on validation: models are ranked by it.", metric=label)),
        ),
        "test": (
            [with_interval(standing.score("test")) for standing in board],
            column.TextColumn(tr("Test"), width=98, help=tr("{metric} on the test, ± half the width of its 95% interval over users.", metric=label)),
        ),
        "curve": (curves, column.LineChartColumn(tr("Curve"), width=50, help=tr("Validation {metric} by epoch.", metric=label))),
        "time": (
            [time_of(standing.run.seconds) for standing in board],
            column.TextColumn(tr("Time"), width=58, help=tr("Training time.")),
        ),
        "size": ([size_of(standing.measured.num_bytes) for standing in board], column.TextColumn(tr("Size"), width=58, help=tr("Size of the weights."))),
        "faithful": (
            [faithful_of(standing) for standing in board],
            column.TextColumn(tr("Faithful"), width=62, alignment="right", help=tr("Share of users with a faithful explanation, where it was "
                              "measured. *: comes with the sample, measured on a model with the same data, settings and seed.")),
        ),
    }  # fmt: skip
    if width == WIDE:  # the table keeps its width of a screen of 1280
        del columns["size"], columns["curve"]
    in_slice = sliced.scores([standing.run for standing in board], ranked_by)
    if in_slice:
        is_hidden = {standing.run.run_id for standing in board if standing.run.hides_test and not from_address(ALL)}
        ids = [standing.run.run_id for standing in board]
        of_slice = [None if run_id in is_hidden else with_interval(in_slice.get(run_id)) for run_id in ids]
        columns["slice"] = of_slice, column.TextColumn(tr("Slice"), width=98, help=tr("{metric} on the test targets in the slice, ± half the width of its 95% interval over users.", metric=label))  # fmt: skip
    for name in list_metrics(board):
        values = [standing.value(name) for standing in board]
        columns[name] = values, column.NumberColumn(tr(LABELS[name]), format="%.3f", width=75, help=tr(HELP[name]))
    if len({standing.protocol for standing in board}) > 1:
        protocols = [localized(standing.protocol) for standing in board]
        columns["protocol"] = protocols, column.TextColumn(tr("Evaluated on"), width=150, help=tr("Only rows with the same value are comparable."))  # fmt: skip
    if any(standing.run.state != "finished" or standing.run.saw_forgotten or standing.run.newer for standing in board):
        older = tr(OLDER) if any(standing.run.newer for standing in board) else None
        columns["state"] = (
            [state_of(standing) for standing in board],
            column.TextColumn(tr("State"), width=80, help=older),
        )
    frame = pd.DataFrame({name: values for name, (values, _) in columns.items()})
    return frame, {name: config for name, (_, config) in columns.items()}


def state_of(standing: Standing) -> str:
    if standing.run.saw_forgotten:
        return tr("record only")
    if standing.run.newer and standing.run.state == "finished":
        return tr("older data")
    return tr(message("untrained") if standing.run.is_untrained else STATE_NAMES[standing.run.state])


def faithful_of(standing: Standing) -> str | None:
    """The share with a star where it comes with the sample."""
    return None if standing.faithful is None else f"{standing.faithful:.0%}{'*' if standing.is_shipped else ''}"


def with_interval(score: Score | None) -> str | None:
    if score is None:
        return None
    if score.interval is None:
        return f"{score.mean:.3f}"
    return f"{score.mean:.3f} ±{(score.interval[1] - score.interval[0]) / 2:.3f}"


def time_of(seconds: float | None) -> str | None:
    """A length of time, short enough for a narrow column."""
    if seconds is None:
        return None
    if seconds < 100:
        return tr("{seconds:.1f} s", seconds=seconds) if seconds < 10 else tr("{seconds:.0f} s", seconds=seconds)
    if seconds < 6000:
        return tr("{minutes:.1f} min", minutes=seconds / 60)
    return tr("{hours:.1f} h", hours=seconds / 3600)


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
