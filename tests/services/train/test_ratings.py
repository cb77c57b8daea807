"""Ratings of past events from the request to a run that opens, recommends, places new items and explains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recsys.__main__ import main
from recsys.data.importing.load import ImportRequest
from recsys.errors import SettingError
from recsys.recommend.cold_item import states_of
from recsys.services.data.datasets import import_dataset
from recsys.services.explain.explain_item import explain_for
from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.quality import evaluate
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.query import Query, edited_query, query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.train import recipe
from recsys.services.train.batch_preview import first_batch
from recsys.services.train.model_cards import columns_of
from recsys.services.train.training import TrainRequest, plan, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions
from recsys.training.trainer import EpochDone
from tests.worlds.shops import LIKED_FROM, import_shop, train_small
from tests.worlds.small_models import small_settings


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("ratings")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "gru4rec", "rated", ratings="on", learning_rate=0.1)
    train_small(found, dataset_id, "gru4rec", "plain")
    train_small(found, dataset_id, "sasrec", "liked", liked_from=LIKED_FROM, ratings="on", content="title")
    return found


@pytest.fixture
def run(workspace: Workspace) -> OpenRun:
    return open_run(workspace, "rated")


@pytest.fixture
def dataset_id(workspace: Workspace) -> str:
    return workspace.runs.open("rated").config.dataset_id


def stars(run: OpenRun, query: Query) -> list[int | None]:
    """The ratings of a history, None where unknown."""
    assert query.ratings is not None
    return [None if np.isnan(rating) else int(rating) for rating in query.ratings]


def by_rule(run: OpenRun, item: int) -> int:
    """What everybody in the shop gives an item."""
    return 1 + int(run.dataset.interactions.item_ids[item][1:]) % 5


def scores(found: list[Any]) -> list[float]:
    return [one.score for one in found]


# Who is asked for


def test_a_user_is_asked_for_with_the_ratings_of_the_log(run: OpenRun) -> None:
    query = query_of(run, "u1", None)
    assert stars(run, query) == [by_rule(run, item) for item in query.history]
    by_hand = run.model.scores([query.history], [query.user], [query.ratings])[0]
    found = recommend_items(run, query)
    assert scores(found) == pytest.approx([float(by_hand[run.item(one.item_id)]) for one in found])
    unrated = run.model.scores([query.history], [query.user])[0]
    assert (by_hand - unrated)[1:].abs().max() > 1e-4


def test_an_edited_history_keeps_the_ratings_of_what_stays_and_what_is_added_has_none(run: OpenRun) -> None:
    log = run.dataset.interactions
    own = log.history(run.user("u1"))
    new = next(item for item in range(1, log.num_items + 1) if item not in own)
    draft = Draft.untouched(len(own)).removed(1).moved(0, 2).added(new)
    query = edited_query(run, "u1", draft)
    items = [*own[[2, 3, 0, 4, 5, 6]].tolist(), new]
    assert query.history.tolist() == items
    assert stars(run, query) == [*(by_rule(run, item) for item in items[:-1]), None]
    assert "added events count as unrated" in query.note
    ids = [str(log.item_ids[item]) for item in items]
    assert stars(run, query_of(run, "u1", ids)) == stars(run, query)


def test_a_history_made_by_hand_has_no_ratings_and_says_so_where_they_are_read(
    workspace: Workspace, run: OpenRun
) -> None:
    query = query_of(run, None, ["i1", "i2"])
    assert stars(run, query) == [None, None]
    assert "count as unrated" in query.note
    assert np.isfinite(scores(recommend_items(run, query))).all()
    assert query_of(open_run(workspace, "plain"), None, ["i1", "i2"]).note == ""
    assert query_of(run, "u1", None).note == ""
    assert stars(run, query_of(run, None, [])) == []


def test_an_explanation_is_of_what_is_suggested(workspace: Workspace) -> None:
    for run_id in ("rated", "liked"):
        run = open_run(workspace, run_id)
        query = query_of(run, "u1", None)
        first = recommend_items(run, query)[0]
        for method in ("leave_one_out", "integrated_gradients"):
            told = explain_for(run, query, first.item_id, method)
            assert (told.explanation.rank, told.explanation.score) == (1, pytest.approx(first.score, abs=1e-5))


def test_the_states_that_new_items_are_ranked_by_are_those_of_the_users(workspace: Workspace) -> None:
    run = open_run(workspace, "liked")
    log, users = run.dataset.interactions, np.array([5, 2, 9])
    states = states_of(run.model, log, users)
    expected = run.model.scores([log.history(user) for user in users], users, [log.ratings_of(user) for user in users])
    torch.testing.assert_close((states @ run.model.item_embedding.weight.detach().T)[:, 1:], expected[:, 1:])


def test_a_blend_is_measured_with_the_ratings_that_its_parts_read(workspace: Workspace) -> None:
    told = blend(workspace, ["rated", "plain"], "mixed")
    found = evaluate(workspace, open_run(workspace, "mixed"), (10,), "validation")
    assert found.metrics["ndcg@10"] == pytest.approx(told.metrics["validation"]["ndcg@10"])


# What is trained


def test_a_run_opens_with_what_it_was_trained_with(workspace: Workspace, run: OpenRun) -> None:
    assert run.config.settings["ratings"] == "on"
    assert [open_run(workspace, name).model.reads_ratings for name in ("rated", "plain", "liked")] == [
        True,
        False,
        True,
    ]


def test_data_whose_ratings_do_not_differ_are_refused_and_offer_no_choice(workspace: Workspace, tmp_path: Path) -> None:
    assert columns_of(open_run(workspace, "plain").dataset).ratings
    rows = [f"u{user},i{(user + step) % 9},{step}" for user in range(30) for step in range(5)]
    for header, ending in (("user_id,item_id,timestamp", ""), ("user_id,item_id,timestamp,rating", ",3")):
        (tmp_path / "log.csv").write_text("\n".join([header, *(row + ending for row in rows)]) + "\n")
        dataset = import_dataset(workspace, ImportRequest(tmp_path / "log.csv", name="Events"))
        assert not columns_of(dataset).ratings
        with pytest.raises(SettingError, match="Import data with a column of ratings that differ") as caught:
            plan(workspace, TrainRequest(dataset.dataset_id, "gru4rec", settings={"ratings": "on"}))
        assert caught.value.column == "ratings"


def test_the_first_batch_shows_the_ratings_that_are_read(workspace: Workspace, dataset_id: str) -> None:
    request = TrainRequest(dataset_id, "gru4rec", settings={"ratings": "on"})
    found = first_batch(workspace, request)
    assert found is not None
    assert all(cell == f"Thing {i} (rated {1 + i % 5})" for cell in found.table["newest event"] for i in [number(cell)])
    assert not found.table["→ target"].str.contains("rated").any()
    plain = first_batch(workspace, TrainRequest(dataset_id, "gru4rec"))
    assert plain is not None
    assert not plain.table["newest event"].str.contains("rated").any()


def number(title: str) -> int:
    return int(title.split()[1])


def test_a_stopped_run_goes_on_to_the_same_bits(workspace: Workspace, dataset_id: str) -> None:
    told: list[object] = []
    settings = small_settings("sasrec", epochs=2, ratings="on", content="title")
    options = TrainingOptions(device="cpu", threads=1, liked_from=LIKED_FROM)
    request = TrainRequest(dataset_id, "sasrec", settings=settings, options=options, run_id="stopped")
    left = train(
        workspace, request, on_event=told.append, should_stop=lambda: any(isinstance(one, EpochDone) for one in told)
    )
    assert (left.state, left.epochs) == ("stopped", 1)
    whole = workspace.runs.open("liked").record
    assert whole is not None
    assert train(workspace, request).weights_sha256 == whole.weights_sha256


def test_a_run_from_before_ratings_could_be_read_opens_and_is_asked_for_again(
    workspace: Workspace, dataset_id: str
) -> None:
    train_small(workspace, dataset_id, "gru4rec", "old")
    folder = workspace.runs.open("old")
    told = json.loads((folder.path / "config.json").read_text())
    now = dict(told["settings"])
    assert told["settings"].pop("ratings") == "off"
    (folder.path / "config.json").write_text(json.dumps(told))
    assert not open_run(workspace, "old").model.reads_ratings
    same = TrainRequest(dataset_id, "gru4rec", settings=now, options=workspace.runs.open("old").config.options)
    assert train(workspace, TrainRequest(**{**vars(same), "run_id": "old"})).run_id == "old"
    assert "old" in {run.run_id for run in list_runs(workspace)}
    assert recipe.of_run(workspace, "old")[1].settings["ratings"] == "off"


def test_the_command_line_names_them_and_a_run_goes_on_only_with_the_same(
    workspace: Workspace, dataset_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--workspace", str(workspace.path), "--json"]

    def ask(*settings: str) -> tuple[int, dict[str, Any]]:
        words = ["train", dataset_id, "--model", "gru4rec", "--run-id", "cli", "--threads", "1", *home]
        status = main([*words, "--set", "epochs=1", *settings])
        return status, json.loads(capsys.readouterr().out)

    assert ask("ratings=on")[0] == 0
    _, made = recipe.of_run(workspace, "cli")
    assert "ratings=on" in recipe.command(workspace, dataset_id, made)
    assert recipe.from_file(recipe.to_file(made)) == made
    status, told = ask("ratings=off")
    assert (status, "exists with another dataset, model or settings" in told["error"]["message"]) == (2, True)
    status, told = ask("ratings=maybe")
    assert (status, told["error"]["column"]) == (2, "ratings")
    assert "'off' or 'on'" in told["error"]["message"]
    assert main(["recommend", "cli", "--user", "u1", *home]) == 0
    found = json.loads(capsys.readouterr().out)["recommendations"]
    run = open_run(workspace, "cli")
    assert [one["score"] for one in found] == pytest.approx(scores(recommend_items(run, query_of(run, "u1", None))))
