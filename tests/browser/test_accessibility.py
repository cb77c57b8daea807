"""Every page passes the accessibility checker, light and dark, and the journey can be made by keyboard alone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from recsys.messages import message, translated
from tests.browser.tabs import Tabs, Watched, settled

pytestmark = pytest.mark.browser
PAGES = ("Home", "Data", "Train", "Models", "Explore", "Recommend", "Explain")
LENGTH = "document.querySelector('[data-testid=stMain]').scrollHeight"
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


def serious(watched: Watched, rules: list[str] | None = None) -> list[str]:
    """What the checker finds serious or critical on the page, an element each; by all rules or by some."""
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = Axe().run(watched.page, options=options).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.proof)])
def test_the_checker_finds_nothing_serious(tabs: Tabs, empty: str, sample: str, language: str) -> None:
    """On every page with a run, light and dark, and without data, where it says what to do."""
    for address, run in ((empty, ""), (sample, "&run=seen")):
        watched = tabs.open(f"{address}/explore?lang={language}{run}", height=1800)
        backgrounds = set()
        expect(watched.page.locator("h1").first).to_be_visible()
        settled(watched)
        for name in PAGES:  # by the navigation: faster than to load each anew
            watched.page.get_by_role("link", name=translated(message(name), language), exact=True).first.click()
            expect(watched.page).to_have_url(re.compile("/" if name == "Home" else f"/{name.lower()}"))
            expect(watched.page.locator("h1").first).to_be_visible()
            settled(watched)
            if not run and name != "Home":
                expect(watched.page.locator("[data-testid=stAlert]").first).to_be_visible()
            backgrounds.add(watched.page.evaluate(BACKGROUND))
            assert serious(watched) == [], f"{name} {run} light"
            watched.page.emulate_media(color_scheme="dark")
            settled(watched)
            backgrounds.add(watched.page.evaluate(BACKGROUND))
            assert serious(watched, ["color-contrast"]) == [], f"{name} {run} dark"  # only colours differ
            watched.page.emulate_media(color_scheme="light")
            assert watched.page.evaluate(LENGTH) <= 2.2 * 900, f"{name} {run} is too long"
            if name in ("Home", "Explore"):  # the others are tested on a phone in test_first_screen*.py
                watched.page.set_viewport_size({"width": 390, "height": 1800})
                settled(watched)
                assert watched.page.evaluate("document.documentElement.scrollWidth") <= 390, f"{name} {run}"
                watched.page.set_viewport_size({"width": 1280, "height": 1800})
        assert len(backgrounds) == 2


@pytest.mark.usefixtures("quick")
def test_the_journey_by_keyboard_alone(tabs: Tabs, sample: str) -> None:
    """From Home with Tab and Enter to an explained recommendation, another method of it, and on to Recommend."""
    watched = tabs.open(sample)
    page = watched.page
    expect(page.locator(".st-key-try_sample")).to_be_visible()
    settled(watched)
    watched.reach("Open the sample")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    settled(watched)
    watched.reach("Explain a recommendation")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-sentence")).to_be_visible()
    settled(watched)
    watched.reach(page.locator(".st-key-evidence summary").inner_text().strip().split("\n")[-1])
    page.keyboard.press("Enter")
    settled(watched)
    watched.reach("Method")
    page.keyboard.type("Integrated")
    page.keyboard.press("Enter")
    expect(
        page.locator("[data-testid=stCaptionContainer]")
        .filter(has_text="gap")
        .or_(page.get_by_text("completeness gap"))
        .first
    ).to_be_visible()
    page.keyboard.press("Home")
    watched.reach("Recommend")
    page.keyboard.press("Enter")
    expect(page.locator("[class*=st-key-panel]").first).to_be_visible()
    settled(watched)
    watched.reach("Similar")
    page.keyboard.press("Shift+Tab")  # Explain, of the panel and not of the navigation
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-sentence")).to_be_visible()
    assert watched.errors == []
