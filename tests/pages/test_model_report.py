"""The report from the Export tab: a process makes it, the page stays usable, and downloads it."""

from __future__ import annotations

import time

import pytest

from recsys.runs import jobs
from recsys.services.models import report_job
from recsys.services.models.model_report import write_report
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("report-page")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "ease", "ease")
    return workspace


def keys(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **query: str) -> set[str]:
    app = opened("models", workspace.path, monkeypatch, run="ease", part="Export", **query)
    return {one.key for one in [*app.button, *app.get("download_button")] if "report" in (one.key or "")}


def test_a_report_is_made_by_a_process_that_can_be_stopped(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.runs.open("ease")
    app = opened("models", workspace.path, monkeypatch, run="ease", part="Export")
    app.button(key="make_report").click().run()
    assert not app.exception and jobs.is_running(folder, jobs.REPORT)
    app.button(key="stop_report").click().run()
    while jobs.is_running(folder, jobs.REPORT):
        time.sleep(0.05)
    assert report_job.progress(workspace, "ease").state == "none"
    assert keys(workspace, monkeypatch) == {"make_report"}


def test_a_report_is_downloaded_in_the_language_of_the_page(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = report_job.path_of(workspace.runs.open("ease"), "zh")
    write_report(path, workspace, open_run(workspace, "ease"), "zh")
    assert keys(workspace, monkeypatch, lang="zh") == {"make_report", "download_report"}
    assert keys(workspace, monkeypatch) == {"make_report"}
    path.unlink()


def test_a_process_that_died_is_said_and_the_report_can_be_made_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_job._write(workspace.runs.open("ease"), 0.5, "")
    app = opened("models", workspace.path, monkeypatch, run="ease", part="Export")
    assert "its process was killed" in app.error[0].value
    assert app.button(key="make_report")
    report_job.forget(workspace, "ease")
