"""The reports in the sidebar: those being made, with a way to stop them, and those finished in this session, to download."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from recsys.errors import RecsysError
from recsys.services.models import report_job
from recsys.services.models.report_job import ReportProgress
from recsys.ui.shell import nav
from recsys.ui.shell.job_line import job_line
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import rerun, session, workspace
from recsys.ui.shell.text import duration, plain


def reports() -> list[tuple[ReportProgress, Path | None]]:
    """The reports to show: each that is being made, and those of this session that have ended since, with the file.

    One that was stopped, or whose run was deleted or has changed, is forgotten.
    """
    running = report_job.under_way(workspace())
    session().reports |= {now.run_id: now.language for now in running if now.language}
    shown: list[tuple[ReportProgress, Path | None]] = [(now, None) for now in running]
    for run_id, language in [*session().reports.items()]:
        if run_id in [now.run_id for now in running]:
            continue
        try:
            now = report_job.progress(workspace(), run_id)
            ready = report_job.report_of(workspace(), run_id, language)
        except RecsysError:  # deleted elsewhere
            forget(run_id)
            continue
        if now.state == "failed" or ready is not None:
            shown.append((now, ready))
        else:
            forget(run_id)
    return shown


def card(now: ReportProgress, ready: Path | None) -> None:
    """One report: how far it is, why it failed, or the button that downloads it."""
    if ready is not None and now.state != "failed":
        _ready(now, ready)
        return
    model, is_running = plain(now.title), now.state == "running"
    if is_running:
        text = tr("Report of {model}: {step}", model=model, step=progress_text(now))
    else:
        text = tr("The report of {model} failed: {reason}", model=model, reason=plain(now.text, 200))
    watch, end = job_line(
        f"report_job_{now.run_id}", text, f"watch_report_{now.run_id}",
        f"stop_report_{now.run_id}" if is_running else f"close_report_{now.run_id}",
        end_help=tr("Stop") if is_running else tr("Close"), is_end_disabled=is_running and is_presenting(),
    )  # fmt: skip
    if watch:
        nav.go("models", run=now.run_id, part="Export")
    if end:
        if is_running:
            report_job.stop(workspace(), now.run_id)
        forget(now.run_id)
        rerun()


def _ready(now: ReportProgress, ready: Path) -> None:
    st.caption(tr("The report of {model} is ready.", model=plain(now.title)))
    with st.container(horizontal=True):
        download(now.run_id, session().reports[now.run_id], ready, f"download_report_{now.run_id}")
        st.button(tr("Close"), key=f"close_report_{now.run_id}", on_click=forget, args=(now.run_id,))


def download(run_id: str, language: str, ready: Path, key: str) -> None:
    """The button that downloads a report."""
    st.download_button(
        tr("Download the report"), ready.read_bytes, file_name=f"report-{run_id}-{language}.html", mime="text/html",
        type="primary", on_click="ignore", key=key,
    )  # fmt: skip


def progress_text(now: ReportProgress) -> str:
    """The current step of a report, and the time left where it is known; escaped."""
    step = plain(now.text) or tr("Loading the model …")
    return step if now.eta is None else tr("{step}, {left} left", step=step, left=duration(now.eta))


def forget(run_id: str) -> None:
    """Show the report of a run in the sidebar no more."""
    session().reports.pop(run_id, None)
