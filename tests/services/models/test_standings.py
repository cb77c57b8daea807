"""The leaderboard's rows: order, intervals, and which model is recommended."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, per_user
from recsys.services.models import advice, standings
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.standings import Standing
from recsys.services.workspace import Workspace, open_workspace
from tests.worlds.stored_runs import whole

USERS = np.arange(1, 201)


@pytest.fixture
def workspace(tmp_path) -> Workspace:  # type: ignore[no-untyped-def]
    return open_workspace(tmp_path)


def add(workspace: Workspace, run_id: str, ranks: np.ndarray, num_bytes: int, **more: object) -> None:
    """A stored run with these ranks on validation and test, and weights of this size."""
    folder = whole(workspace.runs, run_id, **more)
    folder.save_ranks(pd.DataFrame({"user": USERS, "validation": ranks, "test": ranks}))
    (folder.path / "weights.safetensors").write_bytes(b"0" * num_bytes)


def board(workspace: Workspace) -> list[Standing]:
    runs = list_runs(workspace)
    return standings.rank_runs(workspace, runs, standings.measure_runs(workspace, [run.run_id for run in runs]))


def test_the_best_validation_comes_first_with_the_interval_of_its_users(workspace: Workspace) -> None:
    good, bad = 1 + USERS % 5, 1 + USERS % 40
    add(workspace, "bad", bad, 100)
    add(workspace, "good", good, 100)
    first, second = board(workspace)
    assert [first.run.run_id, second.run.run_id] == ["good", "bad"]
    values = per_user(bad, (CUT_OFF,))[HEADLINE]
    score = second.score("test")
    assert score is not None and score.interval is not None
    assert (score.mean, *score.interval) == pytest.approx((values.mean(), *bootstrap(values)))
    assert (first.measured.num_bytes, first.faithful) == (100, None)


def test_the_smallest_model_that_is_not_significantly_worse_is_named(workspace: Workspace) -> None:
    add(workspace, "large", 1 + USERS % 5, 1000)
    add(workspace, "alike", np.where(USERS < 4, 9, 1 + USERS % 5), 200)
    add(workspace, "worse", 1 + USERS % 40, 100)
    recommended = advice.advise(workspace, board(workspace))
    assert recommended is not None and recommended.smaller is not None
    assert (recommended.best.run.run_id, recommended.smaller.run.run_id) == ("large", "alike")
    assert (recommended.times_smaller, recommended.p > 0.05) == (5.0, True)


def test_a_run_that_is_not_evaluated_comes_last_and_is_never_recommended(workspace: Workspace) -> None:
    whole(workspace.runs, "silent")
    assert advice.advise(workspace, board(workspace)) is None
    add(workspace, "loud", 1 + USERS % 5, 100)
    assert [standing.run.run_id for standing in board(workspace)] == ["loud", "silent"]


def test_what_is_kept_of_a_run_is_measured_again_once_its_ranks_change(workspace: Workspace) -> None:
    add(workspace, "one", 1 + USERS % 5, 100)
    before = standings.versions(workspace, list_runs(workspace))
    workspace.runs.open("one").save_ranks(pd.DataFrame({"user": USERS, "validation": USERS, "test": USERS}))
    assert standings.versions(workspace, list_runs(workspace)) != before
