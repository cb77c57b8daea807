"""What the tests of runs on what was liked share."""

from __future__ import annotations

import pytest

from recsys.services.models.leaderboard import RunSummary, list_runs
from recsys.services.workspace import Workspace
from tests.worlds.shops import liked_shop


@pytest.fixture(scope="module")
def liked_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A shop with runs on what was liked and one on every event; a test may add runs."""
    return liked_shop(tmp_path_factory.mktemp("liked"))


@pytest.fixture
def liked_dataset_id(liked_workspace: Workspace) -> str:
    return liked_workspace.datasets.list()[0].dataset_id


@pytest.fixture
def liked_runs(liked_workspace: Workspace) -> dict[str, RunSummary]:
    """The runs of the workspace by their ids."""
    return {run.run_id: run for run in list_runs(liked_workspace)}
