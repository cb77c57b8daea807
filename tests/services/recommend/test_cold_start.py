"""What a list rests on where there is no history, and which items no list can hold."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recsys.__main__ import main
from recsys.data.dataset import CATEGORY
from recsys.errors import SettingError
from recsys.recommend.diversity import mean_similarity
from recsys.recommend.popular import EVERYBODY, Person
from recsys.services.recommend.cold_start import needs_cold_start, not_scored, recommendation_list
from recsys.services.recommend.diversity_cost import vectors as unit_vectors
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.query import edited_query, known_traits, query_of, with_person
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.services.workspace.slices import item_filter
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("fallback")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    for model in ("gru4rec", "mlp", "popularity"):
        train_small(found, dataset_id, model, model)
    train_small(found, dataset_id, "gru4rec", "cold", cold_share=0.2)
    train_small(found, dataset_id, "gru4rec", "content", cold_share=0.2, content="title, category")
    return found


@pytest.fixture
def run(workspace: Workspace) -> OpenRun:
    return open_run(workspace, "gru4rec")


def emptied(run: OpenRun, user_id: str):
    num_own = len(run.dataset.interactions.history(run.user(user_id)))
    return edited_query(run, user_id, Draft.untouched(num_own).newest(0))


def test_with_a_history_the_list_is_the_models(run: OpenRun) -> None:
    query = query_of(run, "u1", None)
    found = recommendation_list(run, query)
    assert (found.items, found.why, found.badge) == (recommend_items(run, query), "", "")


def test_without_one_it_is_what_most_people_chose_lately(run: OpenRun) -> None:
    found = recommendation_list(run, query_of(run, None, []), k=5)
    assert found.badge == "popular lately"
    assert "GRU4Rec has nothing to go by" in found.why
    assert EVERYBODY in found.why
    train = run.split.train
    ages = 1 - np.searchsorted(np.sort(train.times), train.times, side="right") / len(train)
    counts = np.bincount(train.items, 0.5 ** (ages / 0.1), minlength=train.num_items + 1)
    best = np.argsort(-counts, kind="stable")[:5]
    assert [one.item_id for one in found.items] == list(run.dataset.interactions.item_ids[best])
    assert [one.score for one in found.items] == pytest.approx(list(counts[best] / counts.sum()))


def test_the_command_line_gives_the_same_list_and_the_same_reason(
    workspace: Workspace, run: OpenRun, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["recommend", "gru4rec", "--history", "", "--json", "--workspace", str(workspace.path)]
    assert main(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    found = recommendation_list(run, query_of(run, None, []))
    assert [(one["item_id"], one["score"]) for one in answer["recommendations"]] == [
        (one.item_id, one.score) for one in found.items
    ]
    assert (answer["note"], answer["fallback"]) == (found.why, "popular lately")
    assert main([*arguments, "-k", "0"]) == 2


def test_people_alike_are_asked_where_there_are_enough(run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    assert known_traits(run.dataset) == (("f", "m"), ("18-24", "25-34", "35-44", "45-54", "55-64"))
    query = with_person(query_of(run, None, []), "f", "25-34")
    assert recommendation_list(run, query).badge == "popular lately"  # 40 users in all: no group has 30
    monkeypatch.setattr("recsys.recommend.popular.group_of.__defaults__", (5,))
    assert recommendation_list(run, query).badge == "popular lately among people of 25–34"
    monkeypatch.setattr("recsys.recommend.popular.group_of.__defaults__", (4,))  # u5, u7, u11 and u13
    found = recommendation_list(run, query)
    assert found.badge == "popular lately among women of 25–34"
    assert "4 people in this dataset" in found.why
    assert recommendation_list(run, emptied(run, "u5")).badge == found.badge  # u5 is one of them
    assert query.person == Person("f", "25-34")


def test_the_category_filter_holds_and_the_csv_ranks_count_from_one(run: OpenRun) -> None:
    found = recommendation_list(run, query_of(run, None, []), within=item_filter(run.dataset, ["red"])).items
    assert [one.rank for one in found] == list(range(1, len(found) + 1))
    items = run.dataset.items
    assert {items[CATEGORY].iat[run.item(one.item_id)] for one in found} == {"red"}


def test_the_fallback_is_less_popular_and_more_diverse_where_that_is_chosen(run: OpenRun) -> None:
    query, counts = query_of(run, None, []), run.split.train.item_counts
    plain, rare = recommendation_list(run, query, 5), recommendation_list(run, query, 5, less_popular=1.0)
    rarest = np.sort(counts[counts > 0])[:5]
    assert [counts[run.item(item.item_id)] for item in rare.items] == rarest.tolist()
    whole = recommendation_list(run, query, 25).items
    assert [item.plain_rank for item in rare.items] == [
        next(other.rank for other in whole if other.item_id == item.item_id) for item in rare.items
    ]
    vectors = unit_vectors(run)

    def likeness(items):  # type: ignore[no-untyped-def]
        return mean_similarity([run.item(item.item_id) for item in items], vectors)

    diverse = recommendation_list(run, query, 5, trade_off=0.0)
    assert likeness(diverse.items) < likeness(plain.items)
    assert diverse.items[0].item_id == plain.items[0].item_id
    with pytest.raises(SettingError, match="trade-off"):
        recommendation_list(run, query, trade_off=1.5)


def test_a_model_that_knows_the_user_or_nobody_needs_no_fallback(workspace: Workspace, run: OpenRun) -> None:
    mlp, popularity = open_run(workspace, "mlp"), open_run(workspace, "popularity")
    assert needs_cold_start(run, emptied(run, "u1"))
    assert not needs_cold_start(mlp, emptied(mlp, "u1"))
    assert needs_cold_start(mlp, query_of(mlp, None, []))
    assert not needs_cold_start(popularity, query_of(popularity, None, []))


def test_what_could_not_be_scored_is_counted_and_what_nobody_touched_is_marked(workspace: Workspace) -> None:
    ids, content = open_run(workspace, "cold"), open_run(workspace, "content")
    untouched = ids.split.train.item_counts[1:] == 0
    assert untouched.sum() >= 5
    assert not_scored(ids).startswith(f"{untouched.sum()} of 25 items without a training event are left out")
    assert not_scored(content).startswith(f"{untouched.sum()} of 25 items are cold-start items")
    new = {one.item_id for one in recommend_items(content, query_of(content, None, []), 25) if one.is_new}
    assert new == set(ids.dataset.interactions.item_ids[1:][untouched])
    assert not any(one.is_new for one in recommend_items(ids, query_of(ids, None, []), 25))
