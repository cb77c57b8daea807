"""The guided tour, driven to its end: every step shows what its text says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from recsys.ui.shell.tour import STEPS
from tests.browser.conftest import Watched
from tests.browser.test_journey import settled

pytestmark = pytest.mark.browser


def test_the_tour_leads_through_every_step_and_takes_edits_back(watched: Watched) -> None:
    page, tour = watched.page, watched.page.locator(".st-key-tour")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(watched.address)
    page.locator(".st-key-take_tour button").click()
    histories = []
    for number, step in enumerate(STEPS, 1):
        expect(tour).to_have_count(1)
        expect(tour).to_contain_text(f"Step {number} of {len(STEPS)}")
        expect(page).to_have_url(re.compile(f"/{step.page}"))
        if number == 4:  # change the history
            settled(watched)
            histories.append(page.locator(".st-key-strip").inner_text())
            page.locator(".st-key-edit_history label").click()
            page.locator("[class*=st-key-remove_] button").first.click()
            expect(page).to_have_url(re.compile("edit="))
        if number == 5:
            expect(page).not_to_have_url(re.compile("edit="))
            expect(page.locator(".st-key-sentence")).to_be_visible()
        if number == 6:  # the smallest change
            settled(watched)
            page.locator(".st-key-apply_take button:visible").click()
            expect(page.locator(".st-key-undo_edit button")).to_be_enabled()
        if number == 7:
            expect(page).not_to_have_url(re.compile("edit="))
            expect(page.locator(".st-key-curves .js-plotly-plot")).to_be_visible()
        settled(watched)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        if number < len(STEPS):
            next_button = tour.locator(".st-key-tour_next button:visible")
            expect(tour).to_have_count(1)
            expect(next_button).to_be_enabled(timeout=240_000)  # after the training
            next_button.click()
    tour.locator(".st-key-tour_quit button").click()
    expect(tour).to_have_count(0)
    assert watched.errors == []
