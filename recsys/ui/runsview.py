"""The Runs page's parts: the table, what can be done with a run, taking one in."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.services import runs
from recsys.services.runs import RunSummary
from recsys.ui import nav
from recsys.ui.state import from_address, session, to_address, workspace
from recsys.ui.text import day, duration, plain, size
from recsys.ui.widgets import fail


def table(found: list[RunSummary]) -> RunSummary:
    """The list, newest first; gives the chosen run."""
    frame = pd.DataFrame(
        {
            "model": [run.title for run in found],
            "data": [run.dataset_name for run in found],
            "state": [run.state for run in found],
            "NDCG@10": [(run.metrics or {}).get("ndcg@10") for run in found],
            "hit rate@10": [(run.metrics or {}).get("hr@10") for run in found],
            "epochs": [run.epochs for run in found],
            "time": ["" if run.seconds is None else duration(run.seconds) for run in found],
            "memory": ["" if run.peak_memory is None else size(run.peak_memory) for run in found],
            "when": [day(run.created) for run in found],
            "run": [run.run_id for run in found],
        }
    )
    picked = st.dataframe(
        frame, hide_index=True, selection_mode="single-row", on_select="rerun", key="runs", alt="All runs, newest first",
        column_config={name: st.column_config.NumberColumn(format="%.4f") for name in ("NDCG@10", "hit rate@10")},
    )  # fmt: skip
    st.caption("Test metrics by leave-one-out on the full catalogue. Click a row to choose a run.")
    wanted = from_address("run") or session().run_id
    ids = [run.run_id for run in found]
    rows = picked["selection"]["rows"]
    place = rows[0] if rows else ids.index(wanted) if wanted in ids else 0
    to_address(run=ids[place])
    session().run_id = ids[place]
    return found[place]


def actions(found: list[RunSummary], run: RunSummary) -> None:
    st.subheader(f"{plain(run.title)} on {plain(run.dataset_name)}")
    with st.container(horizontal=True):
        if st.button("Open", type="primary", key="open_run", disabled=run.state not in ("finished", "stopped")):
            nav.go("recommend", run=run.run_id)
        if st.button("Watch", key="watch_run"):
            nav.go("train", run=run.run_id)
        if run.state in ("finished", "stopped"):
            st.download_button("Export", lambda: runs.export_run(workspace(), run.run_id), file_name=f"{run.run_id}.zip",
                               mime="application/zip", key="export_run")  # fmt: skip
        sure = st.checkbox("Really delete", key=f"sure_{run.run_id}")
        if st.button("Delete", key="delete_run", disabled=not sure):
            try:
                runs.delete_run(workspace(), run.run_id)
                session().run_id = None
                to_address(run=None)
                st.rerun()
            except RecsysError as error:
                fail(error)
    with st.expander("Settings"):
        rows = [{"setting": name, "value": str(value)} for name, value in {"seed": run.seed, **run.settings}.items()]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="run_settings", alt="Settings of the run")


def take_in() -> None:
    with st.expander("Take in an exported run", icon=":material/download:"):
        file = st.file_uploader("Exported run", type=["zip"], key="upload_run")
        if file is None or not st.button("Import this run", key="import_run"):
            return
        with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
            path = Path(folder) / "run.zip"
            path.write_bytes(file.getbuffer())
            try:
                run_id = runs.import_run(workspace(), path)
            except RecsysError as error:
                fail(error)
                return
        nav.go("recommend", run=run_id)
