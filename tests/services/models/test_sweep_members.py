"""Labels of the runs of a sweep, and whose test figures lists keep back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys.messages import CHINESE, translated
from recsys.runs.store import RunStore
from recsys.runs.sweep_record import SweepRecord
from recsys.services.models.leaderboard import RunSummary, list_runs, rename_run
from recsys.services.models.standings import measure_runs, rank_runs, without_test
from recsys.services.models.sweep_members import varied_settings
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.worlds.stored_runs import config, record

BASE = config().settings


def sweep_of(*varied: dict[str, Any], searched: Sequence[str] = ("learning_rate", "embedding_dim")) -> SweepRecord:
    """A sweep of GRU4Rec whose runs have these settings besides those of the small model."""
    return SweepRecord(
        sweep_id="s", model="gru4rec", title="GRU4Rec", dataset_id="tiny", preset="balanced", searched=tuple(searched),
        settings=tuple(BASE | settings for settings in varied), options=TrainingOptions(), created="2026-01-01T10:00:00",
    )  # fmt: skip


TWO = sweep_of(
    {"embedding_dim": 64, "learning_rate": 0.003},
    {"embedding_dim": 32, "learning_rate": 0.003},
    {"embedding_dim": 32, "learning_rate": 0.01},
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A sweep of three runs, none of them created."""
    workspace = open_workspace(tmp_path)
    workspace.sweeps.create(TWO)
    return workspace


def finish(runs: RunStore, number: int, validation: float | None, state: str = "finished") -> None:
    folder = runs.create(TWO.config(number))
    folder.finish(record(folder.run_id, state, best_validation_ndcg=validation, metrics={"ndcg@10": 0.9}))


def listed(workspace: Workspace) -> dict[str, RunSummary]:
    return {run.run_id: run for run in list_runs(workspace)}


def test_each_run_is_named_by_the_settings_in_which_it_differs(workspace: Workspace) -> None:
    for number in TWO.numbers:
        finish(workspace.runs, number, 0.1)
    labels = {run_id: run.label for run_id, run in listed(workspace).items()}
    assert labels["s-01"] == "GRU4Rec · width 64, lr 0.003"
    assert labels["s-02"] == "GRU4Rec · width 32, lr 0.003"
    assert labels["s-03"] == "GRU4Rec · width 32, lr 0.01"


def test_a_setting_that_is_the_same_in_all_is_not_named() -> None:
    texts = varied_settings(sweep_of({"learning_rate": 0.003}, {"learning_rate": 0.01}))
    assert list(texts.values()) == ["lr 0.003", "lr 0.01"]


def test_of_many_settings_the_three_with_the_most_values_are_named() -> None:
    searched = ("batch_size", "learning_rate", "embedding_dim", "dropout", "hidden_dim")
    rows = [
        {"batch_size": 32 if i < 2 else 64, "learning_rate": 0.001 * (i + 1), "embedding_dim": 16, "dropout": 0.1 * i,
         "hidden_dim": (32, 32, 64, 128)[i]}
        for i in range(4)
    ]  # fmt: skip
    texts = list(varied_settings(sweep_of(*rows, searched=searched)).values())
    assert texts[:2] == ["hidden 32, lr 0.001, dropout 0", "hidden 32, lr 0.002, dropout 0.1"]


def test_more_settings_are_named_where_three_leave_two_runs_alike() -> None:
    searched = ("hidden_dim", "num_blocks", "embedding_dim", "batch_size")
    rows = [
        {"hidden_dim": 32, "num_blocks": 1, "embedding_dim": 16, "batch_size": 32},
        {"hidden_dim": 32, "num_blocks": 1, "embedding_dim": 16, "batch_size": 64},
        {"hidden_dim": 64, "num_blocks": 2, "embedding_dim": 32, "batch_size": 64},
    ]
    texts = list(varied_settings(sweep_of(*rows, searched=searched)).values())
    assert texts[0] == "width 16, hidden 32, layers 1, batch 32"
    assert len(set(texts)) == 3


def test_runs_of_the_same_settings_are_distinguished_by_their_numbers() -> None:
    texts = varied_settings(sweep_of({"embedding_dim": 16}, {"embedding_dim": 16}, {"embedding_dim": 32}))
    assert list(texts.values()) == ["width 16, run 1", "width 16, run 2", "width 32"]


def test_a_name_that_was_given_stays(workspace: Workspace) -> None:
    finish(workspace.runs, 1, 0.1)
    rename_run(workspace, "s-01", "Mine", "")
    assert listed(workspace)["s-01"].label == "Mine (GRU4Rec)"


def test_only_the_winner_by_validation_shows_its_test_figures(workspace: Workspace) -> None:
    for number, validation in ((1, 0.2), (2, 0.4), (3, 0.4)):
        finish(workspace.runs, number, validation)
    assert {run_id for run_id, run in listed(workspace).items() if not run.hides_test} == {"s-02"}


def test_while_a_run_is_under_way_there_is_no_winner(workspace: Workspace) -> None:
    finish(workspace.runs, 1, 0.2)
    workspace.runs.create(TWO.config(2))
    workspace.queue.submit("s-02")
    assert all(run.hides_test for run in listed(workspace).values())
    workspace.queue.cancel("s-02")
    assert not listed(workspace)["s-01"].hides_test


def test_a_model_fitted_in_closed_form_wins_by_its_stored_ranks(workspace: Workspace) -> None:
    for number, rank in ((1, 5), (2, 1), (3, 9)):
        finish(workspace.runs, number, None)
        frame = pd.DataFrame({"user": [1, 2], "validation": [rank, rank], "test": [1, 1]})
        workspace.runs.open(TWO.run_id(number)).save_ranks(frame)
    assert {run_id for run_id, run in listed(workspace).items() if not run.hides_test} == {"s-02"}


def test_a_run_of_no_sweep_hides_nothing(workspace: Workspace) -> None:
    workspace.runs.create(config("other-01")).finish(record("other-01"))
    run = listed(workspace)["other-01"]
    assert (run.label, run.varied, run.hides_test) == ("gru4rec", "", False)


def test_the_rows_of_hidden_runs_keep_validation_and_lose_the_test(workspace: Workspace) -> None:
    ranks = np.arange(1, 41)
    for number, validation in ((1, 0.2), (2, 0.4)):
        finish(workspace.runs, number, validation)
        frame = pd.DataFrame({"user": ranks, "validation": ranks, "test": ranks})
        workspace.runs.open(TWO.run_id(number)).save_ranks(frame)
    runs = list_runs(workspace)
    board = rank_runs(workspace, runs, measure_runs(workspace, [run.run_id for run in runs]))
    kept = {standing.run.run_id: standing for standing in without_test(board)}
    assert kept["s-01"].score("test") is None and kept["s-01"].run.metrics is None
    assert kept["s-01"].score("validation") is not None
    assert kept["s-02"].score("test") is not None and kept["s-02"].run.metrics is not None


def test_the_settings_are_named_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"width": "宽度", "lr": "学习率", "{setting} {value}": "{setting} {value}"}
    monkeypatch.setattr("recsys.messages._template", lambda text, language: words.get(text.template, text.template))
    assert translated(varied_settings(TWO)["s-01"], CHINESE) == "宽度 64, 学习率 0.003"
