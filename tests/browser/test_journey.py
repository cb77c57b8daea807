"""The journey of someone who has never seen the app, in a real browser; pictures of it go to screenshots/."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys.services.data.datasets import import_sample
from recsys.services.train.job_list import progress, running_jobs
from recsys.services.workspace import open_workspace
from recsys.ui.shell.tour import STEPS
from tests.browser.tabs import Server, Tabs, settled
from tests.worlds.ring import ring

pytestmark = pytest.mark.browser
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
PAGES = ("Home", "Data", "Train", "Models", "Explore", "Recommend", "Explain")
OLD = {"start": "RecScope", "runs": "Models", "evaluate": "Models"}


def test_addresses_of_earlier_versions_lead_to_the_pages_of_today(tabs: Tabs, server: str) -> None:
    for old, title in OLD.items():
        watched = tabs.open(f"{server}/{old}?run=some&user=u1")
        expect(watched.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(watched.page).not_to_have_url(re.compile(f"/{old}"))
        expect(watched.page).to_have_url(re.compile("run=some"))
        assert watched.foreign == []


def test_from_home_to_an_explained_suggestion_and_through_every_page(tabs: Tabs, server: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    watched = tabs.open(server)
    page = watched.page
    page.locator(".st-key-try_sample button").click()
    expect(page).to_have_url(re.compile(r"/train\?run="))
    offer = page.locator(".st-key-explain_run button")
    expect(offer).to_be_visible(timeout=240_000)  # the training of the sample on any machine
    expect(page).to_have_url(re.compile(r"/train\?run="))  # a finished job does not change the page
    offer.click()
    expect(page.locator(".st-key-sentence")).to_be_visible()
    expect(page.locator(".st-key-sentence")).to_contain_text("ecommend")
    expect(page).to_have_url(re.compile(r"/explain\?run=.*user=.*item="))
    expect(page.locator(".st-key-events .js-plotly-plot")).to_be_visible()
    link = page.url
    for name in PAGES[1:]:
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page).to_have_url(re.compile(f"/{name.lower()}"))
        settled(watched)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        page.screenshot(path=SHOTS / f"{name.lower()}.png")
    assert watched.errors == []
    assert watched.foreign == []
    fresh = tabs.open(link, width=390, scheme="dark").page
    expect(fresh.locator(".st-key-sentence")).to_be_visible(timeout=60_000)
    assert re.search(r"run=[^&]+&user=[^&]+", link)[0] in fresh.url  # type: ignore[index]
    fresh.wait_for_timeout(1500)
    fresh.screenshot(path=SHOTS / "explain-phone-dark.png")


@pytest.mark.proof
def test_the_tour_leads_through_every_step_and_takes_edits_back(tabs: Tabs, server: str) -> None:
    watched = tabs.open(server, height=900)
    page, tour = watched.page, watched.page.locator(".st-key-tour")
    page.locator(".st-key-take_tour button").click()
    for number, step in enumerate(STEPS, 1):
        expect(tour).to_have_count(1)
        expect(tour).to_contain_text(f"Step {number} of {len(STEPS)}")
        expect(page).to_have_url(re.compile(f"/{step.page}"))
        if number == 4:  # change the history
            settled(watched)
            page.locator(".st-key-edit_history label").click()
            page.locator("[class*=st-key-remove_] button").first.click()
            expect(page).to_have_url(re.compile("edit="))
        if number == 5:
            expect(page).not_to_have_url(re.compile("edit="))
            expect(page.locator(".st-key-sentence")).to_be_visible()
        if number == 6:  # the smallest change
            settled(watched)
            page.locator(".st-key-apply_take button:visible").click()
            expect(page.locator(".st-key-undo_edit button")).to_be_enabled()
        if number == 7:
            expect(page).not_to_have_url(re.compile("edit="))
            expect(page.locator(".st-key-curves .js-plotly-plot")).to_be_visible()
        settled(watched)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        if number < len(STEPS):
            next_button = tour.locator(".st-key-tour_next button:visible")
            expect(tour).to_have_count(1)
            expect(next_button).to_be_enabled(timeout=240_000)  # after the training
            next_button.click()
    tour.locator(".st-key-tour_quit button").click()
    expect(tour).to_have_count(0)
    assert watched.errors == []


def test_an_uploaded_log_is_read_checked_and_trained(tabs: Tabs, server: str, tmp_path: Path) -> None:
    log = tmp_path / "shop.csv"
    rows = [
        f"user{u},item{(u + step) % 12},{1 + step % 5},{1_700_000_000 + step * 3600}"
        for u in range(40)
        for step in range(8)
    ]
    log.write_text("\n".join(["customer,product,stars,when", *rows]))
    page = tabs.open(f"{server}/data").page
    upload = page.locator(".st-key-upload input[type=file]")
    expect(page.locator(".st-key-open_import").or_(upload).first).to_be_attached()
    if not upload.count():
        page.locator(".st-key-open_import button").click()
    upload.set_input_files(log)
    page.locator(".st-key-import button").click()
    expect(page.locator("[data-testid=stMetricValue]").first).to_have_text("320")
    page.locator(".st-key-to_train button").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    page.locator(".st-key-model button", has_text="EASE").click()
    page.locator(".st-key-train button").click()
    page.locator(".st-key-explain_run button").click(timeout=60_000)
    expect(page.locator(".st-key-sentence")).to_be_visible(timeout=60_000)


def test_a_bad_row_is_shown_with_its_line(tabs: Tabs, server: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("user_id,item_id,rating\na,1,5\nb,2,good\nc,1,4\n")
    page = tabs.open(f"{server}/data").page
    upload = page.locator(".st-key-upload input[type=file]")
    expect(page.locator(".st-key-open_import").or_(upload).first).to_be_attached()
    if not upload.count():
        page.locator(".st-key-open_import button").click()
    upload.set_input_files(bad)
    page.locator(".st-key-import_next button").click()
    expect(page.locator("[class*=st-key-card_]").filter(has_text="Line 3")).to_be_visible()


def test_a_run_goes_on_when_the_tab_is_closed_and_any_tab_shows_it(tabs: Tabs, server: str, home: Path) -> None:
    dataset = import_sample(open_workspace(home))
    first = tabs.open(f"{server}/train?dataset={dataset.dataset_id}").page
    first.locator(".st-key-train button").click(timeout=60_000)
    expect(first.get_by_text("Training SASRec").first).to_be_visible(timeout=60_000)
    link = first.url
    first.close()
    second = tabs.open(link).page
    expect(second.get_by_text("Training SASRec: epoch").first).to_be_visible(timeout=120_000)
    began = time.monotonic()
    second.locator("[class*=st-key-stop_run_] button").click()
    expect(second.get_by_text("was stopped").or_(second.locator(".st-key-trained")).first).to_be_visible(timeout=20_000)
    assert time.monotonic() - began < 20


def press_train(page: Page) -> str:
    """Presses Train for a quick GRU4Rec, as it is shown that moment; gives the link to the run, without the address."""
    page.locator(".st-key-model button", has_text="GRU4Rec").click()
    page.locator(".st-key-preset_gru4rec").get_by_text("quick").click()
    page.locator(".st-key-train button").click()
    expect(page).to_have_url(re.compile("run=gru4rec"))  # the sidebar alone may show another tab's job
    expect(page.get_by_text("Training GRU4Rec").or_(page.get_by_text("GRU4Rec waits")).first).to_be_visible()
    return re.sub("^http://[^/]+", "", page.url)


def killed_and_found_again(tabs: Tabs, home: Path, presses: int) -> None:
    """The server dies while one run trains and the others wait; the next server shows each run, ended once."""
    dataset_id = open_workspace(home).datasets.list()[0].dataset_id
    first = Server(home)
    try:
        links = [press_train(tabs.open(f"{first.address}/train?dataset={dataset_id}").page) for _ in range(presses)]
    finally:
        first.kill()
    tabs.close()
    pressed = running_jobs(open_workspace(home))
    assert len(pressed) == presses
    second = Server(home)
    try:
        page = tabs.open(second.address + links[-1]).page
        expect(page.get_by_text("GRU4Rec").filter(visible=True).first).to_be_visible()
        expect(page.locator(".st-key-see")).to_be_visible(timeout=240_000)
        page.goto(f"{second.address}/models")
        expect(page.get_by_role("heading", name="GRU4Rec", exact=True)).to_be_visible()
    finally:
        second.kill()
    for run_id in pressed:
        done = progress(open_workspace(home), run_id)
        assert (done.state, done.epoch) == ("finished", 5)
        ends = [line for line in open_workspace(home).runs.open(run_id).progress() if line["kind"] == "end"]
        assert len(ends) == 1


def test_a_job_outlives_the_killed_server_and_a_new_one_shows_it(tabs: Tabs, tmp_path: Path) -> None:
    killed_and_found_again(tabs, ring(tmp_path, []), presses=1)


@pytest.mark.proof
@pytest.mark.parametrize("_", range(10))
def test_a_killed_server_loses_no_job_and_doubles_none(tabs: Tabs, tmp_path: Path, _: int) -> None:
    killed_and_found_again(tabs, ring(tmp_path, []), presses=2)  # one trains, the other waits


def test_every_answer_has_the_safe_headers_and_the_statistics_are_closed(server: str) -> None:
    for path in ("/", "/explain", "/_stcore/health"):
        with urllib.request.urlopen(server + path) as answer:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe-eval" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(server + "/_stcore/metrics")
