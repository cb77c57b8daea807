"""A new rank metric is one entry of METRICS: figures, services, tables and stored runs follow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.evaluation.metrics import METRICS, Metric, means, metric_help
from recsys.evaluation.segments import segment
from recsys.services.models import comparison
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.quality import evaluate
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("metrics")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    for model in ("ease", "popularity"):
        train_small(found, dataset_id, model, model)
    return found


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registered after the runs were stored: 1 where the target is first of all, whatever K."""
    metric = Metric("first", lambda ranks, k: (ranks == 1) * 1.0, "First", "Share of first places.", prominence="key")
    monkeypatch.setitem(METRICS, "first", metric)


@pytest.mark.usefixtures("toy")
def test_a_metric_of_the_registry_is_in_the_means_and_in_a_segment() -> None:
    ranks = np.array([1, 1, 2, 90])
    assert means(ranks, (10,))["first@10"] == segment("all", ranks).metrics["first@10"] == 0.5
    assert metric_help("first@10") == "Share of first places. K = 10. Higher is better."


@pytest.mark.usefixtures("toy")
def test_it_is_in_the_answer_of_the_evaluation_for_the_run_and_its_baselines(workspace: Workspace) -> None:
    found = evaluate(workspace, open_run(workspace, "ease"), (5,))
    assert found.metrics["first@5"] == float((found.ranks == 1).mean())
    assert "first@5" in found.intervals
    assert all("first@5" in metrics for metrics in found.baselines.values())


@pytest.mark.usefixtures("toy")
def test_a_run_stored_before_gets_it_from_its_ranks_in_the_comparison_table(workspace: Workspace) -> None:
    (run,) = (run for run in list_runs(workspace) if run.run_id == "ease")
    assert "first@10" not in (run.metrics or {})
    found = comparison.metrics_of(workspace, run)
    ranks = evaluate(workspace, open_run(workspace, "ease")).ranks
    assert comparison.metric_table([found])["First@10"] == [f"{(ranks == 1).mean():.3f}"]
    assert found["ndcg@10"] == (run.metrics or {})["ndcg@10"]


@pytest.mark.usefixtures("toy")
def test_without_ranks_it_is_not_available(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.runs.store.RunFolder.load_ranks", lambda folder: None)
    run = replace(list_runs(workspace)[0], metrics={"ndcg@10": 0.25})
    table = comparison.metric_table([comparison.metrics_of(workspace, run)])
    assert (table["NDCG@10"], table["First@10"]) == (["0.250"], ["n/a"])


@pytest.mark.usefixtures("toy")
def test_pages_show_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", Path(workspace.path), monkeypatch, part="Quality", run="ease")
    assert not app.exception
    assert "First@10" in [metric.label for metric in app.metric]
    assert "First@10" in app.selectbox(key="metric").options
    app = opened("models", Path(workspace.path), monkeypatch, compare="ease,popularity")
    assert not app.exception
    assert any("First@10" in list(frame.value.iloc[:, 0]) for frame in app.dataframe)  # the comparison
