"""The pseudo-language, which puts every message into brackets: what of a page is no message, and what no catalogue has."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import recsys.messages
from recsys.messages import LANGUAGES, PSEUDO
from recsys.models import MODELS
from recsys.services.data.datasets import sample_pictures
from recsys.ui.home.ways_in import PICTURES
from recsys.ui.shell.text import JOINER
from tests.pages.drive import ROOT
from tests.pages.visible import visible

DATA = re.compile(
    r"\b(?:title|category|price|picture|age|gender|low|high|cpu|on|off|held|lost|thorough)\b|\b[kMG]B\b|"
    r"Thing \d+|\b[ui]\d+\b|\bthing\b|\bred\b|\bShop\b|\bimages?\.zip\b|\b\w+\.csv\b|\bsasrec\b|\bseen\b|\bpop\b|[A-Z][a-z]{2} \d+, \d{4}"
)
NAMES = sorted(
    {
        *(model.title for model in MODELS.values()),
        *(name for model in MODELS.values() for name in model.Config.model_fields),
        "RecScope",
        "NDCG@10",
        "HR@K",
        "Jaccard",
        "Grad-CAM",
        PSEUDO,
        *LANGUAGES.values(),
    },
    key=len,
)
MARKS = re.compile(r":material/\w+:|:[a-z]+(-badge|-background)?\[|\]|<[^<>]*>|%\{[^{}]*\}")
ESCAPES = re.compile(r"\\|" + JOINER)
MESSAGE, CUT_MESSAGE = re.compile(r"⟦[^⟦⟧]*⟧"), re.compile(r"⟦[^⟦⟧]*(…|$)")
WORD = re.compile(r"[^\W\d_]{2,}")
LATER = (  # texts that are no messages yet
    r"^(Column|Items file|Users file)\b.* (as time|kept as unknown)\.$",  # the import report, stored in English
)


def raw_words(text: str) -> str:
    """What is left of a text without messages, names of the data, models, and marks of Markdown and plotly."""
    text = MARKS.sub(" ", ESCAPES.sub("", text))
    while MESSAGE.search(text):
        text = MESSAGE.sub(" ", text)
    while CUT_MESSAGE.search(text):
        text = CUT_MESSAGE.sub(" ", text)
    for pattern in LATER:
        text = re.sub(pattern, " ", text)
    for name in reversed(NAMES):
        text = text.replace(name, " ")
    return text if WORD.search(DATA.sub(" ", text)) else ""


def literals() -> set[str]:
    """The templates in the code: what a catalogue can hold."""
    found: set[str] = set()
    for path in [*ROOT.glob("recsys/**/*.py"), *ROOT.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "message", "plural"):
                found |= {part.value for part in node.args[:2] if isinstance(part, ast.Constant)}
    return found


def templates_shown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The templates that the pages showed, all of them in the pseudo-language."""
    templates: set[str] = set()
    template_of = recsys.messages._template

    def seen(text: Any, language: str) -> str:
        templates.update(filter(None, (text.template, text.many)))
        return template_of(text, language)

    monkeypatch.setattr(recsys.messages, "_template", seen)
    monkeypatch.setattr(
        "recsys.ui.shell.language.language", lambda: PSEUDO
    )  # AppTest formats options outside a session
    return templates


def raw_texts(app: AppTest, visit: str) -> set[str]:
    """What the page shows that is no message."""
    names = {name for name, _ in sample_pictures(PICTURES)}
    return {f"{visit} | {path} | {text}" for path, text in visible(app) if text not in names and raw_words(text)}
