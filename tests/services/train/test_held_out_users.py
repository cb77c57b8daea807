"""A run that held users out: every reader of it sees the same split, and it is not mixed with others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recsys.__main__ import make_parser
from recsys.commands.parsing import request_of
from recsys.errors import RunError, SettingError
from recsys.runs.record import RunConfig
from recsys.services.models import comparison, ctr, history_order, quality, standings
from recsys.services.models.blends import why_not_blended
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.transfer import export_run, import_run
from recsys.services.train import estimate, recipe
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from tests.worlds.shops import NUM_USERS, import_shop, train_small
from tests.worlds.trained_runs import train_once

SHARE = 0.25
OPTIONS = TrainingOptions(device="cpu", threads=1, held_out_users=SHARE)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("held-out-users")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "ease", "whole")
    for model in ("ease", "popularity"):
        train_once(found, TrainRequest(dataset_id, model, options=OPTIONS, run_id=model))
    return found


def test_a_run_opens_with_the_split_that_it_was_trained_on(workspace: Workspace) -> None:
    run = open_run(workspace, "ease")
    assert len(run.split.held_out_users) == SHARE * NUM_USERS
    assert len(run.split.test) == (1 - SHARE) * NUM_USERS
    frame = run.folder.load_ranks()
    assert frame is not None and not np.isin(frame["user"], run.split.held_out_users).any()
    assert "10 users held out" in quality.evaluate(workspace, run).protocol


def test_baselines_are_fitted_without_them_and_kept_apart(workspace: Workspace) -> None:
    whole, held = (quality.evaluate(workspace, open_run(workspace, name)) for name in ("whole", "popularity"))
    assert held.metrics == held.baselines["popularity"] != whole.baselines["popularity"]
    folder = workspace.datasets.folder(open_run(workspace, "whole").dataset.dataset_id)
    assert {path.name for path in folder.glob("baselines*")} == {
        "baselines.parquet",
        f"baselines-users-{SHARE}.parquet",
    }


def test_calibration_and_ties_read_the_events_of_the_split(workspace: Workspace) -> None:
    run = open_run(workspace, "popularity")
    for kind in ("ratings", "clicks"):
        events = ctr.label_quality(run, kind).events  # type: ignore[arg-type]
        assert events is not None and not np.isin(events.users, run.split.held_out_users).any()
    assert history_order.tie_test(run, 1).num_tied_targets == 0  # every event of a user has a time of its own


def test_a_run_from_before_users_could_be_held_out_opens_with_none(workspace: Workspace) -> None:
    path = workspace.runs.open("whole").path / "config.json"
    stored = json.loads(path.read_text())
    assert stored["options"].pop("held_out_users") == 0
    assert RunConfig.model_validate(stored).options.held_out_users == 0


def test_the_command_line_an_estimate_and_a_recipe_carry_the_share(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["train", "d", "--model", "ease", "--held-out-users", "0.25", "--threads", "1", "--device", "cpu"]
    assert request_of(make_parser().parse_args(words)).options == OPTIONS
    started: list[list[str]] = []
    monkeypatch.setattr(estimate.subprocess, "Popen", lambda words, **how: started.append(words))
    estimate.start(workspace, TrainRequest("d", "ease", options=OPTIONS))
    assert request_of(make_parser().parse_args(started[0][3:])).options == OPTIONS
    _, own = recipe.of_run(workspace, "ease")
    assert recipe.from_file(recipe.to_file(own)) == own
    assert "--held-out-users 0.25" in recipe.command(workspace, "d", own)


def test_a_share_out_of_bounds_is_refused_by_its_name() -> None:
    with pytest.raises(SettingError, match="held_out_users"):
        request_of(make_parser().parse_args(["train", "d", "--model", "ease", "--held-out-users=0.6"]))


def test_the_same_run_id_with_another_share_is_refused(workspace: Workspace) -> None:
    config = workspace.runs.open("ease").config
    options = config.options.model_copy(update={"held_out_users": 0.1})
    with pytest.raises(RunError, match="exists with another"):
        train(workspace, TrainRequest(config.dataset_id, "ease", options=options, run_id="ease"))


def test_runs_with_other_shares_are_neither_blended_nor_compared(workspace: Workspace) -> None:
    by_id = {run.run_id: run for run in list_runs(workspace)}
    assert by_id["ease"].label == "EASE, without 25% of the users"
    assert why_not_blended([by_id["ease"], by_id["popularity"]]) == ""
    assert "held out the same users" in why_not_blended([by_id["whole"], by_id["popularity"]])
    assert "different shares of the users: 0, 0.25" in comparison.why_not_comparable([by_id["whole"], by_id["ease"]])
    board = standings.rank_runs(workspace, list(by_id.values()), standings.measure_runs(workspace, list(by_id)))
    assert {row.protocol for row in board} == {"all events", "25% of the users held out"}


def test_such_a_run_travels_and_its_ranks_are_checked_against_its_own_split(
    workspace: Workspace, tmp_path: Path
) -> None:
    export_run(workspace, "ease", tmp_path / "run.zip")
    empty = open_workspace(tmp_path / "empty")
    import_run(empty, tmp_path / "run.zip")
    assert open_run(empty, "ease").split.held_out_users.tolist() == open_run(workspace, "ease").split.held_out_users.tolist()  # fmt: skip
