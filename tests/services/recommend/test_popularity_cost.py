"""The price of less popular lists, measured on validation."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.__main__ import main
from recsys.errors import SettingError
from recsys.services.recommend.popularity_cost import STRENGTHS, popularity_pools, popularity_prices
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    folder = tmp_path_factory.mktemp("popularity")
    workspace = open_workspace(folder / "home")
    return train_small(workspace, import_shop(workspace, folder), "gru4rec", "gru4rec")


def test_at_strength_0_the_price_is_nothing_and_the_ndcg_is_the_evaluations(run: OpenRun) -> None:
    prices = popularity_prices(run, popularity_pools(run))
    assert [price.strength for price in prices] == list(STRENGTHS)
    assert prices[0].difference == (0.0, 0.0, 0.0)
    frame = run.folder.load_ranks()
    assert frame is not None
    ranks = frame["validation"].to_numpy()
    assert prices[0].ndcg == pytest.approx(np.mean((ranks <= 10) / np.log2(ranks + 1.0)))
    assert {price.num_users for price in prices} == {40}


def test_the_lists_become_more_novel_with_every_step(run: OpenRun) -> None:
    novelty = [price.novelty for price in popularity_prices(run, popularity_pools(run))]
    assert novelty == sorted(novelty) and novelty[-1] > novelty[0]


def test_without_users_there_is_no_price(run: OpenRun) -> None:
    pools = popularity_pools(run)
    nobody = type(pools)(pools.items_UP[:0], pools.scores_UP[:0], pools.targets_U[:0])
    assert popularity_prices(run, nobody) == []


def test_a_list_at_strength_0_is_the_plain_one_and_at_1_it_is_less_popular(run: OpenRun) -> None:
    query, counts = query_of(run, "u1", None), run.split.train.item_counts
    plain, less = (recommend_items(run, query, 5, less_popular=strength) for strength in (0.0, 1.0))
    assert plain == recommend_items(run, query, 5)
    popularity = [np.mean([counts[run.item(one.item_id)] for one in each]) for each in (plain, less)]
    assert popularity[1] < popularity[0]
    everything = {one.item_id: one.rank for one in recommend_items(run, query, 100)}
    assert all(one.plain_rank == everything[one.item_id] and not one.seen for one in less)


def test_with_diversity_the_first_item_is_that_of_the_penalty(run: OpenRun) -> None:
    query = query_of(run, "u1", None)
    less = recommend_items(run, query, 5, less_popular=0.5)
    assert recommend_items(run, query, 5, trade_off=0.3, less_popular=0.5)[0].item_id == less[0].item_id


def test_a_strength_out_of_bounds_is_refused(run: OpenRun, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingError, match="from 0 to 1"):
        recommend_items(run, query_of(run, "u1", None), less_popular=1.5)
    home = ["--workspace", str(run.folder.path.parents[1])]
    assert main(["recommend", "gru4rec", "--user", "u1", "--less-popular", "2", *home]) == 2
    assert main(["recommend", "gru4rec", "--all", "--out", "x.csv", "--less-popular", "0.5", *home]) == 2
    assert "needs --user or --history" in capsys.readouterr().err
