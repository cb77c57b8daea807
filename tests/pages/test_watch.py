"""The live view of runs that cannot be used: stopped too early, or on another host."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from recsys.data.files import write_json
from recsys.runs import jobs, progress
from recsys.services.train.planning import TrainRequest, config_of
from recsys.services.train.training import train
from recsys.services.workspace import open_workspace
from tests.pages.drive import opened
from tests.worlds.small_shop import import_small_shop


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A run that was stopped at once, "early", and one of another host, "far"."""
    workspace = open_workspace(tmp_path)
    request = TrainRequest(import_small_shop(workspace, ages=True), "gru4rec", "quick", run_id="early")
    train(workspace, request, should_stop=lambda: True)
    far = workspace.runs.create(config_of(replace(request, run_id="far")))
    far.append("start", time=time.time(), epochs=8, from_epoch=0)
    write_json(far.path / jobs.PROCESS, {"host": "elsewhere", "pid": 1, "started": time.time()})
    return tmp_path


def test_a_run_that_has_learnt_nothing_can_be_resumed_and_nothing_else(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home, monkeypatch, run="early")
    assert "stopped before its first epoch ended" in app.warning[0].value
    keys = {button.key for button in app.main.button}
    assert "resume" in keys
    assert not keys & {"see", "to_evaluate"}
    runs = opened("models", home, monkeypatch, run="early")
    assert "untrained" in list(runs.dataframe[0].value["state"])
    assert runs.button(key="open_run").disabled
    assert opened("recommend", home, monkeypatch).button(key="go_home")


def test_a_run_of_another_host_is_shown_as_such_and_can_be_released(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home, monkeypatch, run="far")
    assert "may be training on host **elsewhere**" in app.info[0].value
    assert "may be training on elsewhere" in " ".join(caption.value for caption in app.sidebar.caption)
    assert not {"stop", "stop_far"} & {button.key for button in app.button}
    app.button(key="release").click().run()
    assert next(button.key for button in app.main.button if button.key != "open_context") == "resume_failed"


def test_the_live_view_parses_each_line_of_progress_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed, loads = [], orjson.loads
    app = opened("train", home, monkeypatch, run="far")
    monkeypatch.setattr(progress.orjson, "loads", lambda line: parsed.append(line) or loads(line))
    open_workspace(home).runs.open("far").append("tower", tower="title", epoch=1, epochs=9, time=time.time())
    app.run()
    assert sum(b'"kind":"tower"' in line for line in parsed) == 1
    assert not any(b'"kind":"start"' in line for line in parsed)
