"""Clicks on the charts of Explore: what they filter and list is recomputed from the stored ranks, lists and effects."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from benchmarks.lasso import drag
from recsys.runs.global_record import load_global_view
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explore.global_view import SHOWN
from tests.browser.charts import drawn, lists, lists_rows, press_id
from tests.browser.tabs import Tabs, Watched, settled

pytestmark = [pytest.mark.browser, pytest.mark.proof]
PASSING = 1  # trace of a histogram
RANKS = (1, 2, 6, 11, 51, 101, 501)  # bounds of its bars, which are all there is on the sample


@pytest.fixture(scope="module")
def targets(run: OpenRun) -> pd.DataFrame:
    """A row a user of the test: rank, number of events, and the categories of the held-out and the first recommended item."""
    frame, lists_TK, log = run.folder.load_ranks(), run.folder.load_lists(), run.dataset.interactions
    assert frame is not None and lists_TK is not None
    categories = run.dataset.items["category"].astype(str).to_numpy()
    held_out = np.array([log.history(user)[-1] for user in frame["user"]])
    return pd.DataFrame({
        "user": log.user_ids[frame["user"]], "rank": frame["test"], "events": np.diff(log.offsets)[frame["user"]],
        "title": [run.dataset.title(int(item)) for item in held_out],
        "held_out": categories[held_out], "first": categories[lists_TK[:, 0]],
    })  # fmt: skip


def opened(tabs: Tabs, sample: str, cases: str = "Worst") -> Watched:
    return tabs.open(f"{sample}/explore?run=seen&part=Users+and+errors&cases={cases.replace(' ', '+')}")


def says_users(page: Page, number: int) -> None:
    expect(page.locator(".st-key-slice_figures [data-testid=stMetricValue]").first).to_have_text(f"{number:,}")


def test_a_bar_filters_the_other_histograms_and_a_second_click_takes_it_back(
    tabs: Tabs, sample: str, targets: pd.DataFrame
) -> None:
    watched = opened(tabs, sample)
    page = watched.page
    for passing in (targets[targets["events"].between(11, 20)], targets):
        press_id(watched, "histogram_activity", "11..20")
        says_users(page, len(passing))
        settled(watched)
        assert drawn(page, "histogram_rank", PASSING) == np.histogram(passing["rank"], RANKS)[0].tolist()
        assert sum(drawn(page, "histogram_activity", PASSING)) == len(targets)  # its own filter does not count
    expect(page).not_to_have_url(re.compile("slice="))


def test_a_box_around_bars_filters_by_all_of_them(tabs: Tabs, sample: str, targets: pd.DataFrame) -> None:
    watched = opened(tabs, sample)
    page, chart = watched.page, watched.page.locator("[class*=st-key-histogram_rank]")
    expect(chart.locator(".point").first).to_be_attached()
    settled(watched)
    chart.hover()
    box_select = chart.locator("button.modebar-btn[data-title*='Box']")
    box_select.click()
    expect(box_select).to_have_class(re.compile("active"))
    boxes = [chart.locator(".trace").first.locator(".point path").nth(bar).bounding_box() for bar in range(3)]
    corners = [(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]) for box in boxes if box]
    (left, top, *_), (*_, right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    drag(
        page, [(left + 2, top - 3), (right + 3, bottom)]
    )  # around the upper ends of the bars; left of them is the axis
    page.mouse.up()
    expect(page).to_have_url(re.compile(re.escape("slice=rank%3D1%26rank%3D2..5%26rank%3D6..10")))
    within = targets[targets["rank"] <= 10]
    says_users(page, len(within))
    settled(watched)
    bounds = (6, 11, 21, 51, 101, 201)
    assert drawn(page, "histogram_activity", PASSING) == np.histogram(within["events"], bounds)[0].tolist()


def test_a_cell_of_the_confused_categories_lists_its_users(tabs: Tabs, sample: str, targets: pd.DataFrame) -> None:
    confused = targets[targets["held_out"] != targets["first"]]
    held_out, first = confused.value_counts(["held_out", "first"]).index[0]
    rows = confused[(confused["held_out"] == held_out) & (confused["first"] == first)].sort_values(
        "rank", kind="stable"
    )
    watched = opened(tabs, sample, "Confused categories")
    press_id(watched, "confusion", held_out, first)
    expect(watched.page.locator(".st-key-users_confused")).to_contain_text(
        f"Held out: {held_out}. Top recommendation: {first}"
    )
    lists_rows(watched.page, "users_confused", rows[["user", "title", "rank"]].to_numpy())


def test_the_items_that_drive_a_model_are_listed_as_they_are_stored(tabs: Tabs, shop: str, shop_run: OpenRun) -> None:
    """The charts of this tab have no clicks: a list is below the one of items."""
    view = load_global_view(shop_run.folder)
    assert view is not None
    watched = tabs.open(f"{shop}/explore?run=gru4rec&part=What+drives+it")
    page = watched.page
    page.locator(".st-key-global_table").get_by_text("Items", exact=True).click()
    ids = [item.name for item in view.items]
    lists(page, "global_items_listed", "Items that carry most", ids[:3], len(ids))
    means = page.locator(".st-key-global_items .js-plotly-plot").evaluate("plot => plot.data[0].x")
    assert means == [item.mean for item in view.items[:SHOWN]]
