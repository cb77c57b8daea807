"""The slice in the sidebar of a browser: its popover stays open while values are ticked, and its chip removes it again."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from recsys.services.workspace.open_run import OpenRun
from tests.browser.tabs import Tabs, settled

pytestmark = pytest.mark.browser
BANDS = {"18–24": (18, 24), "25–34": (25, 34), "45–54": (45, 54)}


def figures(page: Page) -> list[str]:
    """Users, NDCG@10, hit rate and so on, as Explore shows them."""
    return page.locator(".st-key-slice_figures [data-testid=stMetricValue]").all_inner_texts()


def of_ages(run: OpenRun, bands: list[str]) -> list[str]:
    """The number of users of these ages and their NDCG@10, from the stored ranks."""
    frame = run.folder.load_ranks()
    assert frame is not None
    ages = run.dataset.users["age"].to_numpy(dtype=float, na_value=np.nan)[frame["user"]]
    ranks = frame["test"][
        np.any([(low <= ages) & (ages <= high) for low, high in (BANDS[band] for band in bands)], axis=0)
    ]
    return [f"{len(ranks):,}", f"{np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0).mean():.3f}"]


def test_several_values_are_ticked_in_the_open_popover_and_the_chip_removes_them(
    tabs: Tabs, sample: str, run: OpenRun
) -> None:
    watched = tabs.open(f"{sample}/explore?run=seen&part=Lists+for+everyone")
    page = watched.page
    expect(page.locator(".st-key-slice_figures")).to_be_visible()
    settled(watched)
    of_all = figures(page)
    page.locator(".st-key-slice button").first.click()
    page.locator(".st-key-slice_facet").get_by_role("combobox").click()
    page.get_by_role("option", name="Age", exact=True).click()
    chip, ticked = page.locator(".st-key-unslice_age button").filter(visible=True), list[str]()
    for band in BANDS:
        page.locator(".st-key-slice_age button", has_text=band).click()
        ticked.append(band)
        expect(chip).to_have_text(f"Age: {', '.join(ticked)} ✕")
        expect(page.locator(".st-key-slice_age")).to_be_visible()
        settled(watched)
        assert figures(page)[:2] == of_ages(run, ticked)
    expect(page).to_have_url(re.compile("slice=age"))
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-slice_age")).to_have_count(0)
    chip.click()
    expect(chip).to_have_count(0)
    expect(page).not_to_have_url(re.compile("slice="))
    settled(watched)
    assert figures(page) == of_all
