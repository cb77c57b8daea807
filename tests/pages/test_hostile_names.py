"""Every name on every page comes from an attacker: no text that is drawn as Markdown or HTML holds one as it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from recsys.ui.parts import charts
from recsys.ui.shell.text import JOINER, plain, unescaped
from tests.pages.drive import opened
from tests.pages.visible import nodes, strings
from tests.worlds.hostile import ATTACKS, RAW

AS_TEXT = (  # fields that Streamlit shows as they are
    "Selectbox.options", "MultiSelect.options", "raw_value", ".id", "Text.body", ".default", ".placeholder", ".alt", "Code.code_text", "_widgets",
)  # fmt: skip
LANGUAGE = re.compile(r'<a lang="\w+" href="\?[\w%&;=.+~-]*"( aria-current="true")?>[^<]*</a>')
PROOFS = ("Methods", "Faithfulness", "Attention", "Counterfactual", "Edit history")
VISITS: tuple[tuple[str, dict[str, str]], ...] = (
    ("home", {}), ("data", {}), ("train", {"like": "sasrec"}), ("train", {"run": "sasrec"}), ("models", {"run": "sasrec"}),
    ("models", {"compare": "sasrec,ease"}), ("models", {"run": "sasrec", "part": "Quality"}),
    *(("models", {"run": "sasrec", "part": part}) for part in ("Trust", "Segments", "Fairness", "Calibration & CTR", "Privacy", "Settings", "Report")), ("explore", {"run": "sasrec"}), ("explore", {"run": "sasrec", "part": "Users and errors"}), ("explore", {"run": "sasrec", "part": "Similar items"}),
    ("recommend", {"run": "sasrec", "compare": "ease"}), ("recommend", {"run": "ease", "view": "Table"}),
    ("explain", {"run": "sasrec"}), ("explain", {"run": "ease"}),
    *(("explain", {"run": "sasrec", "evidence": "true", "proof": proof}) for proof in PROOFS),
)  # fmt: skip


def drawn(app: AppTest) -> Iterator[tuple[str, str]]:
    """Every text of the page that may be markup: the fields of all elements, and what plotly draws."""
    for node in nodes(app._tree):
        message = getattr(node, "proto", None)
        for path, text in strings(message, type(message).__name__) if isinstance(message, Message) else ():
            if path == "PlotlyChart.spec":
                yield from strings(json.loads(text), path)
            elif not path.endswith(AS_TEXT):
                yield path, text


def raw_in(path: str, text: str) -> list[str]:
    """Plotly reads tags and no Markdown. The links of the languages are tags of the app, whose addresses are encoded."""
    if path == "PlotlyChart.spec":
        return [part for part in ("<b>b", "<img", "<a", "$x") if part in text]
    text = LANGUAGE.sub("", text) if path == "Html.body" else text
    return [part for part in RAW if part in text]


def test_no_page_holds_a_name_that_could_be_more_than_text(hostile_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for page, query in VISITS:
        app = opened(page, hostile_home, monkeypatch, **query)
        assert not app.error
        texts = list(drawn(app))
        assert [(page, path, text) for path, text in texts if raw_in(path, text)] == []
        assert any(plain(attack) in text for _, text in texts for attack in ATTACKS), f"{page}: no name is shown at all"


def test_what_streamlit_replaces_in_plain_text_is_broken_by_an_invisible_joiner() -> None:
    for text in ("WWW.evil.example", "www.evil.example", ":streamlit:", ":material_home:", ":smile:", "--", "a -> b", "x >= 2", "u@evil.example", "https://evil.example"):  # fmt: skip
        assert JOINER in plain(text)
        assert unescaped(plain(text)).replace(JOINER, "") == text
    assert JOINER not in plain("Alien (1979): 8/10 - a well-known film, 12:30")


def test_a_chart_names_a_run_by_its_legend_so_that_the_name_is_no_template() -> None:
    figure = charts.curves({"A %{y} <b>bold</b>": ([1], [0.5], [0.1])})
    assert figure.data[0].name == "A %{y} &lt;b&gt;bold&lt;/b&gt;"
    assert "bold" not in figure.data[0].hovertemplate


def test_a_name_cannot_turn_the_direction_of_the_text_around_it() -> None:
    turned = "abc\u202etxt.exe\u2067"
    assert (unescaped(plain(turned)), charts.label(turned)) == ("abctxt.exe", "abctxt.exe")
