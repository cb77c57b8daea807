"""What Recommend, Explain and Data show without scrolling, on the sample and, by hand (`-m proof`), on MovieLens-1M."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys.data.importing.load import ImportRequest
from recsys.services.train.planning import TrainRequest
from recsys.services.train.training import train
from recsys.services.workspace import open_workspace
from tests.browser.tabs import Server, Tabs, settled
from tests.browser.test_first_screen import DESK, PHONE, SCREENS, in_view, screens, scrolls_sideways

pytestmark = pytest.mark.browser
MOVIELENS = Path(__file__).resolve().parents[3] / "shared" / "data" / "ml-1m"


def eventually(page: Page, is_so: Callable[[], bool]) -> bool:
    """Whether it becomes true within ten seconds: pictures come after the page."""
    for _ in range(20):
        if is_so():
            return True
        page.wait_for_timeout(500)
    return False


def check_recommend(tabs: Tabs, address: str, run: str) -> None:
    for size, least in ((DESK, 10), (PHONE, 2)):
        watched = tabs.open(f"{address}/recommend?run={run}", **size)
        page = watched.page
        cards = page.locator("[class*=st-key-cards_card_]")
        expect(cards.nth(9)).to_be_visible(timeout=180_000)
        settled(watched)
        assert in_view(page, page.locator(".st-key-strip").first) or size is PHONE
        pictures = page.locator("[class*=st-key-cards_] [data-testid=stImage] img")
        assert eventually(page, lambda: in_view(page, pictures.nth(least - 1)))  # noqa: B023
        assert not scrolls_sideways(page)
        assert size is PHONE or screens(page) <= SCREENS
        page.close()


def check_data(tabs: Tabs, address: str) -> None:
    for size in (DESK, PHONE):
        watched = tabs.open(f"{address}/data", **size)
        page = watched.page
        expect(page.locator(".js-plotly-plot").nth(1)).to_be_visible(timeout=180_000)
        settled(watched)
        assert not scrolls_sideways(page)
        if size is DESK:
            assert all(in_view(page, page.locator("[data-testid=stMetric]").nth(n)) for n in range(4))
            assert all(in_view(page, page.locator(".js-plotly-plot").nth(n)) for n in range(2))
            assert screens(page) <= SCREENS
        page.close()


def check_explain(tabs: Tabs, address: str, run: str) -> None:
    for size, keys in ((DESK, ("sentence", "causes", "events")), (PHONE, ("sentence",))):
        watched = tabs.open(f"{address}/explain?run={run}", **size)
        page = watched.page
        expect(page.locator(".st-key-events .point").first).to_be_visible(timeout=180_000)
        settled(watched)
        assert {key: in_view(page, page.locator(f".st-key-{key}")) for key in keys} == dict.fromkeys(keys, True)
        pictures = page.locator("[class*=st-key-causes] [data-testid=stImage] img")
        assert size is PHONE or eventually(page, lambda: in_view(page, pictures.nth(2)))  # noqa: B023
        assert not scrolls_sideways(page)
        assert size is PHONE or screens(page) <= SCREENS
        page.close()


def test_recommend_shows_ten_cards_and_the_history(tabs: Tabs, sample: str) -> None:
    check_recommend(tabs, sample, "seen")


@pytest.mark.proof
def test_data_shows_figures_and_two_charts_and_a_click_lists_what_is_behind_a_bar(tabs: Tabs, sample: str) -> None:
    check_data(tabs, sample)
    watched = tabs.open(f"{sample}/data")
    page = watched.page
    bars = page.locator(".st-key-categories .bars .point path")
    expect(bars.first).to_be_visible()
    settled(watched)
    bars.first.click(force=True)  # the chart takes the click
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Items in")
    expect(dialog.locator("[data-testid=stDataFrame]")).to_be_visible()


@pytest.fixture(scope="module")
def movielens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not MOVIELENS.is_dir():
        pytest.skip("MovieLens-1M is not here")
    home = tmp_path_factory.mktemp("movielens")
    workspace = open_workspace(home)
    dataset = workspace.datasets.add(
        ImportRequest(
            ratings=MOVIELENS / "ratings.csv.gz",
            items=MOVIELENS / "movies.dat",
            images=MOVIELENS / "posters_64x96.zip",
            name="MovieLens-1M",
        )
    )
    train(workspace, TrainRequest(dataset.dataset_id, "ease", run_id="ease"))
    server = Server(home)
    yield server.address
    server.kill()


@pytest.mark.proof
def test_the_first_screens_hold_on_movielens_with_posters(tabs: Tabs, movielens: str) -> None:
    check_recommend(tabs, movielens, "ease")
    check_data(tabs, movielens)
    check_explain(tabs, movielens, "ease")
