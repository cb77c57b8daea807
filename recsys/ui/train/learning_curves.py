"""Curves of the watched run and of others on the same dataset, and the log of its epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import message
from recsys.services.models import leaderboard
from recsys.services.models.leaderboard import RunSummary
from recsys.services.train.job_list import Progress
from recsys.ui.parts.compact_charts import LearningCurve, compact, learning_curves, selected
from recsys.ui.shell import cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import from_address, session, to_address, workspace
from recsys.ui.shell.text import comma_list, day, unique_labels

MOST, BESIDE = 6, 4  # curves in one chart; others that are drawn unless a person chooses
NONE = "none"  # in the link
HEIGHT = 360
COLUMNS = {  # of the log
    "epoch": message("epoch"),
    "loss": message("training loss"),
    "ndcg": message("validation NDCG@10"),
    "accuracy": message("accuracy"),
    "epsilon": message("ε spent"),
    "seconds": message("seconds"),
}


def choose(dataset_id: str, now: Progress | None) -> dict[str, Progress]:
    """Name -> progress of the other runs to draw: the newest, or those chosen here, which the link then names."""
    watched = now.run_id if now else ""
    runs = {
        run.run_id: run
        for run in leaderboard.list_runs(workspace())
        if run.dataset_id == dataset_id and run.run_id != watched and (run.epochs is None or run.epochs > 0)
    }
    curves = {run_id: cache.progress(workspace(), run_id) for run_id in [*runs][: 3 * MOST]}
    drawable = {
        run_id: progress for run_id, progress in curves.items() if progress.epochs_done or progress.is_under_way
    }
    if not drawable:
        return {}
    usual = [*drawable][: BESIDE if now else MOST]
    names = _names([runs[run_id] for run_id in drawable])
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{tr('Learning curves')}**", width="content")
        with st.popover(tr("Choose runs"), icon=":material/stacked_line_chart:", type="tertiary", key="curves_of"):
            chosen = st.multiselect(
                tr("Runs beside this one") if now else tr("Runs"), list(drawable), _linked(drawable, usual), key=f"beside_{watched}",
                format_func=names.__getitem__, max_selections=MOST, placeholder=tr("Choose runs on the same data"),
            )  # fmt: skip
    to_address(beside=None if chosen == usual else ",".join(chosen) or NONE)
    return {names[run_id]: drawable[run_id] for run_id in chosen if drawable[run_id].epochs_done}


def _linked(drawable: dict[str, Progress], usual: list[str]) -> list[str]:
    in_link = from_address("beside")
    return usual if in_link is None else [run_id for run_id in in_link.split(",") if run_id in drawable]


def _names(runs: list[RunSummary]) -> dict[str, str]:
    """The label of each run, with its day where several have the same."""
    labels = {run.run_id: localized(run.label) for run in runs}
    doubled = {label for label in labels.values() if list(labels.values()).count(label) > 1}
    return unique_labels(
        {
            run.run_id: f"{label}, {day(run.created)}" if label in doubled else label
            for run, label in zip(runs, labels.values(), strict=True)
        }
    )


def draw(now: Progress | None, others: dict[str, Progress]) -> None:
    """Ranking quality and loss by epoch, the watched run strongest."""
    is_current = bool(now and now.epochs_done)
    runs = [*([now] if now and now.epochs_done else []), *others.values()]
    names_of_runs = [*([tr("{model} (this run)", model=now.title)] if now and now.epochs_done else []), *others]
    curves = [_curve(name, run, now or runs[0]) for name, run in zip(names_of_runs, runs, strict=True)]
    if not curves:
        return
    is_evaluated = any(value is not None for curve in curves for value in curve.quality)
    quality = tr(metric_label(HEADLINE)) if is_evaluated else tr("accuracy")
    figure = learning_curves(curves, quality, is_first_current=is_current)
    names = comma_list(curve.name for curve in curves)
    alt = tr("Validation quality and training loss by epoch: {models}", models=names)
    compact(figure, "learning_curves", alt, HEIGHT, _note_epoch, legend=True)
    at_epoch({curve.name: run for curve, run in zip(curves, runs, strict=True)})


def _note_epoch() -> None:
    """Keep the epoch that was clicked: each new epoch of a training is a new chart, where nothing is selected."""
    session().epoch = selected("learning_curves")


def at_epoch(runs: Mapping[str, Progress]) -> None:
    """The figures of the epoch that was clicked, a row a run that has reached it."""
    epoch = session().epoch
    if epoch is None:
        return
    lines = {name: line for name, run in runs.items() for line in run.epochs_done if line["epoch"] == int(epoch)}
    rows = [{tr("run"): name} | {tr(COLUMNS[key]): line.get(key) for key in COLUMNS} for name, line in lines.items()]
    alt = tr("Epoch {epoch}", epoch=epoch)
    st.markdown(f"**{alt}**")
    st.dataframe(pd.DataFrame(rows).dropna(axis=1, how="all"), hide_index=True, key="at_epoch", alt=alt)


def _curve(name: str, run: Progress, beside: Progress) -> LearningCurve:
    """The curve of a run; its loss is left out where it is of another kind than that of the run it is drawn beside."""
    lines = run.epochs_done
    has_ndcg = any(line["ndcg"] is not None for line in lines)
    is_same_kind = not beside.epochs_done or _is_pairwise(run) == _is_pairwise(beside)
    return LearningCurve(
        name,
        [line["epoch"] for line in lines],
        [line["loss"] if is_same_kind else None for line in lines],
        [line["ndcg"] if has_ndcg else line["accuracy"] for line in lines],
    )


def _is_pairwise(run: Progress) -> bool:
    """Whether the loss is that of yes and no over pairs, which is the one that comes with an accuracy."""
    return run.epochs_done[-1]["accuracy"] is not None


def log(now: Progress) -> None:
    """The epochs as a table, folded; also the data of the chart."""
    with st.expander(tr("Epoch log"), icon=":material/list:", key="epoch_log"):
        rows: list[dict[str, Any]] = list(now.epochs_done)[::-1]
        table = pd.DataFrame(rows).reindex(columns=[*COLUMNS]).dropna(axis=1, how="all")
        table = table.rename(columns={name: tr(COLUMNS[name]) for name in COLUMNS})
        st.dataframe(table, hide_index=True, height=240, key="epoch_table", alt=tr("Epochs of this run, newest first"))
