"""The global view: exact for linear models, repeatable, stopped without loss, and used only with its weights."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from recsys.__main__ import main
from recsys.data.files import read_json, write_json
from recsys.errors import RunError, SettingError
from recsys.models.base import LinearModel
from recsys.runs.global_record import GLOBAL_VIEW, Effect, is_view_damaged, load_global_view, save_global_view
from recsys.services.explore import global_job
from recsys.services.explore.global_view import MOST_POSITIONS, compute, seconds_per_user
from recsys.services.models.trust import SEED, sample
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small

MODELS = ("ease", "popularity", "mlp", "gru4rec")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("global-view")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    for model in MODELS:
        train_small(workspace, dataset_id, model, model)
    train_small(workspace, dataset_id, "markov", "markov", max_length=1)
    content = "title, category, picture"
    train_small(workspace, dataset_id, "gru4rec", "reader", content=content, user_features="age, gender")
    return workspace


@pytest.fixture
def run(workspace: Workspace, request: pytest.FixtureRequest) -> OpenRun:
    """The run that the test names, without a stored view."""
    found = open_run(workspace, request.param)
    (found.folder.path / GLOBAL_VIEW).unlink(missing_ok=True)
    return found


def total(rows: Sequence[Effect]) -> float:
    return sum(row.signed * row.count for row in rows)


@pytest.mark.parametrize("run", ["markov"], indirect=True)
def test_a_markov_chain_of_the_newest_event_has_all_its_effect_on_position_one(run: OpenRun) -> None:
    view = compute(run, 20)
    assert [(row.name, row.share, row.num_users) for row in view.positions] == [("1", 1.0, 20)]
    assert view.method == "links"


@pytest.mark.parametrize("run", ["ease"], indirect=True)
def test_the_sums_of_a_linear_model_are_its_additive_links(run: OpenRun) -> None:
    view = compute(run, 15)
    assert isinstance(run.model, LinearModel)
    situations = sample(run, 15, SEED, least_events=1)
    links = [run.model.additions(torch.from_numpy(one.window), one.item).numpy() for one in situations]
    assert total(view.positions) == pytest.approx(sum(map(np.sum, links)))
    assert total(view.positions) == pytest.approx(sum(one.score for one in situations), rel=1e-5)
    assert view.positions[0].mean == pytest.approx(np.mean([abs(link[-1]) for link in links]))
    assert total(view.items) == pytest.approx(total(view.positions))  # 25 items: all are kept


@pytest.mark.parametrize("run", ["ease"], indirect=True)
def test_a_mean_has_an_interval_around_it_and_shares_sum_to_one(run: OpenRun) -> None:
    view = compute(run, 30)
    for rows in (view.positions, view.sources, view.items):
        assert sum(row.share for row in rows) == pytest.approx(1)
        assert all(row.interval[0] <= row.mean <= row.interval[1] for row in rows if row.interval)
    assert [row.name for row in view.positions] == [str(place) for place in range(1, 8)]  # 7 events a user
    assert len(view.positions) < MOST_POSITIONS


@pytest.mark.parametrize("run", ["gru4rec"], indirect=True)
def test_events_and_items_are_counted_by_category(run: OpenRun) -> None:
    view = compute(run, 10)
    assert {(row.name, row.item_category) for row in view.categories} <= {("red", "red")}
    log = run.dataset.interactions
    expected = sum(
        int(log.item_ids[item][1:]) % 2
        for one in sample(run, 10, SEED, least_events=1)
        if int(log.item_ids[one.item][1:]) % 2
        for item in one.window
    )
    assert sum(row.count for row in view.categories) == expected
    assert {row.name for row in view.sources} == {"popularity", "events"}


@pytest.mark.parametrize("run", ["reader"], indirect=True)
def test_a_model_that_reads_content_and_users_has_words_regions_and_fields(run: OpenRun) -> None:
    view = compute(run, 4)
    assert "thing" in {row.name for row in view.words}
    assert [row.name for row in view.columns] == ["title"]
    assert len(view.regions) in (0, 9)  # only three items have a picture
    assert [row.name for row in view.fields] == ["age, gender"]
    assert {"events", "user", "text", "category", "picture", "id"} <= {row.name for row in view.sources}


@pytest.mark.parametrize("run", ["mlp"], indirect=True)
def test_a_pair_model_has_fields_and_no_positions(run: OpenRun) -> None:
    view = compute(run, 4)
    assert {"user", "item"} <= {row.name for row in view.fields}
    assert (view.positions, view.items, view.method) == ((), (), "ablation")


@pytest.mark.parametrize("run", ["popularity"], indirect=True)
def test_a_model_that_recommends_the_same_to_everyone_has_none(run: OpenRun) -> None:
    with pytest.raises(SettingError, match="the same to everyone"):
        compute(run, 4)


@pytest.mark.parametrize("run", ["gru4rec"], indirect=True)
def test_the_same_seed_gives_the_same_view(run: OpenRun) -> None:
    first, second = (compute(run, 5).model_dump(exclude={"seconds", "measured"}) for _ in range(2))
    assert first == second
    assert compute(run, 5, seed=SEED + 1).model_dump(exclude={"seconds", "measured", "seed"}) != {
        name: value for name, value in first.items() if name != "seed"
    }


@pytest.mark.parametrize("run", ["ease"], indirect=True)
def test_a_stop_keeps_the_users_done_unless_there_are_more(run: OpenRun) -> None:
    done = []
    view = compute(run, 12, should_stop=lambda: len(done) > 5, on_user=lambda number, total: done.append(number))
    assert (view.num_users, view.num_asked, view.stopped) == (5, 12, True)
    assert load_global_view(run.folder) == view
    whole = compute(run, 12)
    done.clear()
    compute(run, 12, should_stop=lambda: len(done) > 3, on_user=lambda number, total: done.append(number))
    assert load_global_view(run.folder) == whole
    with pytest.raises(RunError, match="nothing is kept"):
        compute(run, 12, should_stop=lambda: True)


@pytest.mark.parametrize("run", ["ease"], indirect=True)
def test_a_view_of_other_weights_or_a_changed_one_is_not_used(run: OpenRun) -> None:
    view = compute(run, 5)
    path = run.folder.path / GLOBAL_VIEW
    write_json(path, read_json(path) | {"num_users": 500})
    assert is_view_damaged(run.folder)
    assert load_global_view(run.folder) is None
    save_global_view(run.folder, view.model_copy(update={"weights_sha256": "0"}))
    assert not is_view_damaged(run.folder)
    assert load_global_view(run.folder) is None


@pytest.mark.parametrize("run", ["ease"], indirect=True)
def test_the_command_computes_and_stores_it(
    run: OpenRun, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["global", "ease", "--users", "6", "--json", "--workspace", str(workspace.path)]) == 0
    answer = json.loads(capsys.readouterr().out)
    stored = load_global_view(run.folder)
    assert stored is not None
    assert (answer["kept"], answer["num_users"], answer["positions"][0]["name"]) == (True, 6, "1")
    assert not (run.folder.path / global_job.JOB.progress_file).exists()
    assert main(["global", "ease", "--users", "0", "--json", "--workspace", str(workspace.path)]) == 2


@pytest.mark.parametrize("run", ["ease"], indirect=True)
def test_the_time_of_a_user_is_measured(run: OpenRun) -> None:
    assert 0 < seconds_per_user(run) < 60
