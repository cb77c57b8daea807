"""The map on Explore in a browser: what a click, the keyboard, a box and a lasso select is what the stored coordinates say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from benchmarks.lasso import drag
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.browser.charts import picked_ids, press_id
from tests.browser.tabs import Tabs, Watched, settled

pytestmark = pytest.mark.browser
SELECTION = """() => {
  const last = document.querySelector(".js-plotly-plot").layout.selections.at(-1);
  return last.path || `M${last.x0},${last.y0}L${last.x1},${last.y0}L${last.x1},${last.y1}L${last.x0},${last.y1}Z`;
}"""  # what was drawn on the map, in its coordinates
DRAWN = {  # corners as shares of the map; the lasso has a notch, which its hull has not
    "Lasso": [(0.1, 0.1), (0.6, 0.1), (0.6, 0.9), (0.35, 0.4), (0.1, 0.9)],
    "Box": [(0.2, 0.15), (0.65, 0.7)],
}


def opened(tabs: Tabs, sample: str, more: str = "") -> Watched:
    watched = tabs.open(f"{sample}/explore?run=seen{more}")
    expect(watched.page.locator("[class*=st-key-map_] .point").first).to_be_attached()
    settled(watched)
    return watched


def lone_item(run: OpenRun) -> int:
    """Index of the item that is farthest from its nearest neighbour: nothing lies on its point."""
    points_N2 = run.folder.load_map()
    assert points_N2 is not None
    between_NN = np.linalg.norm(points_N2[:, None] - points_N2, axis=2)
    nearest_N = np.nan_to_num(between_NN + np.where(np.eye(len(points_N2)), np.inf, 0), nan=np.inf).min(1)
    return int(np.argmax(np.where(np.isfinite(nearest_N), nearest_N, 0)))


def is_selected(page: Page, run: OpenRun, item: int) -> None:
    """This item alone is selected: in the field, in the metrics and as a card."""
    title, events = run.dataset.title(item), run.split.train.item_counts[item]
    expect(page.locator(".st-key-map_choice_item [aria-label='Selected values']")).to_have_text(title)
    expect(page.get_by_text(re.compile(rf"^1 item · {events:,} training event"))).to_be_visible()
    expect(page.locator("[class*=st-key-map_card_] button").filter(visible=True)).to_have_text([title])
    expect(page.locator(".st-key-similar_to input")).to_have_value(title)


def test_the_keyboard_selects_the_item_that_a_click_on_its_point_selects(
    tabs: Tabs, sample: str, sample_home: Path, run: OpenRun
) -> None:
    item = lone_item(run)
    item_id, title = str(run.dataset.interactions.item_ids[item]), run.dataset.title(item)
    clicked = opened(tabs, sample)
    press_id(clicked, "map_item", item)
    is_selected(clicked.page, run, item)
    clicked.page.locator(".st-key-map_as_slice button").click()
    assert picked_ids(clicked.page, open_workspace(sample_home), "item_ids") == {item_id}
    typed = opened(tabs, sample)
    typed.reach("Search")
    typed.page.keyboard.type(title)
    typed.page.keyboard.press("Enter")
    expect(typed.page.get_by_text("match; marked on the map")).to_be_visible()
    settled(typed)
    typed.reach("Selected items")
    typed.page.keyboard.type(title)
    typed.page.keyboard.press("Enter")
    is_selected(typed.page, run, item)
    settled(typed)
    typed.reach("Use as slice")
    typed.page.keyboard.press("Enter")
    assert picked_ids(typed.page, open_workspace(sample_home), "item_ids") == {item_id}


@pytest.mark.proof
def test_a_row_of_the_table_is_reached_and_selected_by_keyboard(tabs: Tabs, sample: str, run: OpenRun) -> None:
    """The table begins with the items with the most events, whose points are hidden below others'."""
    watched = opened(tabs, sample)
    page, table = watched.page, watched.page.locator(".st-key-map_table")
    watched.reach("Search")  # the link Data is before it
    watched.reach("Data")
    page.keyboard.press("Enter")
    expect(table.locator("tbody tr").first).to_be_attached()
    settled(watched)
    for _ in range(60):
        page.keyboard.press("Tab")
        if table.locator("canvas:focus").count():
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    focused = table.locator("tbody tr").filter(has=page.locator("td[aria-selected=true]"))
    row = int(focused.get_attribute("aria-rowindex") or 0) - 2  # the header is row 1
    assert row > 0
    page.keyboard.press("Shift+Space")
    counts_N = run.split.train.item_counts
    is_selected(page, run, int(np.argsort(-counts_N, kind="stable")[row]))


@pytest.mark.proof
@pytest.mark.parametrize(("kind", "tool"), [("item", "Lasso"), ("item", "Box"), ("user", "Lasso")])
def test_what_is_drawn_around_is_selected(
    tabs: Tabs, sample: str, sample_home: Path, run: OpenRun, kind: str, tool: str
) -> None:
    watched = opened(tabs, sample, f"&points={kind}")
    page = watched.page
    page.locator(f"button.modebar-btn[data-title*='{tool}']").click()
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    drag(page, [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in DRAWN[tool]])
    page.mouse.up()
    page.locator(".st-key-map_as_slice button").click()
    ids = picked_ids(page, open_workspace(sample_home), f"{kind}_ids")
    assert ids == within(run, kind, page.evaluate(SELECTION))
    assert len(ids) > 20


def within(run: OpenRun, kind: str, path: str) -> set[str]:
    """Ids of the stored points that a path such as "M0,1L2,3L4,5Z" goes around.

    Seen from a point inside, the corners turn by a whole circle; seen from outside, by nothing.
    """
    log = run.dataset.interactions
    points, names = run.folder.load_map(), log.item_ids
    if kind == "user":
        points, names = run.folder.load_user_map(), log.user_ids[run.split.test.users]
    assert points is not None
    corners_C = np.array([complex(*map(float, pair.split(","))) for pair in re.findall(r"[^MLZ]+", path)])
    seen_MC = corners_C - points.astype(np.float64) @ [[1], [1j]]
    turns_M = np.angle(np.roll(seen_MC, -1, axis=1) * seen_MC.conj()).sum(1)
    return {str(name) for name in names[np.abs(turns_M) > np.pi]}
