"""Fairness of a run: planted differences are found and named, small groups are not tested, exposure adds up."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys.__main__ import main
from recsys.data.dataset import CATEGORY, Dataset
from recsys.evaluation.group_fairness import NO_GROUP, ColumnMeans, compare_groups
from recsys.evaluation.metrics import metric_label
from recsys.services.models import fairness as service
from recsys.services.models import trust
from recsys.services.models.fairness_text import summary
from recsys.services.models.groupings import MOST_VALUES, NO_VALUE, OTHER, item_groups, of_users, user_groupings
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.logs import dataset_of, walking_a_cycle
from tests.worlds.shops import import_shop, train_small

NDCG = metric_label("ndcg@10")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("fairness")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False, user_columns=("income",)), "ease", "ease")
    return workspace


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> OpenRun:
    """Women's held-out items are ranked first, those of men are missed."""
    run = train_small(workspace, workspace.datasets.list()[0].dataset_id, "ease", "planted")
    frame = run.folder.load_ranks()
    assert frame is not None
    is_woman = (run.dataset.users["gender"].to_numpy() == "f")[frame["user"]]
    run.folder.save_ranks(frame.assign(test=np.where(is_woman, 1, 20)))
    return run


def by_column(columns: tuple[ColumnMeans, ...]) -> dict[str, ColumnMeans]:
    return {column.column: column for column in columns}


def people(**columns: list[Any]) -> Dataset:
    """60 users; the lists are repeated."""
    users = pd.DataFrame({name: ["", *(values * 60)[:60]] for name, values in columns.items()})
    return replace(dataset_of(walking_a_cycle()), users=users)


def columns_of(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    return {grouping.column: grouping.names for grouping in user_groupings(dataset, np.full(61, 5))}


def test_a_planted_difference_is_found_in_its_column_and_named(run: OpenRun) -> None:
    report = service.fairness(run)
    women, men = by_column(report.quality)["gender"].groups
    assert ((women.name, women.mean), (men.name, men.mean)) == (("f", 1.0), ("m", 0.0))
    assert men.is_significant
    assert summary(report.quality, NDCG).startswith("men: NDCG@10 0.000 against 1.000 for women (p")
    assert by_column(report.quality)["gender"].gap == 1


def test_every_column_with_shared_values_is_a_grouping_and_one_value_for_all_is_none() -> None:
    job = [f"job {number}" for number in range(MOST_VALUES)]
    town = [f"town {number}" for number in range(MOST_VALUES + 1)]
    found = columns_of(people(job=job, town=town, same=["yes"], gender=["f", "m", "x"]))
    assert set(found) == {"gender", "job", "activity"}
    assert found["gender"] == ("f", "m", "x")


def test_numbers_are_in_bands_where_they_are_many_and_in_order_where_they_are_few() -> None:
    found = columns_of(people(income=[str(1000 + number) for number in range(31)], level=["10", "9", "2"]))
    assert found["level"] == ("2", "9", "10")
    assert len(found["income"]) == 8
    assert found["income"][0].startswith("below ")


def test_a_user_without_a_value_is_in_no_group_and_a_column_that_does_not_separate_is_left_out() -> None:
    dataset = people(job=["cook", "", "clerk", ""])
    job, activity = user_groupings(dataset, np.full(61, 5))
    assert job.codes[:5].tolist() == [NO_GROUP, 1, NO_GROUP, 0, NO_GROUP]
    assert [grouping.column for grouping in of_users([job, activity], np.arange(1, 61))] == ["job"]


def test_an_item_of_two_categories_counts_half_in_each_and_one_without_is_a_group() -> None:
    dataset = dataset_of(walking_a_cycle(num_items=30))
    items = dataset.items.assign(**{CATEGORY: ["", "a|b", "a", "", *["b"] * 27]})
    popularity, category = item_groups(replace(dataset, items=items), dataset.interactions.item_counts)
    assert popularity.names == ("hot", "warm")
    assert category.names == ("b", "a", NO_VALUE)
    assert category.shares_NG[1:4].tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]


def test_categories_beyond_the_limit_are_one_group() -> None:
    dataset = dataset_of(walking_a_cycle(num_items=40))
    items = dataset.items.assign(**{CATEGORY: ["", *(f"c{item}" for item in range(40))]})
    _, category = item_groups(replace(dataset, items=items), dataset.interactions.item_counts)
    assert (len(category.names), category.names[-1]) == (MOST_VALUES + 1, OTHER)
    assert category.shares_NG[:, -1].sum() == 10


def test_exposure_sums_to_one_in_each_column(run: OpenRun) -> None:
    for column in service.fairness(run).exposure:
        for share in ("places", "exposure", "interactions", "catalogue"):
            assert sum(getattr(group, share) for group in column.groups) == pytest.approx(1)


def test_lists_that_are_not_stored_are_computed_and_stored(run: OpenRun) -> None:
    stored = run.folder.load_lists()
    (run.folder.path / "lists.parquet").unlink()
    np.testing.assert_array_equal(service.stored_lists(run), stored)
    np.testing.assert_array_equal(run.folder.load_lists(), stored)


def test_members_are_the_targets_of_the_group(run: OpenRun) -> None:
    rows = service.members(run, "gender", "f")
    assert set(run.dataset.users["gender"].iloc[run.split.test.users[rows]]) == {"f"}
    assert len(rows) == 20


def test_without_a_significant_group_the_columns_are_named() -> None:
    dataset = people(job=["cook", "clerk"], gender=["f", "f", "m", "m"])
    groupings = of_users(user_groupings(dataset, np.full(61, 5)), np.arange(1, 61))
    columns = compare_groups(np.tile([0.0, 1.0, 1.0, 0.0], 15), groupings)
    assert summary(columns, NDCG) == "No significant difference in NDCG@10 between groups of gender and job."
    assert summary((), NDCG).startswith("No groups to compare")


def test_the_command_answers_with_fairness_only_where_requested(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    def evaluate(*more: str) -> dict[str, Any]:
        assert main(["evaluate", "ease", *more, "--json", "--workspace", str(workspace.path)]) == 0
        return dict(json.loads(capsys.readouterr().out))

    answer = evaluate("--fairness")["fairness"]
    assert {column["column"] for column in answer["quality"]} == {"age", "gender", "income"}
    assert [column["column"] for column in answer["exposure"]] == ["popularity", "category"]
    assert answer["faithfulness"] is None
    assert "fairness" not in evaluate()


def test_faithfulness_is_that_of_the_measured_users(workspace: Workspace, few_orders: None) -> None:
    run = train_small(workspace, workspace.datasets.list()[0].dataset_id, "ease", "measured")
    assert service.fairness(run).faithfulness is None
    measured = trust.measure(run, 24)
    report = service.fairness(run)
    assert report.faithfulness is not None
    assert (report.num_measured, report.method) == (24, measured.usual)
    (gain,) = [method.gain.mean for method in measured.methods if method.method == measured.usual]
    women, men = by_column(report.faithfulness)["gender"].groups
    assert women.num_users + men.num_users == 24
    assert (women.mean * women.num_users + men.mean * men.num_users) / 24 == pytest.approx(gain)
