"""Every page passes the accessibility checker, light and dark, and the journey can be made by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from tests.browser.conftest import Server, Watched
from tests.browser.test_journey import settled
from tests.trained_runs import import_sample_once

pytestmark = pytest.mark.browser
PAGES = ("", "data", "train", "models", "explore", "recommend", "explain")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with a network that has attention, trained for a moment."""
    home = tmp_path_factory.mktemp("shop")
    workspace = open_workspace(home)
    settings = {"epochs": 1, "max_length": 20, "num_blocks": 1}
    train(workspace, TrainRequest(import_sample_once(workspace), "sasrec", settings=settings, run_id="seen"))
    return home


@pytest.fixture(scope="module")
def addresses(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Of the app over an empty workspace and over the shop."""
    servers = [Server(home) for home in (tmp_path_factory.mktemp("empty"), shop)]
    yield servers[0].address, servers[1].address
    for server in servers:
        server.kill()


def serious(watched: Watched) -> list[str]:
    """What the checker finds serious or critical on the page, an element each."""
    found = Axe().run(watched.page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_checker_finds_nothing_serious(chromium: Browser, addresses: tuple[str, str], scheme: str) -> None:
    for address, run in zip(addresses, ("", "?run=seen"), strict=True):
        context = chromium.new_context(viewport={"width": 1280, "height": 1800}, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        try:
            watched = Watched(context.new_page(), address)
            for name in PAGES:
                watched.page.goto(f"{address}/{name}{run if name else ''}")
                expect(watched.page.locator("h1").first).to_be_visible()
                settled(watched)
                assert serious(watched) == [], f"{name or 'home'} {run}"
        finally:
            context.close()


def test_the_journey_by_keyboard_alone(chromium: Browser, tmp_path: Path) -> None:
    """From Start with Tab and Enter to an explained recommendation, another method of it, and on to Recommend."""
    server = Server(tmp_path)
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(60_000)
    try:
        watched = Watched(context.new_page(), server.address)
        page = watched.page

        page.goto(server.address)
        expect(page.locator(".st-key-try_sample")).to_be_visible()
        settled(watched)
        watched.reach("Try the sample")
        page.keyboard.press("Enter")
        expect(page.locator(".st-key-sentence")).to_be_visible(timeout=120_000)
        settled(watched)
        watched.reach("How")
        page.keyboard.type("Integrated")
        page.keyboard.press("Enter")
        expect(
            page.locator("[data-testid=stCaptionContainer]")
            .filter(has_text="gap")
            .or_(page.get_by_text("the parts miss it"))
            .first
        ).to_be_visible()
        page.keyboard.press("Home")
        watched.reach("Recommend")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Recommend", exact=True)).to_be_visible()
        settled(watched)
        watched.reach("Why?")
        page.keyboard.press("Enter")
        expect(page.locator(".st-key-sentence")).to_be_visible()
        assert watched.errors == []
    finally:
        context.close()
        server.kill()
