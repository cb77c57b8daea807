"""The price of less popular lists, measured on validation."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recsys.__main__ import main
from recsys.data.files import read_json, write_json
from recsys.errors import RunError, SettingError
from recsys.models.base import SCORE_ROWS
from recsys.runs.popularity_record import LESS_POPULAR, PriceCurve, are_prices_damaged, load_prices, save_prices
from recsys.services.recommend import popularity_cost, popularity_job
from recsys.services.recommend.popularity_cost import STRENGTHS, measure, popularity_pools, popularity_prices
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


def test_the_lists_become_more_novel_with_every_step(run: OpenRun) -> None:
    novelty = [price.novelty for price in popularity_prices(run, popularity_pools(run))]
    assert novelty == sorted(novelty) and novelty[-1] > novelty[0]


def measured_in_steps(run: OpenRun, monkeypatch: pytest.MonkeyPatch, most_batches: int) -> PriceCurve:
    """Measure 10 users at a time, stopped after so many batches."""
    monkeypatch.setattr(popularity_cost, "SCORE_ROWS", 10)
    done: list[int] = []
    return measure(
        run, 40, should_stop=lambda: len(done) > most_batches, on_user=lambda number, total: done.append(number)
    )


def test_a_stop_keeps_the_users_done_unless_there_are_more(run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = measured_in_steps(run, monkeypatch, 2)
    assert (stopped.num_users, stopped.num_asked, stopped.stopped) == (20, 40, True)
    assert load_prices(run.folder) == stopped
    whole = measure(run, 40)
    assert (whole.num_users, whole.stopped) == (40, False)
    measured_in_steps(run, monkeypatch, 3)
    assert load_prices(run.folder) == whole
    with pytest.raises(RunError, match="nothing is kept"):
        measure(run, should_stop=lambda: True)


def test_the_users_before_a_stop_are_a_sample_of_all(run: OpenRun) -> None:
    some, everyone = popularity_pools(run, 10), popularity_pools(run, 40)
    assert some.targets_U.tolist() == everyone.targets_U[:10].tolist()
    assert everyone.targets_U.tolist() != run.split.validation.items.tolist()  # not in the order of their ids
    assert sorted(everyone.targets_U) == sorted(run.split.validation.items)
    assert SCORE_ROWS >= 40, "else this says nothing of the order within a batch"


def test_prices_of_other_weights_or_changed_ones_are_not_used(run: OpenRun) -> None:
    curve, path = measure(run, 5), run.folder.path / LESS_POPULAR
    write_json(path, read_json(path) | {"num_users": 500})
    assert are_prices_damaged(run.folder) and load_prices(run.folder) is None
    save_prices(run.folder, curve.model_copy(update={"weights_sha256": "0"}))
    assert not are_prices_damaged(run.folder) and load_prices(run.folder) is None
    path.unlink()


def test_the_price_of_a_strength_between_two_steps_is_that_of_the_nearest(run: OpenRun) -> None:
    curve = measure(run, 5)
    assert [curve.nearest(strength).strength for strength in (0.0, 0.5, 0.52, 1.0)] == [0.0, 0.5, 0.5, 1.0]


def test_the_command_measures_and_stores(run: OpenRun, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--workspace", str(run.folder.path.parents[1])]
    assert main(["less-popular", "gru4rec", "--users", "30", "--json", *home]) == 0
    answer = json.loads(capsys.readouterr().out)
    stored = load_prices(run.folder)
    assert stored is not None
    assert (answer["kept"], answer["num_users"], len(answer["prices"])) == (True, 30, 21)
    assert answer["prices"][20] == stored.prices[20].model_dump(mode="json")
    assert not (run.folder.path / popularity_job.JOB.progress_file).exists()
    assert main(["less-popular", "gru4rec", "--users", "0", *home]) == 2
    assert "from 1 to 2000" in capsys.readouterr().err


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
