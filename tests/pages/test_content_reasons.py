"""The Explain page's part on what an item is, driven without a browser, and the same on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.__main__ import main
from recsys.services.explain.content_reasons import Word
from recsys.services.workspace import open_workspace
from recsys.ui.explain.content_reasons import marked
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small

CONTENT = {"evidence": "true", "proof": "Words & picture"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("content")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home)
    train_small(workspace, dataset_id, "gru4rec", "seen", content="title, category, price, picture")  # type: ignore[arg-type]
    train_small(workspace, dataset_id, "gru4rec", "ids")
    train_small(workspace, dataset_id, "mlp", "mixed", content="title")  # type: ignore[arg-type]
    return home / "home"


def tabs(app: AppTest) -> list[str]:
    return [tab.label for tab in app.tabs]


def test_the_parts_are_beside_the_answer_and_words_and_picture_in_the_evidence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, run="seen", user="u0", item="i1", **CONTENT)
    tables = [list(table.value.iloc[:, 0]) for table in app.dataframe]
    parts = ["its title and text", "its picture", "its category", "its price", "who chose the item"]
    assert any(table[3:8] == parts for table in tables)
    assert ["thing", "1"] in tables
    assert any("top left" in table for table in tables)


def test_other_methods_are_asked_for_by_a_click(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="seen", user="u0", item="i1", **CONTENT)
    app.segmented_control(key="word_method").set_value("integrated_gradients").run()
    app.segmented_control(key="picture_method").set_value("grad_cam").run()
    assert not app.exception
    assert any("shared out over its words" in caption.value for caption in app.caption)
    assert any("last convolution" in caption.value for caption in app.caption)


def test_an_item_without_a_picture_has_no_map(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="seen", user="u0", item="i9", **CONTENT)
    assert app.segmented_control(key="word_method")
    assert not [table for table in app.dataframe if "top left" in list(table.value.iloc[:, 0])]


def test_a_run_that_saw_ids_alone_has_no_such_part_and_a_dense_network_says_why(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, run="ids", user="u0", item="i1", **CONTENT)
    assert "Words & picture" not in tabs(app)
    app = opened("explain", home, monkeypatch, run="mixed", user="u0", item="i1", **CONTENT)
    assert any("no sum of parts" in caption.value for caption in app.caption)


def test_the_command_line_prints_sources_that_add_up_and_words_with_their_places(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(run: str) -> dict:  # type: ignore[type-arg]
        assert main(["explain", run, "--user", "u0", "--item", "i1", "--workspace", str(home), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    told = asked("seen")
    content = told["content"]
    shares = [source["value"] for source in told["sources"]["sources"]]
    assert told["sources"]["start"] + sum(shares) == pytest.approx(told["explained"]["value"], abs=1e-4)
    places = [(word["token"], word["column"], word["start"], word["end"]) for word in content["tokens"]]
    assert places == [("thing", "title", 0, 5), ("1", "title", 6, 7)]
    assert len(content["picture"]) == 9
    assert "content" not in asked("ids")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[x](javascript:alert)", r"\[x\]\(:blue-background[javascript]\:alert\)"),
        ("![p](https://evil)", r"\!\[p\]\(:blue-background[https]"),
        ("<b>bold</b> www.evil.example", r":blue-background[bold]"),
    ],
)
def test_tinted_text_can_do_nothing(text: str, shown: str) -> None:
    word = next(name for name in ("javascript", "https", "bold") if name in text)
    at = text.index(word)
    made = marked(text, [Word(word, "title", at, at + len(word), 1.0)])
    assert shown in made
    assert "](" not in made.replace(r"\]\(", "")
    assert "www." not in made
    assert "://" not in made
    assert "<" not in made.replace(r"\<", "")


def test_text_around_tinted_words_keeps_its_blanks() -> None:
    words = [Word("red", "text", 2, 5, 1.0), Word("thing", "text", 6, 11, -1.0)]
    assert marked("A red thing, new", words) == r"A :blue-background[red] :orange-background[thing], new"
