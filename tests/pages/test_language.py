"""The language of the pages: chosen by a link, the switch or the last visit; and nothing is shown that cannot be translated."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

import recsys.messages
from recsys.messages import LANGUAGES, PSEUDO
from recsys.models import MODELS
from recsys.runs.store import RunFolder
from recsys.runs.trust_record import CauseTrust, Figure, GroupTrust, MethodTrust, PlantedTrust, Trust, save_trust
from recsys.services.data.datasets import sample_pictures
from recsys.services.train.estimate import Estimate
from recsys.services.workspace import open_workspace
from recsys.ui.home.ways_in import PICTURES
from recsys.ui.shell.remember import COOKIE, RememberedLanguage
from recsys.ui.shell.text import JOINER
from tests.pages.drive import ROOT, address, opened
from tests.pages.visible import visible
from tests.worlds.shops import import_shop, train_small

EXPLAIN = {"run": "sasrec", "user": "u1", "evidence": "true"}
VISITS: tuple[tuple[str, dict[str, str]], ...] = (
    ("home", {}),
    *(("data", {"table": name}) for name in ("Overview", "Items", "Users", "Interactions")),
    ("explore", {"run": "sasrec"}),
    ("recommend", {"run": "sasrec", "user": "u1", "edit": "0-3", "compare": "seen", "diversity": "0.5"}),
    ("recommend", {"run": "sasrec", "user": "u1", "view": "Table"}),
    ("recommend", {"run": "seen", "history": ","}),
    *(("explain", {**EXPLAIN, "proof": proof}) for proof in ("Methods", "Faithfulness", "Attention", "Counterfactual")),
    ("explain", {**EXPLAIN, "proof": "Edit history", "edit": "0-3", "item": "i3", "against": "i7"}),
    ("explain", {"run": "seen", "user": "u0", "item": "i1", "evidence": "true", "proof": "Words & picture"}),
    ("explain", {"run": "pop", "user": "u1", "evidence": "true", "proof": "Not available"}),
)
PRESSED = {"recommend": "cards_card_2"}  # the panel of another card
EMPTY = ("data", "recommend")  # pages visited without data, too

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


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("language")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    train_small(workspace, dataset_id, "sasrec", "sasrec")
    train_small(workspace, dataset_id, "gru4rec", "seen", content="title, category, price, picture")
    train_small(workspace, dataset_id, "popularity", "pop")
    return workspace.path


@pytest.fixture(scope="module")
def models_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that differ in what they hold out, one of them failed, one with measured explanations."""
    folder = tmp_path_factory.mktemp("language_of_models")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    train_small(workspace, dataset_id, "sasrec", "sasrec")
    train_small(workspace, dataset_id, "gru4rec", "seen", content="title, category, price, picture")
    train_small(workspace, dataset_id, "popularity", "pop")
    train_small(workspace, dataset_id, "ease", "held", cold_share=0.2)
    train_small(workspace, dataset_id, "markov", "lost")
    (workspace.runs.open("lost").path / "run.json").unlink()
    save_trust(workspace.runs.open("sasrec"), measured_trust(workspace.runs.open("sasrec")))
    return workspace.path


def measured_trust(folder: RunFolder) -> Trust:
    """A measurement with all that the Explanations tab can show."""
    assert folder.record is not None
    zero, more = Figure(mean=0.1, interval=(-0.1, 0.3)), Figure(mean=0.3, interval=(0.1, 0.5))

    def method(name: str, gain: Figure) -> MethodTrust:
        return MethodTrust(
            method=name, deletion=zero, insertion=more, undoes=zero, rebuilds=more, gain=gain, beyond_exact=more,
            verdicts={"holds": 2, "weak": 1}, correlation=0.5, randomised=0.9, seconds=2.0,
        )  # fmt: skip

    causes = CauseTrust(method="leave_one_out", recall={1: 0.5, 3: 0.7}, precision={3: 0.3})
    return Trust(
        weights_sha256=folder.record.weights_sha256, seed=1, num_users=3, num_asked=5, random=zero, stopped=True, seconds=70,
        methods=(method("leave_one_out", zero), method("attention", more), method("attention_rollout", zero)),
        groups=tuple(
            GroupTrust(kind=kind, name=name, num_users=3, gain=zero, holds=0.5)
            for kind, name in (("gender", "unknown"), ("events of the item", "cold"))
        ),
        usual="attention_rollout", why_not_randomised="", measured="2026-01-01T10:00:00+00:00",
        planted=PlantedTrust(cases=3, chance=0.2, methods=(causes,)),
    )  # fmt: skip


def switch(app: AppTest) -> Any:
    return app.segmented_control(key="language")


