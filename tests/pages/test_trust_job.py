"""Measuring explanations from the Models page: a process that outlives the page, is shown in the sidebar, and is stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys.__main__ import main
from recsys.runs import jobs
from recsys.runs.trust_record import TRUST, load_trust
from recsys.services.models import trust_job
from recsys.services.models.run_job import JobWriter
from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import opened, table, texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("trust-job")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "gru4rec", "gru4rec")
    return workspace


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it takes too long")


def test_a_measurement_goes_on_when_the_page_is_left_and_is_stopped_from_any_page(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.runs.open("gru4rec")
    app = opened("models", workspace.path, monkeypatch, run="gru4rec", part="Explanations")
    app.button(key="measure_trust").click().run()
    assert not app.exception
    assert jobs.is_running(folder, jobs.TRUST)
    assert [button.key for button in app.main.button if "trust" in (button.key or "")] == [
        "stop_trust",
        "discard_trust",
    ]
    home = opened("home", workspace.path, monkeypatch)  # another session, as after a restart of the server
    assert jobs.is_running(folder, jobs.TRUST)
    assert home.button(key="watch_trust_gru4rec")
    home.button(key="stop_trust_gru4rec").click().run()
    wait_until(lambda: not jobs.is_running(folder, jobs.TRUST))
    assert trust_job.JOB.progress(workspace, "gru4rec").state == "none"
    app = opened("models", workspace.path, monkeypatch, run="gru4rec", part="Explanations")
    assert app.button(key="measure_trust")
    assert not app.error


def test_the_command_measures_and_the_leaderboard_shows_the_share_that_is_faithful(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], few_orders: None
) -> None:
    assert main(["trust", "gru4rec", "--users", "2", "--workspace", str(workspace.path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    stored = load_trust(workspace.runs.open("gru4rec"))
    assert stored is not None
    assert (answer["kept"], answer["num_users"], answer["faithful_share"]) == (True, 2, stored.faithful_share)
    assert not (workspace.runs.open("gru4rec").path / trust_job.JOB.progress_file).exists()
    app = opened("models", workspace.path, monkeypatch, run="gru4rec", part="Settings")
    assert list(table(app, "validation")["faithful"]) == [f"{stored.faithful_share:.0%}"]


def test_a_process_that_died_is_said_and_the_run_can_be_measured_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_job.JOB.write(workspace.runs.open("gru4rec"), done=3, total=50, share=0.06)
    app = opened("models", workspace.path, monkeypatch, run="gru4rec", part="Explanations")
    assert "its process was killed" in app.error[0].value
    assert app.button(key="measure_trust")
    trust_job.JOB.forget(workspace, "gru4rec")


def test_the_time_left_counts_whole_users_not_the_methods_of_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, clock = workspace.runs.open("gru4rec"), [1000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(jobs, "is_running", lambda *_: True)

    def left() -> float | None:
        writer.write()
        return trust_job.JOB.progress(workspace, "gru4rec").eta

    writer = JobWriter(trust_job.JOB, folder, 4)
    clock[0] += 10
    writer.tick(0.24)  # seven of eight methods in a moment, and the last takes its time
    assert left() is None
    writer.on_user(1, 4)
    writer.tick(0.25)
    assert left() == 30.0
    clock[0] += 5
    writer.tick(0.49)
    assert left() == 25.0
    trust_job.JOB.forget(workspace, "gru4rec")


def test_a_damaged_result_is_said_and_not_used(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.runs.open("gru4rec").path / TRUST).write_text('{"sha256": "0", "num_users": 2}')
    app = opened("models", workspace.path, monkeypatch, run="gru4rec", part="Explanations")
    assert "damaged" in texts(app)
    assert table(app, "validation")["faithful"].isna().all()
