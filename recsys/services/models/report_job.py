"""Making the report of a run as a job: a process of its own, so that the page stays usable.

The process notes itself in the folder of its run (runs/jobs.py, kind REPORT) and writes its progress to
`report_progress.json`. The page's report is `report-LANGUAGE.html` there; like `trust.json` it is derived, so it is
neither exported nor imported, and one that is older than the results or the faithfulness of the run is not offered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from recsys.data.files import read_json, write_json
from recsys.errors import RecsysError, RunError
from recsys.messages import NO_TEXT, from_json, message, to_json
from recsys.runs import jobs
from recsys.runs.jobs import REPORT
from recsys.runs.store import RESULTS, RunFolder
from recsys.runs.trust_record import TRUST
from recsys.services.workspace import Workspace

PROGRESS = "report_progress.json"
TICK_WAIT = 1.0  # seconds between two readings by a page
State = Literal["none", "running", "failed"]


@dataclass(frozen=True)
class ReportProgress:
    """How a report is going: `share` of the work done, and `text`, the current step, or where it failed the reason."""

    state: State
    share: float = 0.0
    text: str = ""


def start(workspace: Workspace, run_id: str, language: str) -> None:
    """Start to make the report of a run for the page. Raises RunError while one is being made."""
    folder = workspace.runs.open(run_id)
    if jobs.is_running(folder, REPORT):
        raise RunError(message("The report of run {run} is being made already.", run=run_id))
    _write(folder, 0.0, NO_TEXT)
    target = str(path_of(folder, language))
    arguments = ["report", run_id, target, "--language", language, "--workspace", str(workspace.path)]
    jobs.start(folder, arguments, REPORT)


def stop(workspace: Workspace, run_id: str) -> None:
    """End the job at once; nothing is kept."""
    jobs.stop(workspace.runs.open(run_id), at_once=True, kind=REPORT)
    forget(workspace, run_id)


def forget(workspace: Workspace, run_id: str) -> None:
    """Remove what a job that has ended without a report left behind."""
    folder = workspace.runs.open(run_id)
    for name in (PROGRESS, REPORT.process):
        (folder.path / name).unlink(missing_ok=True)


def progress(workspace: Workspace, run_id: str) -> ReportProgress:
    """Read how the report of a run is going."""
    folder = workspace.runs.open(run_id)
    is_running = jobs.is_running(folder, REPORT)
    try:
        line: dict[str, Any] = read_json(folder.path / PROGRESS)
        share, text, error = float(line["share"]), from_json(line["text"]), from_json(line.get("error", ""))
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return ReportProgress("running" if is_running else "none")
    if is_running:
        return ReportProgress("running", share, text)
    return ReportProgress(
        "failed", share, error or message("The report ended without a result: its process was killed.")
    )


def path_of(folder: RunFolder, language: str) -> Path:
    return folder.path / f"report-{language}.html"


def report_of(workspace: Workspace, run_id: str, language: str) -> Path | None:
    """The report of the page; None if there is none, or if the run has changed since."""
    folder = workspace.runs.open(run_id)
    path = path_of(folder, language)
    sources = [folder.path / name for name in (*RESULTS, TRUST)]
    changed = max((source.stat().st_mtime_ns for source in sources if source.exists()), default=0)
    return path if path.exists() and path.stat().st_mtime_ns > changed else None


def make_report(
    workspace: Workspace, run_id: str, path: Path, language: str, tick: Callable[[float, str], None]
) -> dict[str, Any]:
    """Write the report in this process, under the lock of the job; the answer of the `report` command.

    Errors of a person are also written to the progress, for the page.
    """
    from recsys.services.models.model_report import write_report
    from recsys.services.workspace.open_run import open_run

    folder = workspace.runs.open(run_id)
    with jobs.held(folder, REPORT):

        def both(share: float, doing: str) -> None:
            _write(folder, share, doing)
            tick(share, doing)

        try:
            answer = write_report(path, workspace, open_run(workspace, folder.run_id), language, both)
        except RecsysError as error:
            write_json(folder.path / PROGRESS, {"share": 0.0, "text": "", "error": to_json(error.message)})
            raise
        (folder.path / PROGRESS).unlink(missing_ok=True)
    return answer


def _write(folder: RunFolder, share: float, doing: str) -> None:
    write_json(folder.path / PROGRESS, {"share": share, "text": to_json(doing)})
