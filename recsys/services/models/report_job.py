"""Making the report of a run as a job: a process of its own, so that the page stays usable.

The process notes itself in the folder of its run (runs/jobs.py, kind REPORT) and writes its progress to
`report_progress.json`, also where the command line writes the report to another file. The page's report is `report-LANGUAGE.html` there; like `trust.json` it is derived, so it is
neither exported nor imported, and one that is older than the results or the faithfulness of the run is not offered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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
TIMED = 0.5  # share of the work from which on the time left is estimated: before the explanations, each step has its own pace
State = Literal["none", "running", "failed"]


@dataclass(frozen=True)
class ReportProgress:
    """How the report of a run is going: `share` of the work done, and `text`, the current step, or where it failed the reason.

    `eta` in seconds is None at first. `language` is that of the page's report, "" where another file is written.
    """

    run_id: str
    title: str
    state: State
    share: float = 0.0
    text: str = ""
    eta: float | None = None
    language: str = ""


def start(workspace: Workspace, run_id: str, language: str) -> None:
    """Start to make the report of a run for the page. Raises RunError while one is being made."""
    folder = workspace.runs.open(run_id)
    if jobs.is_running(folder, REPORT):
        raise RunError(message("The report of run {run} is being made already.", run=run_id))
    _write(folder, 0.0, NO_TEXT, language)
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
    return _progress(workspace.runs.open(run_id))


def under_way(workspace: Workspace) -> list[ReportProgress]:
    """All reports that are being made on this host."""
    return [_progress(folder) for folder in jobs.all_running(workspace.runs, REPORT)]


def _progress(folder: RunFolder) -> ReportProgress:
    is_running = jobs.is_running(folder, REPORT)
    now = partial(ReportProgress, folder.run_id, folder.config.shown_title)
    try:
        line: dict[str, Any] = read_json(folder.path / PROGRESS)
        share, text, error = float(line["share"]), from_json(line["text"]), from_json(line.get("error", ""))
        began, written, language = float(line["began"]), float(line["written"]), str(line["language"])
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return now("running" if is_running else "none")
    if is_running:
        eta = (written - began) / share * (1 - share) - (time.time() - written) if share >= TIMED else None
        return now("running", share, text, eta if eta is None else max(0.0, eta), language)
    killed = message("The report ended without a result: its process was killed.")
    return now("failed", share, error or killed, None, language)


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
    of_page = language if path == path_of(folder, language) else ""
    with jobs.held(folder, REPORT):
        began = time.time()

        def both(share: float, doing: str) -> None:
            _write(folder, share, doing, of_page, began)
            tick(share, doing)

        try:
            answer = write_report(path, workspace, open_run(workspace, folder.run_id), language, both)
        except RecsysError as error:
            _write(folder, 0.0, NO_TEXT, of_page, began, error=to_json(error.message))
            raise
        (folder.path / PROGRESS).unlink(missing_ok=True)
    return answer


def _write(
    folder: RunFolder, share: float, doing: str, language: str = "", began: float | None = None, **more: Any
) -> None:
    """Write the progress, as of a report that began at this time, by default now."""
    now = time.time()
    line = {"share": share, "text": to_json(doing), "language": language, "began": began or now, "written": now, **more}
    write_json(folder.path / PROGRESS, line)
