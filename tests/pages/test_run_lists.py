"""Metrics of lists on Models: columns, axes, the Quality tab, and the job that computes what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsys.evaluation.list_report import DEFINITIONS
from recsys.messages import PSEUDO
from recsys.runs import jobs
from recsys.runs.list_record import list_metrics_of
from recsys.runs.store import LIST_METRICS, LISTS
from recsys.services.models import run_lists
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from tests.pages.drive import opened, table, texts
from tests.pages.pseudo_language import raw_texts
from tests.pages.test_trust_job import wait_until
from tests.worlds.shops import import_shop, train_small

NEW = ("text_diversity", "picture_diversity")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The run `sasrec`, and `pop` without lists and their metrics."""
    workspace = open_workspace(tmp_path / "home")
    dataset_id = import_shop(workspace, tmp_path)
    train_small(workspace, dataset_id, "sasrec", "sasrec")
    path = train_small(workspace, dataset_id, "popularity", "pop").folder.path
    record = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps(record | {"list_metrics": {}}))
    (path / LISTS).unlink()
    return workspace


def test_the_new_diversities_are_columns_and_axes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", workspace.path, monkeypatch, run="sasrec")
    frame = table(app, "model", "validation").set_index("model")
    values = open_run(workspace, "sasrec").record.list_metrics
    for name in NEW:
        assert frame.loc["SASRec", name] == values[f"{name}@10"]
        assert str(DEFINITIONS[name].label) in app.selectbox(key="pareto_y").options
    assert frame.loc["Popularity", list(NEW)].isna().all()


def test_quality_shows_the_metrics_of_the_lists(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", workspace.path, monkeypatch, run="sasrec", part="Quality")
    shown = {metric.label: metric.value for metric in app.metric}
    for key, value in open_run(workspace, "sasrec").record.list_metrics.items():
        assert shown[DEFINITIONS[key.removesuffix("@10")].label] == f"{value:.3f}"
    assert "measure_lists" not in [button.key for button in app.button]


def test_one_button_computes_what_a_run_lacks_in_a_process_that_can_be_stopped(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.runs.open("pop")
    app = opened("models", workspace.path, monkeypatch, run="pop", part="Quality")
    assert "Not computed for this model yet: Coverage, Gini" in texts(app)
    app.button(key="measure_lists").click().run()
    assert not app.exception
    assert jobs.is_running(folder, jobs.LISTS)
    assert {"stop_lists", "stop_lists_pop", "watch_lists_pop"} <= {button.key for button in app.button}
    app.button(key="stop_lists").click().run()
    wait_until(lambda: not jobs.is_running(folder, jobs.LISTS))
    assert not (folder.path / LISTS).exists()
    app = opened("models", workspace.path, monkeypatch, run="pop", part="Quality")
    app.button(key="measure_lists").click().run()
    wait_until(lambda: not jobs.is_running(folder, jobs.LISTS))
    assert (folder.path / LIST_METRICS).exists()
    app = opened("models", workspace.path, monkeypatch, run="pop", part="Quality")
    assert "measure_lists" not in [button.key for button in app.button]
    record = folder.record
    assert record is not None
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Text diversity"] == f"{list_metrics_of(folder, record)['text_diversity@10']:.3f}"


def test_every_text_is_a_message(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    raw: set[str] = set()
    for run_id in ("sasrec", "pop"):
        raw |= raw_texts(opened("models", workspace.path, monkeypatch, run=run_id, part="Quality", lang=PSEUDO), run_id)
    run_lists.stored_lists(open_run(workspace, "pop"))  # the lists alone: the time is said in other words
    raw |= raw_texts(opened("models", workspace.path, monkeypatch, run="pop", part="Quality", lang=PSEUDO), "lists")
    assert raw == set()
