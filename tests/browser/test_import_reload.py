"""An unfinished import in a browser: a reload and another language keep it, and discarding it asks first."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.tabs import Tabs, settled
from tests.browser.test_accessibility import serious
from tests.browser.test_import_wizard import address, conflicts, dropped, fits, pressable

__all__ = ["address"]  # the fixture
pytestmark = [pytest.mark.browser, pytest.mark.proof]


def test_a_reload_and_another_language_keep_the_import(tabs: Tabs, address: str) -> None:
    watched = dropped(tabs, address, 1280, "kept.csv", conflicts() + "kept,i0,1\n")
    page = watched.page
    expect(pressable(page, "import_next")).to_have_text(re.compile("Next: 2 problems"))
    settled(watched)
    pressable(page, "import_next").click()
    cards = page.locator("[class*=st-key-card_]")
    expect(cards).to_have_count(2)
    cards.last.get_by_text("The highest counts").click()
    expect(cards.last).to_contain_text("2 of 346 rows are left out.")
    settled(watched)
    expect(page).to_have_url(re.compile("import=[0-9a-f]{32}"))
    page.reload()
    job = page.locator("[class*=st-key-watch_import_] button").locator("visible=true")
    expect(job).to_contain_text("kept.csv · 1 problem to decide")
    settled(watched)
    page.locator(".languages a[lang=zh]").click()
    expect(page).to_have_url(re.compile("lang=zh"))
    expect(job).to_contain_text("kept.csv")
    settled(watched)
    job.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)
    assert not [text for text in watched.errors if "404" not in text]  # Streamlit looks for itself below the page first


def test_a_phone_leads_back_to_an_import_whose_dialog_is_closed(tabs: Tabs, address: str) -> None:
    watched = dropped(tabs, address, 390, "phone.csv", conflicts() + "phone,i0,1\n")
    page = watched.page
    expect(pressable(page, "import_next")).to_be_visible()
    settled(watched)
    page.keyboard.press("Escape")
    line = page.locator(".st-key-closed_imports button").locator("visible=true")
    expect(line).to_have_text(re.compile("Import of phone.csv: continue"))
    settled(watched)
    assert serious(watched) == []
    line.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settled(watched)
    pressable(page, "import_over").click()
    expect(page.get_by_text("This removes the uploaded files and your choices.")).to_be_visible()
    assert fits(page, 390)
    pressable(page, "import_over_now").click()
    expect(page.locator(".st-key-upload input[type=file]")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("import="))


def test_the_cross_among_the_jobs_asks_first(tabs: Tabs, address: str) -> None:
    watched = dropped(tabs, address, 1280, "cross.csv", conflicts() + "cross,i0,1\n")
    page = watched.page
    expect(pressable(page, "import_next")).to_be_visible()
    settled(watched)
    page.keyboard.press("Escape")
    jobs = page.locator(".st-key-jobs")
    expect(jobs).to_contain_text("cross.csv")
    settled(watched)
    assert serious(watched) == []
    jobs.locator("[class*=_asks] button").locator("visible=true").click()
    expect(page.get_by_role("button", name="Discard this import").last).to_be_visible()
    expect(jobs).to_contain_text("cross.csv")
    page.locator("[class*=st-key-stop_import_] button").locator("visible=true").last.click()
    expect(jobs).to_have_count(0)
