"""The command line: what people and scripts may rely on."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recsys.__main__ import main, make_parser
from tests.worlds.small_shop import write_log

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = ROOT / "sample_data" / "article"


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: object) -> tuple[int, dict[str, Any], str]:
        status = main([*map(str, arguments), "--json", "--workspace", str(tmp_path / "home")])
        said = capsys.readouterr()
        return status, json.loads(said.out), said.err

    return run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_log(tmp_path / "shop.csv")


def article(ask: Any) -> str:
    _, told, _ = ask(
        "import", ARTICLE / "ratings.csv", "--items", ARTICLE / "items.csv", "--users", ARTICLE / "users.csv"
    )
    return str(told["dataset_id"])


def test_import_tells_what_came_in(ask: Any, shop: Path) -> None:
    status, told, _ = ask("import", shop)
    assert status == 0
    assert (told["rows"], told["users"], told["items"], told["rating_sum"]) == (180, 30, 9, 480.0)


def test_a_bad_file_is_one_line_on_stderr_and_a_place_in_json(ask: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("user_id,item_id,rating\na,1,5\nb,2,good\n")
    status, told, said = ask("import", path)
    assert status == 2
    assert (told["error"]["line"], told["error"]["column"]) == (3, "rating")
    assert len(said.strip().splitlines()) == 1


def test_ctrl_c_ends_a_command_in_one_line(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("recsys.__main__.do_import", pressed)
    assert main(["import", str(shop), "--workspace", str(tmp_path)]) == 130
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Stopped.\n")


def test_a_reader_who_goes_away_gets_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "recsys", "models"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as told:
        assert told.stdout is not None and told.stderr is not None
        told.stdout.close()
        assert told.stderr.read() == b""
    assert told.returncode == 141


def test_the_articles_data_train_the_dense_network_with_the_articles_preset(ask: Any) -> None:
    status, told, _ = ask("train", article(ask), "--model", "mlp", "--preset", "article")
    assert status == 0
    assert told["epochs"] == 10
    assert told["metrics"] is None
    assert told["why_no_metrics"]
    assert 0 <= told["accuracy"] <= 1


def test_a_sequence_model_is_refused_on_the_articles_data_in_words(ask: Any) -> None:
    status, told, _ = ask("train", article(ask), "--model", "sasrec")
    assert status == 2
    assert "longer histories" in told["error"]["message"]
    assert ask("runs")[1]["runs"] == []


def test_models_are_listed_with_their_settings(ask: Any) -> None:
    models = {model["name"]: model for model in ask("models")[1]["models"]}
    assert " ".join(models) == (
        "popularity recent_popularity markov ease item_knn mlp caser nextitnet rnn lstm gru4rec narm sasrec"
    )
    assert {s["name"] for s in models["ease"]["settings"]} == {"l2"}


def test_a_run_is_evaluated_recommends_explains_and_travels(ask: Any, shop: Path, tmp_path: Path) -> None:
    dataset = ask("import", shop)[1]["dataset_id"]
    settings = ("--set", "epochs=3", "embedding_dim=16", "num_heads=1")
    status, trained, _ = ask("train", dataset, "--model", "sasrec", *settings, "--run-id", "r1", "--threads", 1)
    assert status == 0
    again = ask("train", dataset, "--model", "sasrec", *settings, "--run-id", "r1", "--threads", 1)[1]
    assert again["weights_sha256"] == trained["weights_sha256"]
    evaluated = ask("evaluate", "latest", "--k", 1, 10)[1]
    assert evaluated["num_users"] == 30
    assert set(evaluated["baselines"]) == {"popularity", "recent_popularity", "markov", "ease"}
    found = ask("recommend", "r1", "--user", "u3", "-k", 2)[1]["recommendations"]
    assert [one["rank"] for one in found] == [1, 2]
    told = ask("explain", "r1", "--user", "u3", "--item", found[0]["item_id"])[1]
    assert told["method"] == "leave_one_out"
    assert told["explained"]["score"] == pytest.approx(found[0]["score"], rel=1e-5)
    assert len(told["contributions"]) == 6
    listed = ask("recommend", "r1", "--history", "i1,i2", "--include-seen", "-k", 9)[1]["recommendations"]
    ranks = {one["item_id"]: one["rank"] for one in listed}
    explain = ("explain", "r1", "--history", "i1,i2", "--item", "i2", "--counterfactual", "-k", 8)
    assert ask(*explain)[1]["seen"] is True
    told = ask(*explain, "--include-seen", "--against", "i1")[1]
    assert (told["seen"], told["rank"]) == (False, ranks["i2"])
    assert {told["against"][key]["rank"] for key in ("first", "second")} == {ranks["i1"], ranks["i2"]}
    assert told["counterfactual"]["rank_without"] is not None
    assert ask("recommend", "r1", "--all", "--out", tmp_path / "all.csv")[1]["users"] == 30
    assert ask("export", "r1", tmp_path / "r1.zip")[0] == 0
    assert ask("delete", "r1")[0] == 0
    assert ask("import-run", tmp_path / "r1.zip")[1]["run_id"] == "r1"
    assert ask("recommend", "r1", "--user", "u3", "-k", 2)[1]["recommendations"] == found


def test_a_sweep_names_its_runs_and_the_winner_by_validation(
    ask: Any, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSCOPE_ESTIMATE", "off")
    dataset = ask("import", shop)[1]["dataset_id"]
    command = ("sweep", dataset, "--model", "markov", "--set", "decay=0.5", "--runs", 3, "--seed", 4, "--sweep-id", "s")
    status, answer, progress = ask(*command)
    runs, best = answer["sweep"]["runs"], answer["sweep"]["best"]
    assert status == 0 and "Run 3 of 3: max_length" in progress
    assert [run["run_id"] for run in runs] == ["s-01", "s-02", "s-03"]
    assert [set(run["settings"]) for run in runs] == [{"max_length"}] * 3
    assert best["validation_ndcg@10"] == max(run["validation_ndcg@10"] for run in runs)
    assert "metrics" in best and "metrics" not in runs[0]
    assert ask(*command)[1] == answer
    status, answer, _ = ask(*command[:-4], "--seed", 5, "--sweep-id", "s")
    assert status == 2 and "Choose another --sweep-id" in answer["error"]["message"]


def test_an_export_tells_its_size_and_hash_and_leaves_out_what_it_is_told_to(
    ask: Any, shop: Path, tmp_path: Path
) -> None:
    dataset, file = ask("import", shop)[1]["dataset_id"], tmp_path / "r1.zip"
    ask("train", dataset, "--model", "ease", "--run-id", "r1")
    whole = ask("export", "r1", file)[1]
    assert whole["bytes"] == file.stat().st_size
    assert whole["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert ask("export", "r1", file, "--without-data")[1]["files"] == whole["files"] - 5
    status, told, _ = ask("export", "r1", file, "--without-data", "--pictures")
    assert status == 2
    assert "Choose one" in told["error"]["message"]
    ask("delete", "r1")
    assert ask("import-run", file)[1]["run_id"] == "r1"
    ask("delete", dataset)
    status, told, _ = ask("import-run", file)
    assert status == 2
    assert "holds no dataset" in told["error"]["message"]


def test_an_existing_run_id_with_other_settings_is_refused(ask: Any, shop: Path) -> None:
    dataset = ask("import", shop)[1]["dataset_id"]
    ask("train", dataset, "--model", "ease", "--run-id", "r1")
    status, told, _ = ask("train", dataset, "--model", "ease", "--set", "l2=5", "--run-id", "r1")
    assert status == 2
    assert "another" in told["error"]["message"]


@pytest.mark.parametrize(
    "arguments", [("evaluate", "nothing"), ("train", "0" * 16, "--model", "ease"), ("recommend", "../x", "--user", "a")]
)
def test_what_is_not_there_is_the_persons_fault(ask: Any, arguments: tuple[str, ...]) -> None:
    status, told, _ = ask(*arguments)
    assert status == 2
    assert told["error"]["message"]


def test_exports_hold_no_formula() -> None:
    import pandas as pd

    from recsys.services.workspace.safe_csv import safe_csv

    text = safe_csv(pd.DataFrame({"title": ["=1+1", "+x", "-y", "@z", "\tq", "plain"], "score": [-1.5, 2, 3, 4, 5, 6]}))
    cells = [line.split(",")[0].strip('"') for line in text.splitlines()[1:]]
    assert all(cell[0] not in "=+-@\t" for cell in cells)
    assert ",-1.5" in text


def test_labels_are_measured_beside_the_ranking(ask: Any, shop: Path, tmp_path: Path) -> None:
    shown = tmp_path / "shown.csv"
    rows = [f"u{u},i{(u + i) % 9},{1_700_000_003 + i},{int((u * i) % 4 == 1)}" for u in range(30) for i in range(4)]
    shown.write_text("\n".join(["user_id,item_id,timestamp,clicked", *rows]) + "\n")
    imported = ask("import", shop, "--impressions", shown)[1]
    assert imported["impressions"] == 120
    ask("train", imported["dataset_id"], "--model", "ease", "--run-id", "r1")
    assert "labels" not in ask("evaluate", "r1")[1]
    # Everybody's test event has a rating of 1, everybody's validation event a 5: no scale can be fitted.
    status, told, _ = ask("evaluate", "r1", "--labels", "ratings", "--threshold", 4)
    assert status == 2 and "all have the same label" in told["error"]["message"]
    told = ask("evaluate", "r1", "--labels", "clicks", "--k", 2)[1]
    assert told["num_users"] == 30
    assert list(told["labels"]["ctr"]) == ["ctr@2"]
    assert told["labels"]["num_events"] == 60
    status, told, _ = ask("evaluate", "r1", "--labels", "clicks", "--threshold", 4)
    assert status == 2 and "needs --labels ratings" in told["error"]["message"]


def test_the_dense_network_says_how_likely_an_event_is_liked(ask: Any, shop: Path) -> None:
    dataset = ask("import", shop)[1]["dataset_id"]
    ask("train", dataset, "--model", "mlp", "--set", "epochs=1", "--run-id", "r1", "--threads", 1)
    told = ask("evaluate", "r1", "--labels", "ratings", "--threshold", 4)[1]["labels"]
    assert (told["threshold"], told["num_events"], told["num_yes"], told["base_rate"]) == (4, 60, 30, 0.5)
    assert told["slope"] is None and 0 <= told["auc"] <= 1
    status, told, _ = ask("evaluate", "r1", "--labels", "clicks")
    assert status == 2 and "has no impressions" in told["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("explain", "latest", "--user", "u1"), "--item"),
        (("recommend", "latest", "--user", "u1", "-k", "ten"), "'ten'"),
        (("explain", "latest", "--user", "u1", "--history", "i1", "--item", "i2"), "--history"),
        (("recomend",), "'recomend'"),
        ((), "command"),
    ],
)
def test_a_command_that_cannot_be_read_is_one_line_on_stderr_and_json(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], found: str
) -> None:
    assert main([*arguments, "--json"]) == 2
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1
    assert found in said.err and "--help" in said.err
    assert json.loads(said.out)["error"]["message"] == said.err.strip()


def test_an_abbreviated_option_is_no_option_of_any_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts look for whole names, as `main` does for --json."""
    commands = next(action.choices for action in make_parser()._actions if action.dest == "command")
    assert len(commands) > 15
    for command in commands.values():
        for action in command._actions:
            action.required = False
        for group in command._mutually_exclusive_groups:
            group.required = False
        names = [name for name in command._option_string_actions if name.startswith("--")]
        for short in {name[:-1] for name in names} - set(names):
            assert command.parse_known_args([short])[1] == [short]
    assert main(["runs", "--js"]) == 2
    assert capsys.readouterr().err.startswith("Unrecognized arguments: --js.")
