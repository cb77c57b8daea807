"""The `forget` command: it asks, answers with what was deleted, and `runs` names the marked ones."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from recsys.__main__ import main
from tests.worlds.small_shop import shop, trained


@pytest.fixture
def home(tmp_path: Path) -> Path:
    workspace, dataset_id = shop(tmp_path)
    trained(workspace, dataset_id, "ease")
    return workspace.path


@pytest.fixture
def ask(home: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
        status = main([*arguments, "--json", "--workspace", str(home)])
        printed = capsys.readouterr()
        return status, json.loads(printed.out), printed.err

    return run


def dataset_of(ask: Any) -> str:
    (one,) = ask("datasets")[1]["datasets"]
    return str(one["dataset_id"])


def test_with_yes_it_answers_with_what_was_deleted(ask: Any) -> None:
    dataset_id = dataset_of(ask)
    status, answer, _ = ask("forget", dataset_id, "u5", "--yes")
    assert status == 0
    assert (answer["dataset_id"], answer["new_dataset_id"]) == (dataset_id, dataset_of(ask))
    assert (answer["events"], answer["runs"], answer["also_in"]) == (6, ["ease"], [])
    assert "u5" not in json.dumps(answer)
    (run,) = ask("runs")[1]["runs"]
    assert (run["saw_forgotten"], run["successor"]) == (True, answer["new_dataset_id"])


def test_without_a_terminal_it_says_what_it_would_do_and_deletes_nothing(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    dataset_id = dataset_of(ask)
    status, answer, said = ask("forget", dataset_id, "u5")
    assert status == 2 and "--yes" in answer["error"]["message"]
    assert "6 events" in said and "1 trained model" in said
    assert dataset_of(ask) == dataset_id


@pytest.mark.parametrize(("typed", "is_done"), [("yes\n", True), ("y\n", False), ("", False)])
def test_on_a_terminal_only_yes_is_yes(typed: str, is_done: bool, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    dataset_id = dataset_of(ask)
    monkeypatch.setattr("sys.stdin", terminal)
    assert ask("forget", dataset_id, "u5")[0] == (0 if is_done else 2)
    assert (dataset_of(ask) != dataset_id) == is_done


def test_a_command_that_needs_a_forgotten_run_says_why_it_cannot(ask: Any) -> None:
    ask("forget", dataset_of(ask), "u5", "--yes")
    for arguments in (("recommend", "ease", "--user", "u1"), ("evaluate", "ease")):
        status, answer, _ = ask(*arguments)
        assert status == 2 and "before a person was forgotten" in answer["error"]["message"]


def test_the_next_command_completes_what_a_killed_one_began(ask: Any, home: Path) -> None:
    dataset_id = dataset_of(ask)
    (home / "datasets" / dataset_id / "forgetting.json").write_text('{"user_id": "u5"}')
    assert dataset_of(ask) != dataset_id
