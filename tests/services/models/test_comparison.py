"""Runs beside each other, with numbers that a reader can check by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys.evaluation.significance import PairedDifference
from recsys.recommend.topk import recommend
from recsys.services.models import comparison
from recsys.services.models.comparison import Changes, differences, overlaps, why_not_comparable
from recsys.services.models.leaderboard import RunSummary, list_runs
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small

RUNS = ("sas-1", "sas-2", "ease-1", "ease-2")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("comparison")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "sasrec", "sas-1")
    train_small(found, dataset_id, "sasrec", "sas-2", seed=2, dropout=0.3)
    train_small(found, dataset_id, "ease", "ease-1")
    train_small(found, dataset_id, "ease", "ease-2")
    return found


@pytest.fixture
def chosen(workspace: Workspace) -> list[RunSummary]:
    by_id = {run.run_id: run for run in list_runs(workspace)}
    return [by_id[run_id] for run_id in RUNS]


def test_only_what_differs_is_a_difference(chosen: list[RunSummary]) -> None:
    differ, same = comparison.settings(chosen[:2])
    assert differ == {"Seed": ["1", "2"], "dropout": ["0.1", "0.3"]}
    assert same["Model"] == ["SASRec", "SASRec"]
    assert not differ.keys() & same.keys()
    assert chosen[0].settings.keys() <= differ.keys() | same.keys()


def test_a_setting_that_a_model_does_not_have_is_a_dash(chosen: list[RunSummary]) -> None:
    differ, _ = comparison.settings([chosen[0], chosen[2]])
    assert differ["num_heads"][1] == differ["l2"][0] == "–"


def test_the_same_run_twice_differs_in_nothing(chosen: list[RunSummary]) -> None:
    assert comparison.settings([chosen[2], chosen[3]])[0] == {}


def test_runs_on_other_data_are_not_comparable_and_both_are_named(chosen: list[RunSummary]) -> None:
    assert why_not_comparable(chosen) == ""
    said = why_not_comparable([chosen[0], replace(chosen[1], dataset_id="0123456789", dataset_name="Films")])
    assert "Shop" in said and "Films (012345)" in said and "cannot be compared" in said


def test_a_curve_has_one_value_an_epoch_and_only_models_of_epochs_have_one(
    workspace: Workspace, chosen: list[RunSummary]
) -> None:
    found = comparison.curves(workspace, chosen)
    assert found.keys() == {"sas-1", "sas-2"}
    assert found["sas-1"].epochs == (1, 2)
    told = [line for line in workspace.runs.open("sas-1").progress() if line["kind"] == "epoch"]
    assert found["sas-1"].loss == tuple(line["loss"] for line in told)
    assert found["sas-1"].ndcg == tuple(line["ndcg"] for line in told)


def test_a_difference_is_the_mean_over_the_same_users(workspace: Workspace, chosen: list[RunSummary]) -> None:
    told = differences(workspace, [chosen[0], chosen[2]])["ease-1"]
    first, second = ((run.metrics or {})["ndcg@10"] for run in (chosen[0], chosen[2]))
    assert told.paired.mean == pytest.approx(second - first)
    assert told.paired.low <= told.paired.mean <= told.paired.high
    assert told.num_users == 40


def test_the_same_model_twice_has_no_difference(workspace: Workspace, chosen: list[RunSummary]) -> None:
    told = differences(workspace, [chosen[2], chosen[3]])["ease-2"]
    assert told.paired == PairedDifference(mean=0, low=0, high=0, p=1, p_holm=1)


def test_differences_to_the_first_run_are_corrected_for_their_number(
    workspace: Workspace, chosen: list[RunSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six users, ranks 1 against 2: p = 2 / 64 for one run, twice that for two."""
    ranks = {"sas-1": 2, "ease-1": 1, "ease-2": 1}
    monkeypatch.setattr(
        "recsys.runs.store.RunFolder.load_ranks",
        lambda folder: pd.DataFrame({"user": range(1, 7), "test": ranks[folder.run_id]}),
    )
    found = differences(workspace, [chosen[0], chosen[2], chosen[3]])
    assert [(one.paired.p, one.paired.p_holm) for one in found.values()] == [(2 / 64, 4 / 64)] * 2


def test_without_ranks_or_with_other_users_there_is_no_difference(
    workspace: Workspace, chosen: list[RunSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = {
        "sas-1": pd.DataFrame({"user": [1], "test": [1]}),
        "ease-1": None,
        "ease-2": pd.DataFrame({"user": [2], "test": [1]}),
    }
    monkeypatch.setattr("recsys.runs.store.RunFolder.load_ranks", lambda folder: frames[folder.run_id])
    assert differences(workspace, [chosen[0], chosen[2], chosen[3]]) == {}


def opened(workspace: Workspace, *run_ids: str) -> list[OpenRun]:
    return [open_run(workspace, run_id) for run_id in run_ids]


def test_the_same_lists_overlap_wholly(workspace: Workspace) -> None:
    (told,) = overlaps(opened(workspace, "ease-1", "ease-2"))
    assert (told.first, told.second, told.jaccard, told.shared, told.num_users) == ("ease-1", "ease-2", 1, 10, 40)


def test_overlap_is_counted_over_the_lists_that_are_recommended(workspace: Workspace) -> None:
    runs = opened(workspace, "sas-1", "ease-1")
    (told,) = overlaps(runs, k=5)
    shared, alike = [], []
    for user in range(1, 41):
        history = runs[0].dataset.interactions.history(user)
        a, b = ({one.item for one in recommend(r.model, history, r.candidates, user=user, k=5)} for r in runs)
        shared.append(len(a & b))
        alike.append(len(a & b) / len(a | b))
    assert told.shared == pytest.approx(np.mean(shared))
    assert told.jaccard == pytest.approx(np.mean(alike))


def test_every_pair_is_compared_over_a_sample_that_is_the_same_each_time(workspace: Workspace) -> None:
    runs = opened(workspace, "sas-1", "sas-2", "ease-1")
    first, second = overlaps(runs, sample=7), overlaps(runs, sample=7)
    assert [(one.first, one.second, one.num_users) for one in first] == [
        ("sas-1", "sas-2", 7), ("sas-1", "ease-1", 7), ("sas-2", "ease-1", 7),
    ]  # fmt: skip
    assert first == second


def test_of_equal_gains_the_largest_change_of_the_rank_comes_first():
    users, first, second = np.arange(1, 5), np.array([65, 225, 2, 11]), np.array([1, 1, 1, 1])
    gains = np.array([1.0, 1.0, 0.37, 1.0])
    assert Changes(users, first, second, gains).rows("gain").tolist() == [1, 0, 3, 2]
    assert Changes(users, second, first, -gains).rows("lose").tolist() == [1, 0, 3, 2]
