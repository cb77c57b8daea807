"""Several trainings queued with one call, and progress while content is read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from recsys.data.files import write_json
from recsys.runs import jobs
from recsys.services.train import job_list, start_several
from recsys.services.train.job_list import progress
from recsys.services.train.planning import TrainRequest, config_of
from recsys.services.workspace import open_workspace
from tests.worlds.small_shop import import_small_shop


def test_a_refused_training_does_not_lose_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_workspace(tmp_path)
    shop = import_small_shop(home)
    monkeypatch.setattr("recsys.services.train.training.start_due_jobs", lambda workspace: None)
    wanted = [
        TrainRequest(shop, "ease", run_id="first"),
        TrainRequest(shop, "gru4rec", settings={"epochs": -1}),
        TrainRequest(shop, "markov", run_id="last"),
    ]
    started = start_several.start_several(home, wanted)
    assert list(started.run_ids) == ["first", "last"] == home.queue.waiting()
    assert started.run_ids["last"] is wanted[2]
    assert "epochs" in started.refused["gru4rec"]


def test_reading_pictures_has_a_share_and_the_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_workspace(tmp_path)
    folder = home.runs.create(config_of(TrainRequest(import_small_shop(home), "gru4rec", run_id="reads")))
    write_json(folder.path / jobs.PROCESS, {"host": jobs.this_host(), "pid": 1, "started": 0.0})
    monkeypatch.setattr(job_list.processes, "is_running", lambda folder: True)
    now = time.time()
    folder.append("start", time=now, epochs=8, from_epoch=0)
    folder.append("tower", tower="picture", epoch=1, epochs=5, time=now + 2)
    first = progress(home, "reads")
    assert (first.reading, first.reading_share, first.reading_eta) == ("picture", 0.2, None)
    folder.append("tower", tower="picture", epoch=2, epochs=5, time=now + 5)
    later = progress(home, "reads")
    assert later.reading_share == 0.4
    assert later.reading_eta == pytest.approx(9)  # three passes of three seconds
