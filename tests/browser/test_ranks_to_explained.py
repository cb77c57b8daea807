"""Who are the users that rank 101–500? From the bar of these ranks to one of them explained, in three clicks at most."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from recsys.services.workspace.open_run import OpenRun
from tests.browser.charts import lists, press_id
from tests.browser.tabs import Tabs, settled

pytestmark = pytest.mark.browser
COUNT = "addEventListener('pointerdown', () => { window.clicks = (window.clicks || 0) + 1; }, true)"
HEADER, ROW = 37, 35  # pixels of a list
LOW, HIGH = 101, 500


def ranked(run: OpenRun) -> pd.DataFrame:
    """Columns user (id) and rank of the users whose held-out item has these ranks, the best first."""
    frame = run.folder.load_ranks()
    assert frame is not None
    frame = frame[frame["test"].between(LOW, HIGH)].sort_values("test", kind="stable")
    return pd.DataFrame({"user": run.dataset.interactions.user_ids[frame["user"]], "rank": frame["test"].to_numpy()})


def is_explained(page: Page, user_id: str) -> None:
    expect(page).to_have_url(re.compile(rf"/explain\?.*user={user_id}(&|$)"))
    expect(page.locator(".st-key-sentence")).to_be_visible()
    expect(page.locator(".st-key-context_user").get_by_role("combobox")).to_have_value(re.compile(rf"^{user_id}\b"))


def test_on_explore_the_bar_and_a_card_explain_the_worst_of_them(tabs: Tabs, sample: str, run: OpenRun) -> None:
    watched, users = tabs.open(f"{sample}/explore?run=seen&part=Users+and+errors"), ranked(run)
    page = watched.page
    page.evaluate(COUNT)
    press_id(watched, "histogram_rank", f"{LOW}..{HIGH}")
    expect(page.get_by_role("heading", name=f"Users in the slice · {len(users)}")).to_be_visible()
    worst = users["user"][users["rank"].idxmax()]
    expect(page.locator(".st-key-case_0")).to_contain_text(f"{worst} · rank {users['rank'].max()}")
    settled(watched)
    page.locator(".st-key-explain_case_0 button").filter(visible=True).click()
    is_explained(page, worst)
    log = run.dataset.interactions
    held_out = log.item_ids[log.history(log.user_index[worst])[-1]]
    expect(page).to_have_url(re.compile(rf"item={held_out}(&|$)"))
    assert page.evaluate("window.clicks") == 2


@pytest.mark.proof
def test_on_models_the_bar_lists_them_and_the_best_is_explained(tabs: Tabs, sample: str, run: OpenRun) -> None:
    watched, users = tabs.open(f"{sample}/models?run=seen"), ranked(run)
    page = watched.page
    page.locator(".st-key-rank_view").get_by_text("Ranks").click()
    expect(page.locator("[class*=st-key-ranks_test] .point").first).to_be_attached()
    page.evaluate(COUNT)
    press_id(watched, "ranks_test", LOW)
    lists(page, "users_ranks", f"at rank {LOW}–{HIGH}", [users["user"][0]], len(users))
    canvas = page.locator(".st-key-users_ranks canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 100, box["y"] + HEADER + ROW / 2)
    expect(page).to_have_url(re.compile(rf"/recommend\?.*user={users['user'][0]}"))
    settled(watched)
    page.locator(".st-key-explain_item button").filter(visible=True).click()
    is_explained(page, users["user"][0])
    assert page.evaluate("window.clicks") == 3
