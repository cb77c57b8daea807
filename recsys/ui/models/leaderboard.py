"""The Runs page's parts: the table, what can be done with a run, taking one in. Comparing: compareview.py."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF, metric_keys, metric_label
from recsys.services.models import leaderboard, transfer
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.models import blends
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav
from recsys.ui.shell.state import from_address, session, to_address, workspace
from recsys.ui.shell.text import count, day, duration, plain, size


def table(runs: list[RunSummary]) -> list[RunSummary]:
    """The list, newest first, the columns that decide first; gives the chosen runs."""
    keys = metric_keys(CUT_OFF, "key")
    frame = pd.DataFrame(
        {
            "run": [run.label for run in runs],
            **{metric_label(key): [(run.metrics or {}).get(key) for run in runs] for key in keys},
            "data": [run.dataset_name for run in runs],
            "state": ["untrained" if run.is_untrained else run.state for run in runs],
            "time": ["" if run.seconds is None else duration(run.seconds) for run in runs],
            "when": [day(run.created) for run in runs],
        }
    )
    ids = [run.run_id for run in runs]
    ids_in_link = (from_address("compare") or from_address("run") or session().run_id or "").split(",")
    rows = [ids.index(run_id) for run_id in ids_in_link if run_id in ids] or [0]
    digest = hashlib.sha256(" ".join(ids).encode()).hexdigest()[:8]  # row 2 of another list is another run
    number = st.column_config.NumberColumn(format="%.4f", width=95)
    picked = st.dataframe(
        frame, hide_index=True, selection_mode="multi-row", on_select="rerun", key=f"runs_{digest}",
        selection_default={"selection": {"rows": rows, "columns": [], "cells": []}}, alt="All runs, newest first", placeholder="–",
        column_config={"run": st.column_config.TextColumn(width=170), **dict.fromkeys(map(metric_label, keys), number),
                       "data": st.column_config.TextColumn(width=120), "state": st.column_config.TextColumn(width=75),
                       "time": st.column_config.TextColumn(width=95), "when": st.column_config.TextColumn(width=130)},
    )  # fmt: skip
    st.caption(
        "Test metrics by leave-one-out on the full catalogue; comparable on the same data and target only. "
        "Tick one run to open it, two or more to compare or blend them."
    )
    chosen = [runs[row] for row in sorted(picked["selection"]["rows"])]
    if len(chosen) == 1:
        session().run_id = chosen[0].run_id
    to_address(
        run=chosen[0].run_id if len(chosen) == 1 else None,
        compare=",".join(run.run_id for run in chosen) if len(chosen) > 1 else None,
    )
    return chosen


def one(run: RunSummary) -> None:
    """A chosen run: what it is, and what can be done with it."""
    st.subheader(f"{plain(run.label)} on {plain(run.dataset_name)}")
    if run.note:
        st.text(run.note)
    if run.is_untrained:
        st.caption("Stopped before its first epoch ended: it has learnt nothing. Watch leads to Resume.")
    with st.container(horizontal=True):
        if st.button("Open", type="primary", key="open_run", disabled=not run.is_whole):
            nav.go("recommend", run=run.run_id)
        if not run.is_blend and st.button(
            "Watch", key="watch_run", help="How it learnt, and going on with it where it was stopped."
        ):
            nav.go("train", run=run.run_id)
        with st.popover("Name and note", key=f"about_{run.run_id}"):
            rename(run)
        with st.popover("Export", key=f"export_{run.run_id}", disabled=not run.is_whole):
            export(run)
        with st.popover("Delete", key=f"delete_{run.run_id}"):
            delete(run)
    if run.is_blend:
        blends.parts(run)
    details(run)


def rename(run: RunSummary) -> None:
    with st.form(f"rename_{run.run_id}", border=False):
        name = st.text_input("Name", run.name, max_chars=80, key=f"name_{run.run_id}", placeholder=run.title)
        note = st.text_area("Note", run.note, max_chars=2000, key=f"note_{run.run_id}")
        if st.form_submit_button("Save", type="primary", key=f"save_{run.run_id}"):
            try:
                leaderboard.rename_run(workspace(), run.run_id, name, note)
                st.rerun()
            except RecsysError as error:
                fail(error)
    st.caption("Shown wherever the run is named; its id stays.")


def export(run: RunSummary) -> None:
    if not run.is_whole:
        return
    try:
        parts = transfer.describe_export(workspace(), run.run_id)
    except RecsysError as error:  # a blend: nothing went wrong, there is another way
        st.markdown(plain(error.message, 400))
        return
    data = parts.data > 0 and st.checkbox(f"With the dataset, {size(parts.data)}", value=True, key=f"data_{run.run_id}")
    pictures = parts.pictures > 0 and st.checkbox(
        f"With its pictures, {size(parts.pictures)}", key=f"pictures_{run.run_id}", disabled=not data
    )
    if not data:
        st.caption("Without its dataset the run can be taken in only where the same data are.")
    contents = transfer.describe_export(workspace(), run.run_id, data=data, pictures=pictures and data)
    st.download_button(
        "Download", lambda: packed(run.run_id, data, pictures and data), file_name=contents.file_name,
        mime="application/zip", type="primary", on_click="ignore", key="export_run",
    )  # fmt: skip


def packed(run_id: str, data: bool, pictures: bool) -> bytes:
    """Made on disk when it is asked for; Streamlit then holds what it sends."""
    with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
        path = Path(folder) / "run.zip"
        transfer.export_run(workspace(), run_id, path, data=data, pictures=pictures)
        return path.read_bytes()


def delete(run: RunSummary) -> None:
    if run.state == "running":
        st.markdown("This run is training. Stop it first, on the Train page.")
        return
    if run.state == "unknown":
        st.markdown("This run may be training on another host. Watch it to see which, and to release it.")
        return
    why_not = leaderboard.why_not_deleted(workspace(), run.run_id)
    if why_not:
        st.markdown(plain(why_not))
        return
    num_files, num_bytes = leaderboard.files_of(workspace(), run.run_id)
    st.markdown(
        f"{count(num_files, 'file')} of **{plain(run.label)}** ({size(num_bytes)}) go for good: weights, metrics, progress, "
        f"name and note. The dataset {plain(run.dataset_name)} stays{', and so do the parts' if run.is_blend else ''}."
    )
    if st.button("Delete for good", type="primary", key="delete_run"):
        try:
            leaderboard.delete_run(workspace(), run.run_id)
        except RecsysError as error:
            fail(error)
            return
        session().run_id = None
        to_address(run=None)
        st.rerun()


def details(run: RunSummary) -> None:
    with st.expander("Settings and measurements"):
        facts = {
            "id": run.run_id,
            "model": run.title,
            "seed": run.seed,
            "suggests": run.target,
            **run.settings,
            "epochs run": run.epochs,
            "best validation NDCG@10": None if run.best_validation_ndcg is None else f"{run.best_validation_ndcg:.4f}",
            "targets per second": None if run.targets_per_second is None else f"{run.targets_per_second:,.0f}",
            "memory at most": None if run.peak_memory is None else size(run.peak_memory),
            "device": run.device,
        }
        rows = [{"setting": name, "value": str(value)} for name, value in facts.items() if value is not None]
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, key="run_settings", alt="Settings and measurements of the run"
        )


def import_model() -> None:
    with st.expander("Import model", icon=":material/download:"):
        file = st.file_uploader("Exported run", type=["zip"], key="upload_run")
        if file is None or not st.button("Import this run", key="import_run"):
            return
        with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
            path = Path(folder) / "run.zip"
            path.write_bytes(file.getbuffer())
            try:
                with st.spinner("Checking every part of it …"):
                    run_id = transfer.import_run(workspace(), path)
            except RecsysError as error:
                fail(error)
                return
        nav.go("recommend", run=run_id)
