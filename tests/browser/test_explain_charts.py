"""Clicks on charts of Explain that some models only have: inputs, words, scores of a list, sources of a difference."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.browser.charts import lists, lists_rows, press_id
from tests.browser.tabs import Tabs

pytestmark = [pytest.mark.browser, pytest.mark.proof]


def popular(run: OpenRun) -> pd.DataFrame:
    """Id, title and number of events of all items, the most popular first; by index."""
    log = run.dataset.interactions
    counts_N = np.bincount(log.items, minlength=len(log.item_ids))
    titles = [run.dataset.title(item) for item in range(len(log.item_ids))]
    frame = pd.DataFrame({"item": log.item_ids, "title": titles, "events": counts_N})[1:]
    return frame.sort_values("events", ascending=False, kind="stable")


@pytest.mark.parametrize("point", ["item", "category", "user"])
def test_an_input_of_a_model_without_events_lists_what_it_is_about(
    tabs: Tabs, shop: str, shop_run: OpenRun, point: str
) -> None:
    watched = tabs.open(f"{shop}/explain?run=mlp&user=u3&item=i13")
    press_id(watched, "inputs", point)
    if point == "user":
        expect(watched.page.locator(".st-key-behind_inputs tbody tr td").first).to_have_text("u3")
        return
    items = popular(shop_run)
    is_red = shop_run.dataset.items["category"].astype(str).iloc[items.index].to_numpy() == "red"
    rows = items[is_red] if point == "category" else items[items["item"] == "i13"]
    lists_rows(watched.page, "behind_inputs", rows.to_numpy())


def test_a_word_lists_the_items_that_have_it(tabs: Tabs, shop: str, shop_home: Path) -> None:
    items = popular(open_run(open_workspace(shop_home), "reader"))
    watched = tabs.open(f"{shop}/explain?run=reader&user=u0&item=i4&evidence=true&proof=Words+%26+picture")
    press_id(watched, "words", "blue")  # of a blue plate
    lists_rows(watched.page, "behind_words", items[items["title"].str.contains("Blue")].to_numpy())


def test_a_bar_of_a_list_explains_its_item(tabs: Tabs, shop: str) -> None:
    watched = tabs.open(f"{shop}/explain?run=popularity&user=u1&item=i0")
    press_id(watched, "beside", "i13")
    expect(watched.page).to_have_url(re.compile("item=i13(&|$)"))
    expect(watched.page.get_by_role("heading", level=1, name="Thing 13", exact=True)).to_be_visible()


def test_the_events_of_a_difference_are_listed_in_the_order_of_time(tabs: Tabs, shop: str, shop_run: OpenRun) -> None:
    query = query_of(shop_run, "u3", None)
    first, second = (item.item_id for item in recommend_items(shop_run, query)[:2])
    watched = tabs.open(f"{shop}/explain?run=gru4rec&user=u3&item={first}&against={second}")
    press_id(watched, "versus_sources", *range(len(query.history)))
    titles = [shop_run.dataset.title(int(item)) for item in query.history]
    lists(watched.page, "behind_versus_sources", "Events behind this point", [], len(titles))
    for number, title in enumerate(titles[:6]):
        cells = watched.page.locator(".st-key-behind_versus_sources tbody tr").nth(number).locator("td")
        expect(cells.nth(0)).to_have_text(str(number + 1))
        expect(cells.nth(2)).to_have_text(title)
