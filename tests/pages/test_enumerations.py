"""What is listed on a page is joined by the comma of its language."""

from __future__ import annotations

import ast

import pytest

from recsys.messages import CHINESE, ENGLISH, message
from recsys.services.workspace import open_workspace
from recsys.ui.shell import language
from recsys.ui.shell.text import comma_list
from tests.pages.drive import ROOT, opened, texts
from tests.worlds.small_shop import shop, trained

NOT_READ = {"recsys/ui/train/settings.py"}  # the value of a setting


@pytest.mark.parametrize(("code", "expected"), [(ENGLISH, "gender, u1"), (CHINESE, "性别、u1")])
def test_names_are_joined_and_translated(code: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "language", lambda: code)
    assert comma_list([message("gender"), "u1"]) == expected
    assert comma_list([]) == ""


def test_disliked_items_are_listed_with_the_chinese_comma(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, dataset_id = shop(tmp_path)
    trained(workspace, dataset_id, "ease")
    app = opened("recommend", workspace.path, monkeypatch, run="ease", user="u1", lang=CHINESE)
    app.session_state["session"].editing.disliked = (1, 2)
    app.run()
    titles = [open_workspace(workspace.path).datasets.load(dataset_id).title(item) for item in (1, 2)]
    assert "、".join(titles) in texts(app)


def test_no_screen_joins_names_by_an_english_comma() -> None:
    found = []
    for path in ROOT.glob("recsys/ui/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "join":
                text = node.func.value
                if isinstance(text, ast.Constant) and text.value == ", ":
                    found.append(str(path.relative_to(ROOT)))
    assert set(found) == NOT_READ
