"""What if the person were another: recommendations and reasons follow, and nobody else's do."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.data.interactions import UNKNOWN_USER
from recsys.services.explain.explain_item import explain_for
from recsys.services.explain.what_if import ANYBODY, choices, for_run, run_for, trait_values, with_persona
from recsys.services.recommend.query import query_of, with_person
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OpenRun]:
    folder = tmp_path_factory.mktemp("whatif")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False)
    for name in ("sasrec", "mlp"):
        train_small(workspace, dataset_id, name, name, user_features="age, gender")  # type: ignore[arg-type]
    train_small(workspace, dataset_id, "gru4rec", "ids")
    return {name: open_run(workspace, name) for name in ("sasrec", "mlp", "ids")}


def test_the_model_s_own_features_can_be_told(runs: dict[str, OpenRun]) -> None:
    assert choices(runs["ids"]) == {}
    assert choices(runs["sasrec"])["gender"] == ("unknown", "f", "m")
    assert trait_values(runs["sasrec"], query_of(runs["sasrec"], "u1", None)) == {"age": "18-24", "gender": "f"}


def test_what_is_so_already_changes_nothing(runs: dict[str, OpenRun]) -> None:
    query = query_of(runs["sasrec"], "u1", None)
    assert with_persona(runs["sasrec"], query, {"gender": "f", "zip": "x"}) is query
    assert run_for(runs["sasrec"], query) is runs["sasrec"]


@pytest.mark.parametrize("name", ["sasrec", "mlp"])
def test_suggestions_and_reasons_are_those_of_the_other_person(runs: dict[str, OpenRun], name: str) -> None:
    run = runs[name]
    query = with_persona(run, query_of(run, "u1", None), {"gender": "m"})
    assert query.persona == (("gender", "m"),)
    assert trait_values(run, query)["gender"] == "m"
    other, before = run_for(run, query), recommend_items(run, query_of(run, "u1", None))
    found = recommend_items(other, query)
    assert [one.score for one in found] != [one.score for one in before]
    assert explain_for(other, query, found[0].item_id).explanation.score == pytest.approx(found[0].score, abs=1e-5)
    assert [one.score for one in recommend_items(run, query_of(run, "u1", None))] == [one.score for one in before]


def test_a_history_made_by_hand_can_have_a_person(runs: dict[str, OpenRun]) -> None:
    run = runs["sasrec"]
    query = with_persona(run, query_of(run, None, ["i1", "i2"]), {"gender": "m", "age": "35-44"})
    assert query.user == ANYBODY
    assert query.person is not None and (query.person.gender, query.person.age_band) == ("m", "35-44")
    same = next(
        user for user in range(1, run.dataset.interactions.num_users + 1)
        if trait_values(run, query_of(run, str(run.dataset.interactions.user_ids[user]), None)) == {"age": "35-44", "gender": "m"}
    )  # fmt: skip
    own = run.model.scores([query.history], [same])
    told = run_for(run, query).model.scores([query.history], [query.user])
    assert np.array_equal(own, told)


def test_a_dense_network_still_knows_no_user_behind_a_history_made_by_hand(runs: dict[str, OpenRun]) -> None:
    query = with_persona(runs["mlp"], query_of(runs["mlp"], None, []), {"gender": "m"})
    assert query.user == UNKNOWN_USER


def test_another_run_gets_what_it_can_know(runs: dict[str, OpenRun]) -> None:
    query = with_persona(runs["sasrec"], query_of(runs["sasrec"], None, ["i1"]), {"gender": "m"})
    run, found = for_run(runs["ids"], query)
    assert (run, found.persona, found.user) == (runs["ids"], (), UNKNOWN_USER)
    _, found = for_run(runs["mlp"], query)
    assert found.persona == (("gender", "m"),) and found.user == UNKNOWN_USER


def test_two_persons_have_two_keys(runs: dict[str, OpenRun]) -> None:
    query = query_of(runs["sasrec"], "u1", None)
    assert query.key == query_of(runs["sasrec"], "u1", None).key
    assert query.key != with_persona(runs["sasrec"], query, {"gender": "m"}).key


def test_what_is_told_of_a_stranger_makes_another_key(runs: dict[str, OpenRun]) -> None:
    query = query_of(runs["sasrec"], None, ["i1"])
    assert len({query.key, *(with_person(query, gender, "").key for gender in ("", "f", "m"))}) == 4
