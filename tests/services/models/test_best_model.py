"""The best model of a dataset beside a run: chosen on validation, the difference measured on the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.services.models.best_model import comparable, compare_with_best
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small

FIRST, MISSED = 1, 20  # ranks with NDCG@10 1 and 0


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = open_workspace(tmp_path / "home")
    dataset_id = import_shop(workspace, tmp_path, pictures=False)
    for name, model in (("subject", "ease"), ("rival", "popularity")):
        train_small(workspace, dataset_id, model, name)
    return workspace


def ranked(workspace: Workspace, run_id: str, validation: int, test: int) -> OpenRun:
    """The run with the same rank for all users."""
    run = open_run(workspace, run_id)
    frame = run.folder.load_ranks()
    assert frame is not None
    run.folder.save_ranks(frame.assign(validation=validation, test=test))
    return run


def test_a_better_model_is_named_with_its_significance(workspace: Workspace) -> None:
    ranked(workspace, "rival", FIRST, FIRST)
    assert compare_with_best(workspace, ranked(workspace, "subject", MISSED, MISSED)) == (
        "Best of 2 models of this dataset on validation: Popularity, NDCG@10 1.000; this one 0.000. On the test it is "
        "significantly better than this one (+1.000 NDCG@10, 95% interval +1.000 to +1.000, p < .001)."
    )


def test_the_best_is_chosen_on_validation_whatever_the_test_says(workspace: Workspace) -> None:
    ranked(workspace, "rival", FIRST, MISSED)
    sentence = compare_with_best(workspace, ranked(workspace, "subject", MISSED, FIRST))
    assert sentence.startswith("Best of 2 models of this dataset on validation: Popularity")
    assert "On the test it is significantly worse than this one" in sentence


def test_equal_ranks_on_the_test_are_no_significant_difference(workspace: Workspace) -> None:
    ranked(workspace, "rival", FIRST, FIRST)
    sentence = compare_with_best(workspace, ranked(workspace, "subject", MISSED, FIRST))
    assert "On the test, no significant difference between the two" in sentence and "p = 1" in sentence


def test_the_best_model_is_called_so(workspace: Workspace) -> None:
    ranked(workspace, "rival", MISSED, MISSED)
    sentence = compare_with_best(workspace, ranked(workspace, "subject", FIRST, MISSED))
    assert sentence == "The best of 2 models of this dataset on validation: NDCG@10 1.000."


def test_models_of_one_name_are_told_apart_by_their_run(workspace: Workspace) -> None:
    train_small(workspace, open_run(workspace, "rival").config.dataset_id, "ease", "twin")
    ranked(workspace, "rival", MISSED, MISSED)
    ranked(workspace, "twin", FIRST, FIRST)
    assert "EASE, run twin" in compare_with_best(workspace, ranked(workspace, "subject", MISSED, MISSED))


def test_models_with_other_held_out_events_are_not_compared(workspace: Workspace) -> None:
    subject = open_run(workspace, "subject")
    train_small(workspace, subject.config.dataset_id, "ease", "liked", liked_from=4)
    assert [standing.run.run_id for standing in comparable(workspace, subject)] == ["subject", "rival"]


def test_a_single_model_is_compared_with_none(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "home")
    train_small(workspace, import_shop(workspace, tmp_path, pictures=False), "ease", "alone")
    assert compare_with_best(workspace, open_run(workspace, "alone")) == ""
