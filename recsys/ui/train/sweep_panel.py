"""The live panel of a sweep, a search of settings: how far it is, the best so far, and its runs. Needs no torch."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import message
from recsys.services.train import sweep_runs
from recsys.services.train.sweep_runs import SWEEP_STATE_NAMES, SweepProgress, SweepRun, sweep_progress
from recsys.ui.models.setting_names import setting_name, setting_value
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, nav
from recsys.ui.shell.job_cards import progress_bar
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import rerun, session, workspace
from recsys.ui.shell.text import comma_list, duration, plain
from recsys.ui.train import sweep_charts

TICK = 2.0  # seconds
ROW, TALLEST = 35, 6  # pixels of a row, rows in view
OPEN = "sweep_open"


def panel(sweep_id: str) -> None:
    """The sweep, as a fragment that polls while a run of it is under way. The page stays when it has ended."""
    try:
        now = sweep_progress(workspace(), sweep_id)
    except RecsysError as error:
        fail(error)
        return
    under_way = watched(now)
    if sweep_id in session().watched - under_way and now.is_over:
        st.toast(
            tr("The sweep of {model} is done.", model=plain(now.record.shown_title)), icon=":material/check_circle:"
        )
    session().watched = under_way
    st.fragment(live, run_every=TICK if under_way else None)(sweep_id)


def watched(now: SweepProgress) -> set[str]:
    """Ids of the runs under way, and of the sweep while there are any."""
    run_ids = {run.run_id for run in now.runs if run.is_under_way}
    return {now.record.sweep_id, *run_ids} if run_ids else set()


def live(sweep_id: str) -> None:
    try:
        now = sweep_progress(workspace(), sweep_id)
    except RecsysError:  # deleted elsewhere
        rerun()
    state(now)
    best(now)
    measured = [run for run in now.finished if run.ndcg is not None]
    if len(measured) > 1:
        values = {name: [run.settings[name] for run in measured] for name in now.record.searched}
        sweep_charts.draw_parallel(values, [run.ndcg for run in measured if run.ndcg is not None])
    table(now)
    importance = now.importance
    if importance:
        with st.expander(tr("Importance of the settings"), icon=":material/bar_chart:", key="importance_of_settings"):
            sweep_charts.draw_importance(importance, len(measured))
    if not session().watched <= watched(now):
        rerun()  # a run has ended: the jobs in the sidebar are drawn anew


def state(now: SweepProgress) -> None:
    """How far the sweep is, with Stop while it runs and Resume where runs are missing."""
    done, runs, model = len(now.finished), len(now.runs), plain(now.record.shown_title)
    if now.is_under_way and now.eta is not None:
        text = tr("Sweep of {model}: {done:d} of {runs:d} runs done, about {left} left",
                  model=model, done=done, runs=runs, left=duration(now.eta))  # fmt: skip
    else:
        text = tr("Sweep of {model}: {done:d} of {runs:d} runs done", model=model, done=done, runs=runs)
    with st.container(horizontal=True, vertical_alignment="center", key="sweep_state"):
        with st.container(width="stretch"):
            st.progress(done / runs, text=text)
        if now.is_under_way and st.button(
            tr("Stop"), key="stop_sweep", icon=":material/stop_circle:", disabled=is_presenting()
        ):
            sweep_runs.stop(workspace(), now.record.sweep_id)
            st.toast(tr("Stopping the sweep: its finished runs are kept."))
            rerun()
        if (
            not now.is_under_way
            and done < runs
            and st.button(
                tr("Resume"), key="resume_sweep", icon=":material/play_arrow:", type="primary", disabled=is_presenting()
            )
        ):
            again(now.record.sweep_id)
    running = next((run for run in now.runs if run.state == "running"), None)
    if running is not None:
        progress_bar(cache.progress(workspace(), running.run_id))
    if now.failed:
        numbers = comma_list(str(run.number) for run in now.failed)
        st.warning(tr("Failed runs: {numbers}. Open one to see the reason.", numbers=numbers), icon=":material/error:")


def again(sweep_id: str) -> None:
    try:
        sweep_runs.resume(workspace(), sweep_id)
        rerun()
    except RecsysError as error:
        fail(error)


def best(now: SweepProgress) -> None:
    """The winner by validation, and what can be done with it; its test figure only where nothing is left to train."""
    winner = now.best
    if winner is None:
        if now.is_over:
            st.caption(tr("No run has a validation figure, so there is no winner."))
        return
    with st.container(border=True, key="sweep_best"):
        assert winner.ndcg is not None
        text = message("Best so far: run {number:d}, validation NDCG@10 {ndcg:.3f}")
        if now.is_over:
            text = message("Winner: run {number:d}, validation NDCG@10 {ndcg:.3f}")
        title = tr(text.format(number=winner.number, ndcg=winner.ndcg))
        st.markdown(f":material/trophy: **{title}**")
        st.caption(plain(settings_line(winner)))
        if now.test_metrics is not None:
            st.caption(tr("On the test events: NDCG@10 {ndcg:.3f}. Only the winner's is shown: it was chosen by validation.",
                          ndcg=now.test_metrics["ndcg@10"]))  # fmt: skip
        if now.is_under_way:
            return
        with st.container(horizontal=True, gap="xsmall"):
            if st.button(tr("Use the winner"), key="use_winner", type="primary", icon=":material/leaderboard:"):
                nav.go("models", run=winner.run_id)
            if st.button(tr("Same settings"), key="fill_winner", icon=":material/replay:",
                         help=tr("Fill the form with the settings of this run.")):  # fmt: skip
                nav.go("train", like=winner.run_id, sweep=now.record.sweep_id)


def settings_line(run: SweepRun) -> str:
    """The searched settings of a run: "Dropout (share): 0.3 · Layers: 2"."""
    return " · ".join(f"{setting_name(name)}: {setting_value(value)}" for name, value in run.settings.items())


def table(now: SweepProgress) -> None:
    """A row a run; a press on Open leads to the finished run on Models, and to any other here."""
    rows: list[dict[str, Any]] = [
        {tr("run"): run.number, tr("state"): tr(SWEEP_STATE_NAMES[run.state]), tr("validation NDCG@10"): run.ndcg}
        | {setting_name(name): value for name, value in run.settings.items()}
        | {tr("epochs"): run.epochs, tr("seconds"): run.seconds}
        for run in now.runs
    ]
    config, frame = st.column_config, pd.DataFrame(rows)
    frame.insert(3, "open", [tr("Open") if run.state != "missing" else "" for run in now.runs])
    st.dataframe(
        frame, hide_index=True, key="sweep_table", height=ROW * min(len(frame), TALLEST) + ROW + 3,
        alt=tr("Runs of the sweep"), placeholder="",
        column_config={
            "open": config.ButtonColumn("", width=70, key=OPEN),
            tr("validation NDCG@10"): config.NumberColumn(format="%.4f"),
            tr("seconds"): config.NumberColumn(format="%.0f"),
        },
    )  # fmt: skip
    pressed = st.session_state.get(OPEN)
    run = now.runs[int(pressed["row"])] if pressed else None
    if run is not None and run.state != "missing":
        nav.go("models" if run.state == "finished" else "train", run=run.run_id)
