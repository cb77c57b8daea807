"""Points of the map in groups of one colour, and what a selection of them amounts to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys.services.explore import map_groups
from recsys.services.explore.map_groups import groups, metrics
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.small_shop import NUM_ITEMS, NUM_USERS, shop, trained


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    workspace, dataset_id = shop(tmp_path_factory.mktemp("groups"))
    return trained(workspace, dataset_id, "ease")


def with_items(run: OpenRun, **columns: list[object]) -> OpenRun:
    """The run on a dataset whose items have these columns, from item 1 on."""
    filled = {name: pd.Series([values[0], *values]) for name, values in columns.items()}
    return replace(run, dataset=replace(run.dataset, items=run.dataset.items.assign(**filled)))


def named(run: OpenRun, column: str) -> dict[str, list[int]]:
    return {str(group.name): group.rows.tolist() for group in groups(run, "item", column)}


@pytest.mark.parametrize("column", ["category", "popularity", "hit_rate"])
def test_every_item_is_in_one_group_and_the_padding_in_none(run: OpenRun, column: str) -> None:
    rows = np.concatenate([group.rows for group in groups(run, "item", column)])
    assert sorted(rows) == list(range(1, NUM_ITEMS + 1))


def test_of_several_categories_the_first_counts_and_empty_is_unknown(run: OpenRun) -> None:
    genres = with_items(run, category=["Crime|Drama", "Crime", "Drama|Crime", "", *["War"] * 5])
    assert named(genres, "category") == {"War": [5, 6, 7, 8, 9], "Crime": [1, 2], "Drama": [3], "unknown": [4]}


def test_rare_values_are_one_group(run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_groups, "MOST_VALUES", 1)
    assert named(with_items(run, maker=["a", "a", *"bcdefgh"]), "maker") == {
        "a": [1, 2],
        "other": [3, 4, 5, 6, 7, 8, 9],
    }


def test_numbers_are_in_ordered_groups_named_by_their_ends(run: OpenRun) -> None:
    priced = with_items(run, price=[1.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, np.nan])
    assert list(named(priced, "price")) == ["1–3", "4", "5–6", "7", "8", "unknown"]


def test_years_are_read_from_titles_that_end_in_them(run: OpenRun) -> None:
    dated = with_items(run, title=[f"Film ({1990 + i % 2})" for i in range(NUM_ITEMS)])
    assert "year" in map_groups.columns(dated, "item")
    assert named(dated, "year") == {"1990": [1, 3, 5, 7, 9], "1991": [2, 4, 6, 8]}
    assert "year" not in map_groups.columns(run, "item")


def test_users_are_grouped_by_the_rank_of_their_held_out_item(run: OpenRun) -> None:
    ranks = map_groups.test_ranks(run)
    by_name = {str(group.name): group.rows for group in groups(run, "user", "rank")}
    np.testing.assert_array_equal(by_name["rank 1"], np.flatnonzero(ranks == 1))
    assert sum(len(rows) for rows in by_name.values()) == NUM_USERS


def test_metrics_of_items_are_those_of_the_users_from_whom_they_were_held_out(run: OpenRun) -> None:
    items, targets, ranks = np.array([2, 5]), run.split.test.items, map_groups.test_ranks(run)
    of_selection = ranks[(targets == 2) | (targets == 5)]
    found = metrics(run, "item", items)
    assert (found.size, found.held_out) == (2, len(of_selection))
    assert found.events == run.split.train.item_counts[items].sum()
    assert found.hit_rate == (of_selection <= 10).mean()
    assert found.mean_rank == of_selection.mean()


def test_without_ranks_there_is_no_hit_rate(run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_groups, "test_ranks", lambda _: np.empty(0, dtype=np.int64))
    assert metrics(run, "user", np.array([0, 1])).hit_rate is None
    assert "rank" not in map_groups.columns(run, "user")
