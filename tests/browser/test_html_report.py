"""The exported HTML report, opened as a file in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from recsys.services.explain.explain_item import explain_for
from recsys.services.explain.html_report import write_html_report
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from tests.worlds.hostile import HOSTILE_TITLES
from tests.worlds.small_shop import shop, trained

pytestmark = pytest.mark.browser


def test_a_handout_with_hostile_titles_asks_for_nothing_and_does_nothing(
    context: BrowserContext, tmp_path: Path
) -> None:
    run = trained(*shop(tmp_path, HOSTILE_TITLES), "sasrec")
    query = query_of(run, "u1", None)
    write_html_report(
        tmp_path / "why.html", run, query, explain_for(run, query, recommend_items(run, query)[0].item_id)
    )
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append("a dialog"), dialog.dismiss()))
    address = (tmp_path / "why.html").as_uri()
    page.goto(address)
    page.wait_for_timeout(300)
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert said == []
    assert page.locator("li").count() == 6 + 2  # events, then sources
    assert page.evaluate("getComputedStyle(document.querySelector('li')).display") == "grid"  # the style is let in
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
