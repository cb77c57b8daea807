"""Lists and their metrics for runs that have none, or not all: on demand, and without a change of other files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys.__main__ import main
from recsys.errors import RunError
from recsys.evaluation.list_report import measure_lists
from recsys.runs.list_record import list_metrics_of, load_list_metrics
from recsys.runs.store import LIST_METRICS, LISTS, RunFolder
from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.list_job import JOB
from recsys.services.models.run_lists import compute, missing
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small

NAMES = ["coverage", "gini", "novelty", "serendipity", "diversity", "text_diversity", "picture_diversity"]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = open_workspace(tmp_path / "home")
    train_small(workspace, import_shop(workspace, tmp_path), "ease", "ease")
    yield workspace


def as_of_an_earlier_version(workspace: Workspace, *kept: str, lists: bool = False) -> OpenRun:
    """The run `ease` whose record has only these of the metrics of lists, with or without the lists."""
    path = workspace.runs.open("ease").path
    record = json.loads((path / "run.json").read_text())
    record["list_metrics"] = {name: value for name, value in record["list_metrics"].items() if name in kept}
    (path / "run.json").write_text(json.dumps(record))
    if not lists:
        (path / LISTS).unlink()
    return open_run(workspace, "ease")


def files(folder: RunFolder) -> dict[str, bytes]:
    """Content of the files by name, without what locks and logs a job."""
    left_out = {".lists.lock", "lists_log.txt"}
    return {
        path.name: path.read_bytes() for path in folder.path.iterdir() if path.is_file() and path.name not in left_out
    }


def test_a_run_of_today_misses_nothing(workspace: Workspace) -> None:
    run = open_run(workspace, "ease")
    assert missing(run) == []
    assert {f"{name}@10" for name in NAMES} <= run.record.list_metrics.keys()


def test_an_older_run_gets_lists_and_metrics_and_keeps_its_files(workspace: Workspace) -> None:
    trained = open_run(workspace, "ease")
    lists_TK, values = trained.folder.load_lists(), trained.record.list_metrics
    run = as_of_an_earlier_version(workspace)
    assert missing(run) == NAMES
    before = files(run.folder)
    assert compute(run).values == pytest.approx(values)
    after = files(run.folder)
    assert set(after) - set(before) == {LISTS, LIST_METRICS}
    assert {name: after[name] for name in before} == before
    np.testing.assert_array_equal(run.folder.load_lists(), lists_TK)
    assert missing(run) == []
    (summary,) = list_runs(workspace)
    assert summary.list_metrics == pytest.approx(values)


def test_lists_that_lack_only_the_new_columns_are_measured_and_stay(workspace: Workspace) -> None:
    old = [f"{name}@10" for name in NAMES[:5]]
    run = as_of_an_earlier_version(workspace, *old, lists=True)
    assert missing(run) == NAMES[5:]
    before = files(run.folder)
    compute(run)
    after = files(run.folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {LIST_METRICS}
    lists_TK = run.folder.load_lists()
    assert lists_TK is not None
    assert list_metrics_of(run.folder, run.record) == pytest.approx(measure_lists(lists_TK, run.split, run.dataset))


def test_a_blend_gets_them_too(workspace: Workspace) -> None:
    (dataset_id,) = {run.dataset_id for run in list_runs(workspace)}
    train_small(workspace, dataset_id, "markov", "markov")
    blend(workspace, ["ease", "markov"], "both")
    run = open_run(workspace, "both")
    assert missing(run) == NAMES
    assert {f"{name}@10" for name in NAMES} <= compute(run).values.keys()


def test_a_stop_stores_nothing(workspace: Workspace) -> None:
    run = as_of_an_earlier_version(workspace)
    before = files(run.folder)
    with pytest.raises(RunError, match="nothing is kept"):
        compute(run, should_stop=lambda: True)
    assert files(run.folder) == before


def test_metrics_of_other_weights_or_changed_ones_are_not_used(workspace: Workspace) -> None:
    run = as_of_an_earlier_version(workspace)
    compute(run)
    other = run.record.model_copy(update={"weights_sha256": "0" * 64})
    assert load_list_metrics(run.folder, other) is None
    path = run.folder.path / LIST_METRICS
    stored = json.loads(path.read_text())
    stored["values"]["coverage@10"] = 1.0
    path.write_text(json.dumps(stored))
    assert load_list_metrics(run.folder, run.record) is None
    assert missing(run) == NAMES


def test_the_command_computes_and_the_evaluation_shows(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    run = as_of_an_earlier_version(workspace)
    ask = ["ease", "--workspace", str(workspace.path), "--json"]
    assert main(["lists", *ask]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["run_id"], answer["num_users"]) == ("ease", 40)
    assert answer["list_metrics"] == list_metrics_of(run.folder, run.record)
    assert JOB.progress(workspace, "ease").state == "none"
    assert main(["evaluate", *ask]) == 0
    assert json.loads(capsys.readouterr().out)["list_metrics"] == answer["list_metrics"]
