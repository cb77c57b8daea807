"""Titles that try to be more than text are shown as text: no dialog, no picture, no link, no request elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from recsys.data.load import ImportRequest
from recsys.services.datasets import import_dataset
from recsys.services.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from tests.browser.conftest import Server, Watched
from tests.browser.test_journey import settled

pytestmark = pytest.mark.browser
ACTIVE = 'a[href*=evil]:not([href^="#"]), a[href^=javascript], img[src*=evil], img[src=x], svg[onload]'
TITLES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{7*7}}${7*7}<b>bold</b>",
    "![p](https://evil.example/pixel.png)",
    "[click](https://evil.example/)",
    "https://evil.example/auto www.evil.example a@evil.example",
    "[x](javascript:alert(1))",
    "&lt;b&gt; &#x3C;script&#x3E;alert(1)",
    r"$\href{https://evil.example}{x}$ $$\includegraphics{https://evil.example/p.png}$$",
    "abc\u202etxt.exe\u202c\u2066fed\u2069",
    "long " + "x" * 9_995,
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A workspace with a log whose titles, categories and user ids are hostile, and two runs on it."""
    home = tmp_path_factory.mktemp("hostile")
    with (home / "items.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["item_id", "title", "category"])
        writer.writerows([f"i{k}", title, title[:60]] for k, title in enumerate(TITLES))
    with (home / "log.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id"])
        writer.writerows([f"{TITLES[u % 10]} {u}", f"i{(u + s) % 12}"] for u in range(24) for s in range(7))
    workspace = open_workspace(home / "workspace")
    dataset = import_dataset(
        workspace, ImportRequest(home / "log.csv", items=home / "items.csv", name="![d](https://evil.example/d.png)")
    )
    runs = []
    for model, settings in (("ease", {}), ("sasrec", {"epochs": 1, "max_length": 8, "content": "title, category"})):
        runs.append(train(workspace, TrainRequest(dataset.dataset_id, model, settings=settings)).run_id)
    return workspace.path, runs


@pytest.fixture(scope="module")
def address(hostile: tuple[Path, list[str]]) -> Iterator[str]:
    server = Server(hostile[0])
    yield server.address
    server.kill()


def test_no_title_does_more_than_be_read(chromium: Browser, hostile: tuple[Path, list[str]], address: str) -> None:
    _, runs = hostile
    context = chromium.new_context(viewport={"width": 1280, "height": 1800})
    context.set_default_timeout(60_000)
    try:
        watched = Watched(context.new_page(), address)
        dialogs: list[str] = []
        watched.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        for run in runs:
            for name in ("", "data", "train", "evaluate", "recommend", "explain", "runs"):
                watched.page.goto(f"{address}/{name}?run={run}")
                expect(watched.page.locator("h1").first).to_be_visible()
                settled(watched)
                for folded in watched.page.locator("[data-testid=stExpander] summary").all():
                    folded.click()
                settled(watched)
                expect(watched.page.locator("[data-testid=stException]")).to_have_count(0)
                found = watched.page.locator(ACTIVE)
                assert [element.evaluate("e => e.outerHTML") for element in found.all()] == [], name
        assert dialogs == []
        assert watched.foreign == []
    finally:
        context.close()


def test_titles_stand_on_the_page_as_they_were_written(
    chromium: Browser, hostile: tuple[Path, list[str]], address: str
) -> None:
    _, (run, _) = hostile
    context = chromium.new_context(viewport={"width": 1280, "height": 1800})
    context.set_default_timeout(60_000)
    try:
        page = context.new_page()
        page.goto(f"{address}/recommend?run={run}")
        expect(page.locator(".st-key-suggestion_5")).to_be_visible()  # the last one: 12 items, 7 of them seen
        shown = " ".join(page.locator("[class*=st-key-suggestion_]").all_inner_texts()).replace("\u2060", "")
        assert sum(title in shown for title in TITLES) >= 4, shown
    finally:
        context.close()
