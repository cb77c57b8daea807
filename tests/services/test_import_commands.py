"""The commands import, append and recipe with the choices that they take."""

import json

import pytest

from recsys.__main__ import main

LOG = (
    "user_id,item_id,rating\n"
    + "".join(f"u{n % 20},i{n // 20},{1 + n % 5}\n" for n in range(200))
    + "u1,i99,\nu0,i0,4\n"
)


@pytest.fixture
def ask(tmp_path, capsys):
    def ask(*arguments):
        status = main([*map(str, arguments), "--workspace", str(tmp_path / "workspace"), "--json"])
        return status, json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    return path


def test_all_faults_are_printed_with_their_treatments(ask, log):
    status, answer = ask("import", log)
    assert status == 2
    faults = {fault["key"]: fault for fault in answer["error"]["faults"]}
    assert list(faults) == ["no_number", "conflict"]
    conflict = faults["conflict"]
    assert (conflict["count"], conflict["rows"], conflict["lines"], conflict["proposed"]) == (1, 202, [203], "last")
    assert [treatment["name"] for treatment in conflict["treatments"]] == [
        "last",
        "first",
        "mean",
        "highest",
        "sum",
        "drop",
    ]


def test_treat_decides_one_fault_and_accept_takes_the_proposals_of_the_others(ask, log):
    status, answer = ask("import", log, "--treat", "no_number=median", "--accept")
    assert status == 0 and answer["rows"] == 201
    assert answer["accepted"] == {"conflict": "last"}


def test_a_recipe_is_printed_and_replayed(ask, log, tmp_path):
    first = ask("import", log, "--accept", "--keep", "k-core=5", "rating=2", "--most-dropped", "0.1")[1]
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps(ask("recipe", first["dataset_id"])[1]))
    again = ask("import", log, "--recipe", recipe)[1]
    assert again["dataset_id"] == first["dataset_id"] and again["accepted"] == {}
    weaker = ask("import", log, "--recipe", recipe, "--keep", "rating=1")[1]
    assert weaker["rows"] > first["rows"]


def test_a_later_log_is_appended(ask, log, tmp_path):
    first = ask("import", log, "--accept")[1]
    (later := tmp_path / "later.csv").write_text("user_id,item_id,rating\nnew,i1,3\nu1,i98,2\n")
    status, answer = ask("append", first["dataset_id"], later)
    assert status == 0 and answer["appended_to"] == first["dataset_id"]
    assert answer["rows"] == first["rows"] + 2


def test_types_of_events_are_weighed(ask, tmp_path):
    (log := tmp_path / "log.csv").write_text("user_id,item_id,event\na,x,view\na,x,buy\nb,x,view\nb,y,view\n")
    assert [fault["key"] for fault in ask("import", log)[1]["error"]["faults"]] == ["event_types"]
    assert ask("import", log, "--events", "view=1", "buy=5")[1]["rating_sum"] == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--keep", "kcore=5"], "no filter 'kcore'"),
        (["--keep", "sample=2"], "sample"),
        (["--events", "view=much"], "events.view"),
        (["--most-dropped", "7"], "most_dropped"),
        (["--recipe", "nowhere.json"], "nowhere.json"),
        (["--fill", "users.age"], "users.age"),
    ],
)
def test_a_wrong_choice_is_refused_in_one_line(ask, log, arguments, words):
    status, answer = ask("import", log, "--accept", *arguments)
    assert status == 2 and words in answer["error"]["message"]


def test_an_unknown_dataset_has_no_recipe(ask):
    assert ask("recipe", "nothing")[0] == 2
