"""The map of a run is stored by its training, turned as an earlier map, and made on demand where it is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.recommend.maps import item_points, user_points
from recsys.runs.blend_parts import BLEND
from recsys.runs.store import MAP, USER_MAP
from recsys.services.explore.item_map import load_map, make_map
from recsys.services.models.fit_blend import blend
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.small_shop import shop, trained


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace, dataset_id = shop(tmp_path_factory.mktemp("map"))
    for model in ("ease", "gru4rec", "popularity"):
        trained(workspace, dataset_id, model)
    return workspace


def without_map(workspace: Workspace, run_id: str) -> OpenRun:
    run = open_run(workspace, run_id)
    for name in (MAP, USER_MAP):
        (run.folder.path / name).unlink(missing_ok=True)
    return run


def test_training_stores_where_items_and_users_are(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    stored, lists_TK = load_map(run.folder), run.folder.load_lists()
    assert stored is not None and lists_TK is not None
    assert stored.items_N2.shape == (run.dataset.interactions.num_items + 1, 2)
    np.testing.assert_allclose(stored.users_T2, user_points(stored.items_N2, lists_TK))


def test_a_model_without_a_map_stores_none(workspace: Workspace) -> None:
    assert load_map(open_run(workspace, "popularity").folder) is None


def test_a_missing_map_is_made_turned_as_the_newest_one(workspace: Workspace) -> None:
    run, reference = without_map(workspace, "gru4rec"), open_run(workspace, "ease").folder.load_map()
    make_map(run)
    stored = load_map(run.folder)
    untouched = item_points(run.model, run.candidates.scorable)
    assert stored is not None and reference is not None and untouched is not None
    rotation = np.linalg.lstsq(untouched[1:], stored.items_N2[1:], rcond=None)[0]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(2), atol=1e-4)
    cross = stored.items_N2[1:].T @ (reference[1:] - reference[1:].mean(0))
    np.testing.assert_allclose(cross, cross.T, atol=1e-3)  # no turn brings the two maps nearer


def test_a_blend_gets_a_map_with_users_on_demand(workspace: Workspace) -> None:
    blend(workspace, ["ease", "gru4rec"], run_id=BLEND)
    run = open_run(workspace, BLEND)
    assert load_map(run.folder) is None
    make_map(run)
    stored = load_map(run.folder)
    assert stored is not None and stored.users_T2 is not None
    assert np.isfinite(stored.users_T2).all()


def test_a_damaged_map_of_another_run_does_not_keep_a_run_from_its_map(workspace: Workspace) -> None:
    Path(open_run(workspace, "ease").folder.path / MAP).write_bytes(b"PAR1")
    run = without_map(workspace, "gru4rec")
    make_map(run)
    assert load_map(run.folder) is not None
