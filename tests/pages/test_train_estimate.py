"""The estimate on the Train page, made unasked, driven without a browser."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.errors import RunError
from recsys.services.train import estimate as estimates
from recsys.services.train import pending_estimate
from recsys.services.train.estimate import Estimate
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace
from tests.pages.drive import opened
from tests.worlds.small_shop import two_short_runs


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_short_runs(tmp_path_factory.mktemp("train"))


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> list[TrainRequest]:
    """Answers every request for an estimate at once, and writes down what was asked."""
    asked: list[TrainRequest] = []

    def start(workspace: object, request: TrainRequest) -> subprocess.Popen[bytes]:
        asked.append(request)
        return subprocess.Popen([sys.executable, "-c", ""])

    found = Estimate("gru4rec", 60, 2.0, 4.0, 124.0, 9 * 10**9, 8 * 10**9, "cpu", 1)
    monkeypatch.setattr(estimates, "start", start)
    monkeypatch.setattr(estimates, "answer", lambda process: found)
    monkeypatch.setattr(pending_estimate, "REST", 0.0)
    monkeypatch.setenv(pending_estimate.SWITCH, "on")
    return asked


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.warning))


def estimated(app: AppTest) -> str:
    """What is on the page when the trial has ended; the fragment is polled as its timer would."""
    deadline = time.monotonic() + 20
    while "Estimating" in said(app):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()
    return said(app)


def test_an_estimate_is_made_unasked_and_remembered_for_its_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: list[TrainRequest]
) -> None:
    app = opened("train", home, monkeypatch)
    assert "Estimating time and memory" in said(app)
    app.pills(key="model").set_value("gru4rec").run()
    assert "At most **2 min 04 s**: 60 epochs of 2.0 s" in estimated(app)
    assert "About **9.0 GB** of memory" in said(app)
    assert "8.0 GB are free" in app.warning[0].value
    assert "lower batch size or history length or embedding size" in app.warning[0].value
    for epochs in (7, 60):
        app.slider(key="set_epochs_gru4rec_balanced").set_value(epochs).run()
        estimated(app)
    assert [r.settings["epochs"] for r in trial if r.model == "gru4rec"] == [60, 7]


def test_a_change_ends_the_trial_of_the_settings_before(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: list[TrainRequest]
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(workspace: object, request: TrainRequest) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        return started[-1]

    monkeypatch.setattr(estimates, "start", start)
    app = opened("train", home, monkeypatch)
    app.slider(key="set_epochs_sasrec_balanced").set_value(7).run()
    assert started[0].returncode == -signal.SIGKILL
    app.pills(key="model").set_value("popularity")
    monkeypatch.setenv(pending_estimate.SWITCH, "off")
    app.run()
    assert [process.returncode for process in started] == [-signal.SIGKILL] * 2


def test_no_trial_starts_beside_a_running_job_and_an_earlier_run_says_what_it_took(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: list[TrainRequest]
) -> None:
    monkeypatch.setattr("recsys.ui.train.estimate.running_jobs", lambda workspace: ["other"])
    app = opened("train", home, monkeypatch)
    assert "The estimate is made after the running job." in said(app)
    app.pills(key="model").set_value("caser").run()
    app.segmented_control(key="preset_caser").set_value("quick").run()
    assert "Caser took" in said(app)
    assert "for 2 epochs before, with this preset" in said(app)
    assert trial == []


def test_a_trial_that_fails_says_why_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: list[TrainRequest]
) -> None:
    def fail(process: object) -> Estimate:
        raise RunError("The trial failed: no such file")

    monkeypatch.setattr(estimates, "answer", fail)
    app = opened("train", home, monkeypatch)
    assert "No estimate for sasrec" in estimated(app)
    app.run()
    assert len(trial) == 1


def test_the_estimate_says_what_reading_pictures_and_text_takes(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: list[TrainRequest]
) -> None:
    found = Estimate("gru4rec", 8, 2.0, 34.0, 50.0, 10**9, 8 * 10**9, "cpu", 1, content_seconds=30.0)
    monkeypatch.setattr(estimates, "answer", lambda process: found)
    assert "about 30 s to learn to read pictures and text" in estimated(opened("train", home, monkeypatch))


def test_early_stopping_is_named_only_where_the_patience_is_below_the_epochs(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: list[TrainRequest]
) -> None:
    found = Estimate("sasrec", 20, 2.0, 10.0, 50.0, 10**9, 8 * 10**9, "cpu", 1)
    monkeypatch.setattr(estimates, "answer", lambda process: found)
    app = opened("train", home, monkeypatch)
    assert "At most **50 s**: 20 epochs of 2.0 s, fewer with early stopping" in estimated(app)
    app.slider(key="set_patience_sasrec_balanced").set_value(32).run()
    assert "About **50 s**: 20 epochs of 2.0 s. About" in estimated(app)


def test_a_run_that_starts_keeps_the_estimate_for_its_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: list[TrainRequest]
) -> None:
    kept: list[tuple[str, float]] = []
    monkeypatch.setattr("recsys.services.train.training.start", lambda workspace, request: "gru-1")
    monkeypatch.setattr(
        estimates, "save_estimate", lambda workspace, run_id, found: kept.append((run_id, found.seconds))
    )
    app = opened("train", home, monkeypatch)
    app.button(key="train").click().run()
    assert kept == []
    app = opened("train", home, monkeypatch)
    estimated(app)
    app.button(key="train").click().run()
    assert kept == [("gru-1", 124.0)]


def test_a_finished_run_shows_what_was_estimated_and_what_it_took(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Estimate("gru4rec", 8, 2.0, 4.0, 20.0, 7 * 10**8, 8 * 10**9, "cpu", 1)
    estimates.save_estimate(open_workspace(home), "gru-1", found)
    app = opened("train", home, monkeypatch, run="gru-1")
    assert "Estimated 10 s, took" in said(app)
    assert "memory estimated 700 MB, at most" in said(app)
