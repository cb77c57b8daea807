"""The report from the Export tab: a process makes it, the page stays usable, and downloads it."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO, message
from recsys.runs import jobs
from recsys.services.models import report_job
from recsys.services.models.model_report import write_report
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from tests.pages.drive import opened, texts
from tests.pages.pseudo_language import raw_texts
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


def in_sidebar(app: AppTest) -> set[str]:
    buttons = [*app.sidebar.button, *app.sidebar.get("download_button")]
    return {button.key for button in buttons if "report" in (button.key or "")}


def test_a_report_that_is_being_made_is_seen_and_stopped_on_every_page(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.runs.open("ease")
    report_job.start(workspace, "ease", "en")
    app = opened("home", workspace.path, monkeypatch)
    assert in_sidebar(app) == {"watch_report_ease", "stop_report_ease"}
    assert "**Jobs** · 1" in texts(app)
    app.button(key="stop_report_ease").click().run()
    assert in_sidebar(app) == set()
    assert not jobs.is_running(folder, jobs.REPORT) and report_job.progress(workspace, "ease").state == "none"


def test_every_text_of_the_card_is_a_message(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "is_running", lambda folder, kind=None: kind == jobs.REPORT)
    folder = workspace.runs.open("ease")
    (folder.path / jobs.REPORT.process).write_text("{}")
    report_job._write(folder, 0.8, message("Done"), "xx")
    app = opened("home", workspace.path, monkeypatch, lang=PSEUDO)
    assert "stop_report_ease" in in_sidebar(app)
    assert raw_texts(app, "running") == set()
    monkeypatch.setattr(jobs, "is_running", lambda folder, kind=None: False)
    app.run()
    assert {"watch_report_ease", "close_report_ease"} == in_sidebar(app)
    assert raw_texts(app, "failed") == set()
    report_job.forget(workspace, "ease")


def test_a_finished_report_is_downloaded_where_it_was_pressed_and_in_the_list_of_jobs(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = report_job.path_of(workspace.runs.open("ease"), "en")

    def at_once(workspace: Workspace, run_id: str, language: str) -> None:
        write_report(path, workspace, open_run(workspace, run_id), language)

    monkeypatch.setattr(report_job, "start", at_once)
    app = opened("models", workspace.path, monkeypatch, run="ease", part="Export")
    assert in_sidebar(app) == set()
    app.button(key="make_report").click().run()
    assert "download_report" in {button.key for button in app.main.get("download_button")}
    assert in_sidebar(app) == {"download_report_ease", "close_report_ease"}
    app.switch_page("../../../pages/home.py").run()
    assert in_sidebar(app) == {"download_report_ease", "close_report_ease"}
    app.button(key="close_report_ease").click().run()
    assert in_sidebar(app) == set() and path.exists()
    assert in_sidebar(opened("home", workspace.path, monkeypatch)) == set(), "of another session"
    path.unlink()


def test_the_time_left_of_a_report_is_estimated_in_its_second_half(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, clock = workspace.runs.open("ease"), [1030.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(jobs, "is_running", lambda *_: True)

    def left(share: float) -> float | None:
        report_job._write(folder, share, "", began=1000.0)
        return report_job.progress(workspace, "ease").eta

    assert left(0.4) is None
    assert left(0.75) == pytest.approx(10.0)
    clock[0] = 1034.0
    assert report_job.progress(workspace, "ease").eta == pytest.approx(6.0)
    report_job.forget(workspace, "ease")


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
