"""The Export tab: the model, its report and its figures as files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.services.models import transfer
from recsys.services.models.leaderboard import RunSummary
from recsys.services.models.standings import Standing
from recsys.services.workspace.safe_csv import safe_csv
from recsys.ui.models import model_report
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain, size


def show(run: RunSummary, board: Sequence[Standing]) -> None:
    first, second, third = st.columns(3, gap="large")
    with first:
        st.subheader(tr("Report"), anchor=False)
        model_report.show(run.run_id)
    with second:
        st.subheader(tr("Model as a file"), anchor=False)
        export(run)
    with third:
        st.subheader(tr("Leaderboard as a table"), anchor=False)
        st.markdown(tr("All models of this dataset with their metrics, for a spreadsheet."))
        st.download_button(
            tr("Download CSV"), lambda: safe_csv(leaderboard_frame(board)), file_name="leaderboard.csv", mime="text/csv",
            on_click="ignore", key="export_leaderboard",
        )  # fmt: skip


def leaderboard_frame(board: Sequence[Standing]) -> pd.DataFrame:
    """One row a model, with every stored test metric."""
    return pd.DataFrame(
        [
            {
                "run": standing.run.run_id,
                "model": standing.run.label,
                "evaluated_on": standing.protocol,
                "validation_ndcg@10": standing.value("validation"),
                **{f"test_{name}": value for name, value in (standing.run.metrics or {}).items()},
                "seconds": standing.run.seconds,
                "bytes": standing.measured.num_bytes,
                "faithful_share": standing.faithful,
            }
            for standing in board
        ]
    )


def export(run: RunSummary) -> None:
    try:
        parts = transfer.describe_export(workspace(), run.run_id)
    except RecsysError as error:  # a blend: nothing went wrong, there is another way
        st.markdown(plain(error.message, 400))
        return
    data = parts.data > 0 and st.checkbox(
        tr("With the dataset, {size}", size=size(parts.data)), value=True, key=f"data_{run.run_id}"
    )
    pictures = parts.pictures > 0 and st.checkbox(
        tr("With its pictures, {size}", size=size(parts.pictures)), key=f"pictures_{run.run_id}", disabled=not data
    )
    if not data:
        st.caption(tr("Without its dataset, the model can be imported only where the same data are."))
    contents = transfer.describe_export(workspace(), run.run_id, data=data, pictures=pictures and data)
    st.download_button(
        tr("Export model"), lambda: packed(run.run_id, data, pictures and data), file_name=contents.file_name,
        mime="application/zip", type="primary", on_click="ignore", key="export_run",
    )  # fmt: skip


def packed(run_id: str, data: bool, pictures: bool) -> bytes:
    """Made on disk when it is downloaded; Streamlit then holds what it sends."""
    with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
        path = Path(folder) / "run.zip"
        transfer.export_run(workspace(), run_id, path, data=data, pictures=pictures)
        return path.read_bytes()
