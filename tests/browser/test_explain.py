"""The answer is on the first screen; a reason is removed by one click or by the keyboard, and compared with another item's;
links show the same to somebody else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from recsys.services.explain.smallest_change import Changes, changes
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from tests.browser.tabs import Tabs, settled

pytestmark = pytest.mark.browser
VERDICT = re.compile("Faithful|Weak|Unfaithful|Cannot be judged|From the score breakdown")


@dataclass(frozen=True)
class Served:
    """A recommendation of a served app: link and title, what would change it, the title of the replacement."""

    link: str
    title: str
    found: Changes
    replacement: str


@pytest.fixture(scope="module")
def served(ring_home: Path, ring_server: str) -> Served:
    run = open_run(open_workspace(ring_home), "gru4rec")
    query = query_of(run, "u3", None)
    told = [(one, changes(run, query, one.item_id)) for one in recommend_items(run, query)]
    one, found = next(pair for pair in told if pair[1].away.event_set.does_it and "no place" not in pair[1].away.note)
    assert found.away.replacement is not None
    link = f"{ring_server}/explain?run=gru4rec&user=u3&item={one.item_id}"
    return Served(link, one.title, found, run.dataset.title(found.away.replacement))


COUNTERFACTUAL = "&evidence=true&proof=Counterfactual"


def verdict(page: Page) -> Locator:
    return page.locator(".st-key-sentence").get_by_text(VERDICT).filter(visible=True)


def bottom(page: Page, key: str) -> float:
    """Where an element ends on the first screen; it must lie within its width."""
    place = page.locator(f".st-key-{key}")
    expect(place).to_be_visible()
    box, width = place.bounding_box(), page.viewport_size
    assert box is not None and width is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= width["width"], key
    return box["y"] + box["height"]


def is_edited(page: Page) -> None:
    """The answer stays in view below the note on the edit, which says how the rank moved and has Undo."""
    expect(page.get_by_text("The history was edited")).to_be_visible()
    expect(page.locator(".st-key-edited").get_by_text(re.compile("Rank .* → "))).to_be_visible()
    expect(verdict(page)).to_be_visible()
    expect(page).to_have_url(re.compile("/explain.*edit="))


def is_whole(page: Page) -> None:
    expect(page.get_by_text("The history was edited")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("edit="))


@pytest.mark.parametrize(
    ("width", "height", "first_screen"),
    [
        (1280, 900, ("sentence", "actions", "causes", "events", "sources", "evidence")),
        (390, 844, ("sentence", "actions")),
    ],
)
def test_the_answer_is_on_the_first_screen_and_remove_keeps_it_there(
    tabs: Tabs, served: Served, width: int, height: int, first_screen: tuple[str, ...]
) -> None:
    page = tabs.open(served.link, width, height).page
    expect(page.get_by_role("heading", level=1, name=served.title, exact=True)).to_be_visible()
    expect(verdict(page)).to_be_visible()
    expect(page.locator(".st-key-apply_take")).to_be_visible()
    expect(page.locator(".st-key-events .point").first).to_be_visible()
    assert {key: bottom(page, key) <= height for key in first_screen} == dict.fromkeys(first_screen, True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 2.2 * 900
    page.locator(".st-key-apply_take button").filter(visible=True).click()
    is_edited(page)
    assert bottom(page, "sentence") <= height
    fresh = tabs.open(page.url).page
    is_edited(fresh)
    page.get_by_role("button", name="Undo").click()
    is_whole(page)
    fresh.close()
    if width > 640:
        page.locator(".st-key-events .point path").last.click(force=True)  # the chart takes the click
        is_edited(page)
        page.get_by_role("button", name="Undo").click()
        is_whole(page)


def test_the_verdict_is_read_two_items_are_compared_and_the_link_shows_it_to_others(tabs: Tabs, served: Served) -> None:
    watched = tabs.open(f"{served.link}{COUNTERFACTUAL}")
    page = watched.page
    expect(page.get_by_text(served.found.away.sentence)).to_be_visible()
    expect(page.get_by_text(served.found.alone.sentence)).to_be_visible()
    page.get_by_role("tab", name="Faithfulness").click()
    expect(page.get_by_text("divided by the range of the scores")).to_be_visible()
    settled(watched)
    page.get_by_role("button", name="Compare").click()
    page.locator(".st-key-against").get_by_role("combobox").click()
    page.keyboard.type(served.replacement)
    page.keyboard.press("Enter")
    sentence = page.locator(".st-key-versus")
    expect(sentence).to_contain_text(f"“{served.title}” comes before “{served.replacement}”")
    expect(page).to_have_url(re.compile("against="))
    fresh = tabs.open(page.url).page
    expect(fresh.locator(".st-key-versus")).to_have_text(sentence.inner_text())
    expect(verdict(fresh)).to_be_visible()
    fresh.locator(".st-key-close_comparison button").filter(visible=True).click()
    expect(fresh.locator(".st-key-versus")).to_have_count(0)


def test_it_can_all_be_done_by_keyboard(tabs: Tabs, served: Served) -> None:
    watched = tabs.open(served.link)
    expect(watched.page.locator(".st-key-apply_take")).to_be_visible()
    settled(watched)
    watched.reach(watched.page.locator(".st-key-apply_take button p").first.inner_text())
    watched.page.keyboard.press("Enter")
    is_edited(watched.page)
    settled(watched)
    watched.reach("Undo")
    watched.page.keyboard.press("Enter")
    is_whole(watched.page)