@pytest.mark.parametrize("code", ["zh", PSEUDO])
def test_a_link_sets_the_language_and_the_switch_corrects_the_link(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("home", tmp_path, monkeypatch, lang=code)
    assert switch(app).value == code
    assert ("⟦Use my data⟧" in [heading.value for heading in app.subheader]) == (code == PSEUDO)
    switch(app).set_value("en").run()
    assert address(app, "lang") is None
    assert "Use my data" in [heading.value for heading in app.subheader]


def test_the_language_outlives_a_switch_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("home", tmp_path, monkeypatch, lang=PSEUDO)
    app.button(key="own_files").click().run()
    assert (app.title[0].value, switch(app).value, address(app, "lang")) == ("⟦Data⟧", PSEUDO, PSEUDO)


def test_a_tab_keeps_its_english_name_in_the_link(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("data", home, monkeypatch, lang=PSEUDO, table="Users")
    assert address(app, "table") == "Users"
    assert app.text_input(key="search_users")


@pytest.mark.parametrize(
    ("query", "kept"), [("lang=zh", True), ("run=a&lang=en", True), ("lang=fr", False), ("", False)]
)
def test_a_link_with_a_language_sets_a_cookie(query: str, kept: bool) -> None:
    sent: list[dict[str, Any]] = []

    async def page(scope: Any, receive: Any, send: Callable[[dict[str, Any]], Any]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "query_string": query.encode()}
    asyncio.run(RememberedLanguage(page)(scope, None, send))  # type: ignore[arg-type]
    cookies = [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]
    expected = [f"{COOKIE}={query[-2:]}; Max-Age=31536000; Path=/; SameSite=Lax"]
    assert cookies == (expected if kept else [])


def test_the_language_of_the_last_visit_is_used_unless_a_link_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContextProxy, "cookies", {COOKIE: "zh"})
    assert switch(opened("home", tmp_path, monkeypatch)).value == "zh"
    app = opened("home", tmp_path, monkeypatch, lang="en")
    assert (switch(app).value, address(app, "lang")) == ("en", "en")  # so that a reload forgets the other


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


def test_what_is_no_message_is_seen() -> None:
    assert raw_words("⟦in ⟦both⟧ lists⟧ and more")
    assert not raw_words(r":green-badge[⟦cold start⟧] Thing 3 · NDCG\@10 \.336")


def literals() -> set[str]:
    """The templates in the code: what a catalogue can hold."""
    found: set[str] = set()
    for path in [*ROOT.glob("recsys/**/*.py"), *ROOT.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "message", "plural"):
                found |= {part.value for part in node.args[:2] if isinstance(part, ast.Constant)}
    return found


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
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


def test_every_text_of_the_pages_of_a_dataset_and_a_model_is_a_message(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: set[str]
) -> None:
    monkeypatch.setattr("recsys.explain.methods.shapley.MOST_ORDERS", 6)
    raw: set[str] = set()
    for page, query in [*VISITS, *((page, {}) for page in EMPTY)]:
        is_empty = (page, query) not in VISITS
        app = opened(page, tmp_path if is_empty else home, monkeypatch, lang=PSEUDO, **query)
        if PRESSED.get(page) in [button.key for button in app.button]:
            app.button(key=PRESSED[page]).click().run()
        raw |= raw_texts(app, f"{page} {query.get('proof', '')}")
    assert not raw, "\n".join(sorted(raw))
    assert sorted(shown - literals() - {*NAMES}) == [], "no template of the code, so no catalogue has it"


class AnyRequest(dict[str, Any]):
    """The same value for every key."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> Any:
        return Estimate("gru4rec", 60, 2.0, 4.0, 124.0, 9 * 10**9, 8 * 10**9, "cpu", 1, content_seconds=3.0)


def estimated(app: AppTest) -> None:
    """The first batch is open and the estimate is made; it is above the memory that is free."""
    app.session_state["first_batch"] = True
    app.session_state["session"].estimates = AnyRequest()
    app.run()


def several(app: AppTest) -> None:
    app.session_state["session"].estimates = AnyRequest()
    app.segmented_control(key="train_mode").set_value("several").run()
    app.pills(key="models").set_value(["gru4rec", "ease"]).run()


def labelled(app: AppTest) -> None:
    for kind in ("ratings", "clicks"):
        app.toggle(key=f"labels_{kind}").set_value(True)
    app.run()


def untouched(app: AppTest) -> None:
    """The page as it opens."""


PARTS = ("Quality", "Segments", "Explanations", "Calibration & CTR", "Settings", "Report")
MODELS_VISITS: tuple[tuple[str, dict[str, str], Callable[[AppTest], None]], ...] = (
    ("train", {"run": "sasrec"}, estimated),
    ("train", {"run": "pop"}, several),
    ("train", {"run": "lost"}, untouched),
    *(("models", {"run": "sasrec", "part": part}, labelled if "CTR" in part else untouched) for part in PARTS),
    ("models", {"run": "held", "part": "Segments"}, untouched),
    ("models", {"run": "lost"}, untouched),
    *(
        ("models", {"run": "sasrec", "compare": "seen,pop", "versus": tab}, untouched)
        for tab in ("Verdict", "Settings", "Learning curves", "Overlap")
    ),
    ("models", {"run": "sasrec", "compare": "pop"}, untouched),
    ("models", {"run": "sasrec", "compare": "held"}, untouched),
)


def test_every_text_of_train_and_models_is_a_message(
    models_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: set[str]
) -> None:
    raw: set[str] = set()
    for page, query, act in MODELS_VISITS:
        app = opened(page, models_home, monkeypatch, lang=PSEUDO, **query)
        act(app)
        assert not app.exception
        raw |= raw_texts(app, f"{page} {query}")
    for page in ("train", "models"):
        raw |= raw_texts(opened(page, tmp_path, monkeypatch, lang=PSEUDO), f"{page} without data")
    assert not raw, "\n".join(sorted(raw))
    assert sorted(shown - literals() - {*NAMES}) == [], "no template of the code, so no catalogue has it"
