"""The language of the pages: chosen by a link, the switch or the last visit; and nothing is shown that cannot be translated."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.services.workspace import open_workspace
from recsys.ui.shell.remember import COOKIE, RememberedLanguage
from tests.pages.drive import address, opened
from tests.pages.pseudo_language import NAMES, literals, raw_texts, raw_words, templates_shown
from tests.worlds.shops import import_shop, train_small

EXPLAIN = {"run": "sasrec", "user": "u1", "evidence": "true"}
SLICE = "age=..60&activity=low&popularity=warm&rank=1..20"
USERS = "Users and errors"
VIEWS = (USERS, "Similar items", "What drives it", "Recommendations for all users")
VISITS: tuple[tuple[str, dict[str, str]], ...] = (
    ("home", {}),
    *(("data", {"table": name}) for name in ("Overview", "Items", "Users", "Interactions")),
    ("explore", {"run": "sasrec"}),
    *(("explore", {"run": "sasrec", "part": part, "slice": SLICE}) for part in VIEWS),
    *(
        ("explore", {"run": "sasrec", "part": USERS, "slice": "gender=f", "cases": c})
        for c in ("Missed items", "Confused categories")
    ),
    ("data", {"slice": SLICE}),
    ("models", {"run": "sasrec", "slice": SLICE, "part": "Segments"}),
    ("models", {"run": "sasrec", "compare": "pop", "slice": "gender=f"}),
    ("recommend", {"run": "sasrec", "slice": SLICE}),
    ("recommend", {"run": "sasrec", "user": "u1", "edit": "0-3", "compare": "seen", "diversity": "0.5"}),
    ("recommend", {"run": "sasrec", "user": "u1", "view": "Table"}),
    ("recommend", {"run": "seen", "history": ","}),
    *(("explain", {**EXPLAIN, "proof": proof}) for proof in ("Methods", "Faithfulness", "Attention", "Counterfactual")),
    ("explain", {**EXPLAIN, "proof": "Edit history", "edit": "0-3", "item": "i3", "against": "i7"}),
    ("explain", {"run": "seen", "user": "u0", "item": "i1", "evidence": "true", "proof": "Words & picture"}),
    ("explain", {"run": "pop", "user": "u1", "evidence": "true"}),
)
PRESSED = {"recommend": "cards_card_2"}  # the panel of another card
EMPTY = ("data", "recommend")  # pages visited without data, too


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("language")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    train_small(workspace, dataset_id, "sasrec", "sasrec")
    train_small(workspace, dataset_id, "gru4rec", "seen", content="title, category, price, picture")
    train_small(workspace, dataset_id, "popularity", "pop")
    return workspace.path


def switch(app: AppTest) -> dict[str, str]:
    """Where the switch leads, by language; the one of the page is "now"."""
    body = next(element.proto.body for element in app.sidebar.get("html") if "languages" in element.proto.body)
    links = re.findall(r'<a lang="(\w+)" href="([^"]*)"( aria-current)?', body)
    return {code: html.unescape(href) for code, href, _ in links} | {"now": next((c for c, _, now in links if now), "")}


@pytest.mark.parametrize("code", ["zh", PSEUDO])
def test_a_link_sets_the_language_and_the_address_keeps_it(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("home", tmp_path, monkeypatch, lang=code)
    assert switch(app)["now"] == (code if code == "zh" else "")
    assert ("⟦Use my data⟧" in [heading.value for heading in app.subheader]) == (code == PSEUDO)
    assert address(app, "lang") == code
    assert address(opened("home", tmp_path, monkeypatch, lang="en"), "lang") is None


def test_the_switch_leads_to_the_page_as_it_is_now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page wrote into its address after the sidebar was drawn is in the links, too."""
    app = opened("recommend", home, monkeypatch, run="sasrec", user="u1", edit="0-3", view="Table")
    english, chinese = (parse_qs(switch(app)[code].removeprefix("?")) for code in ("en", "zh"))
    assert (english["lang"], chinese["lang"]) == (["en"], ["zh"])
    assert {name: values for name, values in chinese.items() if name != "lang"} == {
        "dataset": [address(app, "dataset")], "run": ["sasrec"], "user": ["u1"], "edit": ["0-3"], "view": ["Table"],
    }  # fmt: skip


def test_the_language_outlives_a_switch_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("home", tmp_path, monkeypatch, lang=PSEUDO)
    app.button(key="own_files").click().run()
    assert (app.title[0].value, address(app, "lang")) == ("⟦Data⟧", PSEUDO)


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
    with ThreadPoolExecutor(1) as another:  # this thread may hold the loop of a browser test
        another.submit(lambda: asyncio.run(RememberedLanguage(page)(scope, None, send))).result()  # type: ignore[arg-type]
    cookies = [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]
    expected = [f"{COOKIE}={query[-2:]}; Max-Age=31536000; Path=/; SameSite=Lax"]
    assert cookies == (expected if kept else [])


def test_the_language_of_the_last_visit_is_used_unless_a_link_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContextProxy, "cookies", {COOKIE: "zh"})
    assert switch(opened("home", tmp_path, monkeypatch))["now"] == "zh"
    app = opened("home", tmp_path, monkeypatch, lang="en")
    assert (switch(app)["now"], address(app, "lang")) == ("en", "en")  # so that a reload forgets the other


def test_what_is_no_message_is_seen() -> None:
    assert raw_words("⟦in ⟦both⟧ lists⟧ and more")
    assert not raw_words(r":green-badge[⟦cold start⟧] Thing 3 · NDCG\@10 \.336")


def test_every_text_of_the_pages_of_a_dataset_and_a_model_is_a_message(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = templates_shown(monkeypatch)
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
