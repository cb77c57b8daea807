"""The Models page in a browser: leaderboard and chart on the first screen, selection by table and chart, users of a point."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys.services.models.quality import evaluate
from recsys.services.models.user_lists import in_top
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from tests.browser.tabs import Tabs, Watched, settled

pytestmark = [pytest.mark.browser, pytest.mark.proof]
NUM_MODELS = 3
HEADER, ROW = 37, 35  # pixels of the leaderboard
K = 3
SLOWEST = 180_000  # milliseconds until a cold server has imported torch, on a machine that does more than this


def box(page: Page, key: str) -> tuple[float, float, float]:
    """Left, right and bottom edge of an element."""
    edges = page.locator(f".st-key-{key}").bounding_box()
    assert edges is not None, key
    return edges["x"], edges["x"] + edges["width"], edges["y"] + edges["height"]


@pytest.mark.parametrize(
    ("width", "height", "first_screen"),
    [
        (1280, 900, ("best", "leaderboard", "pareto")),
        (390, 844, ("best",)),
    ],
)
def test_the_leaderboard_and_a_chart_are_on_the_first_screen_and_models_are_selected_in_both(
    tabs: Tabs, ring_server: str, width: int, height: int, first_screen: tuple[str, ...]
) -> None:
    watched = tabs.open(f"{ring_server}/models?run=gru4rec", width, height)
    page = watched.page
    expect(page.locator(".st-key-pareto .point").first).to_be_visible(timeout=SLOWEST)
    expect(page.locator("[class*=st-key-hit_rates] .point").first).to_be_attached(timeout=SLOWEST)
    settled(watched)
    for key in first_screen:
        left, right, bottom = box(page, key)
        assert (left >= 0, right <= width, bottom <= height) == (True, True, True), key
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 640:
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 2.2 * height
        select_by_table_and_chart(watched)


def select_by_table_and_chart(watched: Watched) -> None:
    page = watched.page
    table = page.locator(".st-key-leaderboard canvas").first.bounding_box()
    assert table is not None
    rows = [table["y"] + HEADER + ROW * (index + 0.5) for index in range(NUM_MODELS)]
    selected = page.locator(".st-key-run_choice")
    page.mouse.click(table["x"] + 100, rows[2])
    expect(page).not_to_have_url(re.compile("run=gru4rec"))
    settled(watched)
    last = re.findall(r"run=(\w+)", page.url)[0]
    page.mouse.click(table["x"] + 17, rows[0])
    expect(page).to_have_url(re.compile(f"run={last}.*compare="))
    expect(page.get_by_role("tab", name="Verdict")).to_be_visible()
    settled(watched)
    page.locator(".st-key-pareto .point").last.click(force=True)
    expect(page).not_to_have_url(re.compile("compare="))
    expect(selected).to_be_visible()


def test_a_click_on_a_point_lists_its_users_and_opens_one(tabs: Tabs, ring_server: str, ring_home: Path) -> None:
    watched = tabs.open(f"{ring_server}/models?run=gru4rec", height=1500)
    page = watched.page
    expect(page.locator("[class*=st-key-hit_rates] .point").first).to_be_attached(timeout=SLOWEST)
    settled(watched)
    page.locator("[class*=st-key-hit_rates] .trace").first.locator(".point").nth(K - 1).click(force=True)
    run = open_run(open_workspace(ring_home), "gru4rec")
    evaluation = evaluate(open_workspace(ring_home), run)
    rows = in_top(evaluation.ranks, K)
    users = [str(run.dataset.interactions.user_ids[user]) for user in run.split.test.users[rows]]
    listed = page.locator(".st-key-users_ranks")
    expect(listed).to_contain_text(f"users whose held-out item is in the top {K}")
    expect(listed).to_contain_text(f"· {len(users)}")
    expect(listed.locator("td").filter(has_text=re.compile(f"^{users[0]}$"))).to_be_attached()
    first = listed.locator("canvas").first.bounding_box()
    assert first is not None
    page.mouse.click(first["x"] + first["width"] - 100, first["y"] + ROW * 1.5)
    expect(page).to_have_url(re.compile(f"/recommend.*user={users[0]}"))
