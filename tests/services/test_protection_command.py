"""`import` with pseudonyms and bands, and `feasibility`, from the command line."""

import json

import pytest

from recsys.__main__ import main
from recsys.data.importing.import_choices import Protection

LOG = "user_id,item_id\nanna,tea\nanna,cup\nbert,tea\n"


@pytest.fixture
def run(tmp_path, capsys):
    """Run a command in a workspace; return (exit status, its JSON answer)."""

    def of(*words):
        status = main([*map(str, words), "--workspace", str(tmp_path / "home"), "--json"])
        return status, json.loads(capsys.readouterr().out)

    return of


def test_an_import_protects_as_its_options_say(run, tmp_path, monkeypatch):
    requests = []
    (tmp_path / "log.csv").write_text(LOG)
    monkeypatch.setattr("recsys.data.store.load_dataset", lambda request, *_: requests.append(request) or 1 / 0)
    options = (
        "--pseudonyms",
        "--key",
        tmp_path / "a.key",
        "--drop",
        "users.zip",
        "--bands",
        "age=10",
        "price",
        "--days",
    )
    with pytest.raises(ZeroDivisionError):
        run("import", tmp_path / "log.csv", *options)
    (request,) = requests
    assert request.key == tmp_path / "a.key"
    assert request.choices.protection == Protection(
        pseudonyms=("users",), drop=("users.zip",), bands={"age": 10, "price": None}, days=True
    )


def test_pseudonyms_without_a_name_are_those_of_users(run, tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    answer = run("import", tmp_path / "log.csv", "--pseudonyms")[1]
    assert [repair["count"] for repair in answer["repairs"] if repair["kind"] == "pseudonyms"] == [2]
    both = run("import", tmp_path / "log.csv", "--pseudonyms", "users", "items")[1]
    assert len([repair for repair in both["repairs"] if repair["kind"] == "pseudonyms"]) == 2


def test_a_width_that_is_no_number_is_refused(run, tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    status, answer = run("import", tmp_path / "log.csv", "--bands", "age=ten")
    assert status == 2 and "--bands age" in answer["error"]["message"]


def test_feasibility_says_why_a_model_does_not_suit(run, tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    dataset_id = run("import", tmp_path / "log.csv")[1]["dataset_id"]
    status, answer = run("feasibility", dataset_id)
    levels = {one["model"]: one["level"] for one in answer["models"]}
    assert status == 0 and levels["sasrec"] == "refused" and levels["ease"] == "suits"
    assert answer["suggestions"][0]["model"] == "ease" and answer["shape"]["steps"] == 1
    assert run("feasibility", "nothing")[0] == 2
