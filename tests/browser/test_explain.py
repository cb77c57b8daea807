"""A reason is read with its verdict, removed by one click or by the keyboard, and compared with another item's; links show
the same to somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from recsys.services.explain.smallest_change import Changes, changes
from recsys.services.recommend.recommendation import query_of, recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from tests.browser.conftest import Server, Watched
from tests.browser.test_journey import settled
from tests.worlds.ring import ring

pytestmark = pytest.mark.browser
VERDICT = re.compile("Holds|Weak|Does not hold|Cannot be judged")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str, Changes, str]]:
    """(address, item id, its title, what would change it, title of the replacement)."""
    home = ring(tmp_path_factory.mktemp("counterfactual"), ["gru4rec"])
    run = open_run(open_workspace(home), "gru4rec")
    query = query_of(run, "u3", None)
    told = [(one, changes(run, query, one.item_id)) for one in recommend_items(run, query)]
    one, found = next(pair for pair in told if pair[1].away.event_set.does_it and "no place" not in pair[1].away.note)
    assert found.away.replacement is not None
    server = Server(Path(home))
    yield server.address, one.item_id, one.title, found, run.dataset.title(found.away.replacement)
    server.kill()


def recommendation_list(page: Page, gone: str, there: str) -> None:
    expect(page.get_by_role("heading", name="Recommendations", exact=True)).to_be_visible()
    expect(page.get_by_text(f"Gone from the list: {gone}")).to_be_visible()
    expect(page.get_by_text(f". {there}", exact=False).first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_one_click_takes_the_item_away_and_the_link_shows_it_to_others(
    chromium: Browser, served: tuple[str, str, str, Changes, str], width: int
) -> None:
    address, item_id, title, found, replacement = served
    page = chromium.new_page(viewport={"width": width, "height": 1400})
    page.goto(f"{address}/explain?run=gru4rec&user=u3&item={item_id}")
    expect(page.get_by_text(found.away.sentence)).to_be_visible()
    expect(page.get_by_text(found.alone.sentence)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Apply to the history").click()
    recommendation_list(page, title, replacement)
    fresh = chromium.new_context().new_page()
    fresh.goto(page.url)
    recommendation_list(fresh, title, replacement)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The history was edited")).to_have_count(0)
    fresh.context.close()
    page.close()


def test_the_verdict_is_read_two_items_are_compared_and_the_link_shows_it_to_others(
    chromium: Browser, served: tuple[str, str, str, Changes, str]
) -> None:
    address, item_id, title, _, replacement = served
    page = chromium.new_page(viewport={"width": 1280, "height": 1400})
    page.goto(f"{address}/explain?run=gru4rec&user=u3&item={item_id}")
    page.set_default_timeout(60_000)
    card = page.locator(".st-key-sentence")
    expect(card.get_by_text(VERDICT)).to_be_visible()
    page.get_by_text("Does it hold? Figures and curves").click()
    expect(page.get_by_text("in units of the largest change")).to_be_visible()
    page.get_by_role("combobox", name="Compare with").click()
    page.keyboard.type(replacement)
    page.keyboard.press("Enter")
    sentence = page.locator(".st-key-versus")
    expect(sentence).to_contain_text(f"“{title}” comes before “{replacement}”")
    expect(page).to_have_url(re.compile("against="))
    fresh = chromium.new_context().new_page()
    fresh.goto(page.url)
    expect(fresh.locator(".st-key-versus")).to_have_text(sentence.inner_text())
    expect(fresh.locator(".st-key-sentence").get_by_text(VERDICT)).to_be_visible()
    fresh.context.close()
    page.close()


def test_it_can_all_be_done_by_keyboard(chromium: Browser, served: tuple[str, str, str, Changes, str]) -> None:
    address, item_id, title, found, replacement = served
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    watched = Watched(context.new_page(), address)
    watched.page.goto(f"{address}/explain?run=gru4rec&user=u3&item={item_id}")
    expect(watched.page.get_by_text(found.away.sentence)).to_be_visible()
    expect(watched.page.get_by_role("button", name="Apply to the history")).to_be_visible()  # drawn after its sentence
    settled(watched)
    watched.reach("Apply to the history")
    watched.page.keyboard.press("Enter")
    recommendation_list(watched.page, title, replacement)
    context.close()
