"""What a page shows without scrolling, on a screen of 1280 by 900 and on a phone, by bounding boxes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.tabs import Tabs, settled

pytestmark = [pytest.mark.browser, pytest.mark.proof]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SCREENS = 2.2  # a page is at most so long, folded


def in_view(page: Page, locator: Locator) -> bool:
    """Whether the whole element is on the screen as it is now."""
    box, screen = locator.bounding_box(), page.viewport_size
    assert box is not None, f"{locator} is not drawn"
    assert screen is not None
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= screen["width"]
        and box["y"] + box["height"] <= screen["height"]
    )


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def screens(page: Page) -> float:
    """Length of the page in screens."""
    length = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    return float(length) / page.evaluate("window.innerHeight")


def test_train_shows_form_and_live_panel_side_by_side(tabs: Tabs, sample: str) -> None:
    watched = tabs.open(f"{sample}/train", **DESK)
    page = watched.page
    button, panel = page.locator(".st-key-train button"), page.locator(".st-key-train_live")
    expect(panel.locator(".js-plotly-plot")).to_be_visible()
    expect(button).to_be_visible()
    settled(watched)
    cards = page.locator(".st-key-model")
    assert page.locator(".st-key-model button").count() == 13
    assert cards.bounding_box()["height"] <= DESK["height"] / 3  # type: ignore[index]
    assert all(in_view(page, part) for part in (cards, button, panel))
    form_box, panel_box = page.locator(".st-key-train_form").bounding_box(), panel.bounding_box()
    assert form_box is not None and panel_box is not None
    assert form_box["x"] + form_box["width"] <= panel_box["x"]
    assert abs(form_box["y"] - panel_box["y"]) < 20
    assert not scrolls_sideways(page)
    assert screens(page) <= SCREENS


def test_train_on_a_phone_shows_the_button_and_after_the_press_the_live_panel(tabs: Tabs, sample: str) -> None:
    watched = tabs.open(f"{sample}/train", **PHONE)
    page = watched.page
    button = page.locator(".st-key-train button")
    expect(button).to_be_visible()
    settled(watched)
    assert in_view(page, button)
    assert not scrolls_sideways(page)
    button.click()
    expect(page.locator("[class*=st-key-running_]")).to_be_visible()
    stop = page.locator("[class*=st-key-stop_run_] button")
    assert in_view(page, stop)
    stop.click()
    expect(page.get_by_text("was stopped").first).to_be_visible()
    assert not scrolls_sideways(page)
