"""Features of users from the request to a run that opens, recommends, places new items, explains and is handed on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recsys.__main__ import main
from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import SettingError
from recsys.recommend.cold_item import states_of
from recsys.services.explain.explain_item import as_json, explain_for
from recsys.services.explain.html_parts import effect_text
from recsys.services.explain.html_report import render_html
from recsys.services.recommend.cold_start import recommendation_list
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.new_item import NewItemRequest, place, readers
from recsys.services.recommend.query import edited_query, query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.train.batch_preview import first_batch
from recsys.services.train.training import TrainRequest, plan
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small

KNOWN = "age, gender"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("users")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "sasrec", "knows", user_features=KNOWN)  # type: ignore[arg-type]
    train_small(found, dataset_id, "gru4rec", "both", user_features="gender", content="title")  # type: ignore[arg-type]
    return found


@pytest.fixture
def run(workspace: Workspace) -> OpenRun:
    return open_run(workspace, "knows")


def asked(workspace: Workspace, model: str, **settings: Any) -> TrainRequest:
    return TrainRequest(workspace.runs.open("knows").config.dataset_id, model, settings=settings)


def test_a_run_opens_with_the_features_it_was_trained_with(run: OpenRun) -> None:
    assert run.config.settings["user_features"] == KNOWN
    assert run.model.user_embedding is not None
    assert run.model.user_embedding.name == KNOWN
    one, other = run.model.scores([run.dataset.interactions.history(1)] * 2, [1, 2])
    assert not torch.equal(one, other)


def test_the_dense_network_reads_the_columns_that_are_named_and_no_others(workspace: Workspace) -> None:
    fields = {
        named: plan(workspace, asked(workspace, "mlp", **({} if named is None else {"user_features": named}))).model.fields
        for named in (None, "gender", "")
    }  # fmt: skip
    assert fields == {
        None: ("user", "user.age", "user.gender", "item", "item.category"),
        "gender": ("user", "user.gender", "item", "item.category"),
        "": ("user", "item", "item.category"),
    }


@pytest.mark.parametrize("model", ["mlp", "sasrec"])
def test_a_column_that_the_data_lack_is_refused_before_anything_is_written(workspace: Workspace, model: str) -> None:
    with pytest.raises(SettingError, match=r"no column 'trade' of users .* Available: age, gender\."):
        plan(workspace, asked(workspace, model, user_features="age, trade"))


def test_nobody_a_user_of_unknown_age_and_an_emptied_history_are_served(run: OpenRun) -> None:
    assert run.dataset.users["age"].isna()[run.user("u3")]
    own = len(run.dataset.interactions.history(run.user("u1")))
    emptied = edited_query(run, "u1", Draft.untouched(own).newest(0))
    for query in (query_of(run, None, ["i1", "i2"]), query_of(run, "u3", None), emptied):
        assert np.isfinite([one.score for one in recommend_items(run, query)]).all()
    assert "the user features alone say little" in recommendation_list(run, emptied).why


def test_an_edited_history_keeps_who_asks(run: OpenRun) -> None:
    own = len(run.dataset.interactions.history(run.user("u1")))
    edited = edited_query(run, "u1", Draft.untouched(own).removed(0))
    nobody = query_of(run, None, [str(run.dataset.interactions.item_ids[item]) for item in edited.history])
    assert (edited.user, nobody.user) == (run.user("u1"), UNKNOWN_USER)
    assert [one.score for one in recommend_items(run, edited)] != [one.score for one in recommend_items(run, nobody)]


def test_the_first_batch_shows_the_features(workspace: Workspace) -> None:
    found = first_batch(workspace, asked(workspace, "gru4rec", user_features="gender"))
    assert found is not None
    assert list(found.table)[:2] == ["padding", "gender"]
    assert set(found.table["gender"]) == {"f", "m"}


def test_the_states_that_new_items_are_ranked_by_are_those_of_the_users(workspace: Workspace) -> None:
    run = open_run(workspace, "both")
    log, users = run.dataset.interactions, np.array([5, 2, 9])
    states = states_of(run.model, log, users)
    expected = run.model.scores([log.history(int(user)) for user in users], users)
    torch.testing.assert_close((states @ run.model.item_embedding.weight.detach().T)[:, 1:], expected[:, 1:])
    placed = place(run, NewItemRequest(title="Thing new"), readers(run))
    assert 1 <= placed.median_rank <= placed.num_items


def test_an_explanation_names_the_features_in_words_in_json_and_on_the_page_to_hand_on(run: OpenRun) -> None:
    query = query_of(run, "u1", None)
    item_id = recommend_items(run, query)[0].item_id
    told = explain_for(run, query, item_id, "integrated_gradients")
    answer = as_json(run, told)
    assert [part["feature"] for part in answer["features"]] == [KNOWN]
    parts = [part["value"] for part in (*answer["contributions"], *answer["features"])]
    explained = answer["explained"]
    assert sum(parts) == pytest.approx(explained["value"] - explained["baseline"], abs=0.02)
    page = render_html(run, query, told)
    assert "user feature" in page
    effects = [part.value for part in (*told.explanation.contributions, *told.explanation.features)]
    assert effect_text(told.explanation.features[0].value, max(map(abs, effects))) in page


def test_the_page_to_hand_on_has_the_features_of_somebody_without_events(run: OpenRun) -> None:
    own = len(run.dataset.interactions.history(run.user("u1")))
    query = edited_query(run, "u1", Draft.untouched(own).newest(0))
    told = explain_for(run, query, "i3")
    assert told.sentence.endswith("because of the user features (age, gender).")
    assert "Effect of each input" in render_html(run, query, told)


def test_the_command_line_names_them_and_a_run_goes_on_only_with_the_same(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(*settings: str) -> tuple[int, dict[str, Any]]:
        dataset_id = workspace.runs.open("knows").config.dataset_id
        status = main(["train", dataset_id, "--model", "gru4rec", "--run-id", "cli", "--json", "--threads", "1",
                       "--workspace", str(Path(workspace.path)), "--set", "epochs=1", *settings])  # fmt: skip
        return status, json.loads(capsys.readouterr().out)

    assert ask("user_features=gender, age")[0] == 0
    assert open_run(workspace, "cli").config.settings["user_features"] == "gender, age"
    status, told = ask("user_features=gender")
    assert status == 2
    assert "exists with another dataset, model or settings" in told["error"]["message"]
    status, told = ask("user_features=income")
    assert (status, told["error"]["column"]) == (2, "user_features")
